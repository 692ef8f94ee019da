// Asks the cluster, before anything is made, for what a stack can't come up without. `make check-cluster` finds more.

import * as pulumi from "@pulumi/pulumi";
import { RunError } from "@pulumi/pulumi/errors.js";
import { whyNoLogNode } from "../formats/log-nodes.ts";
import type { Settings } from "../settings/index.ts";
import { oneNodeClass, type StorageClass, tooManyNodes } from "./archive-volume.ts";
import { type ClusterAccess, type Kubectl, withKubectl } from "./kubectl.ts";
import { operatorsOf } from "./operators.ts";

/**
 * Refuses a cluster that can't run the stack. A preview from where the cluster can't be asked goes on with a warning: a
 * private endpoint, or an account that may not list nodes. `pulumi up` does not.
 *
 * @throws RunError with everything that is missing, or with why the cluster can't be asked
 */
export async function refuseUnfitCluster(settings: Settings, access: ClusterAccess): Promise<void> {
    let found: readonly string[];
    try {
        found = await withKubectl(access, (kubectl) => unfitness(settings, kubectl));
    } catch (error) {
        const why = `the cluster of stack ${settings.stack} can't be asked for what the stack counts on: ${error instanceof Error ? error.message : String(error)}`;
        if (!pulumi.runtime.isDryRun()) {
            throw new RunError(`${why}. Nothing was provisioned`);
        }
        pulumi.log.warn(
            `${why}. This preview goes by the state alone; pulumi up asks again, and changes nothing before`,
        );
        return;
    }
    if (found.length > 0) {
        throw new RunError(
            [
                `stack ${settings.stack} does not fit its cluster, and nothing was provisioned:`,
                ...found.map((text) => `  ${text}`),
            ].join("\n"),
        );
    }
}

/** Everything without which the stack can't come up; empty when all is there. */
export async function unfitness(settings: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    // Without discovery, which kubectl tries again and again where nobody answers.
    const ask = async <T>(path: string) =>
        JSON.parse(await kubectl("get", "--raw", path, "--request-timeout=10s")) as T;
    const findings = await Promise.all([operatorFindings(settings, ask), volumeFindings(settings, ask)]);
    return findings.flat();
}

type Ask = <T>(path: string) => Promise<T>;

interface List<T> {
    readonly items: readonly T[];
}

async function operatorFindings(settings: Settings, ask: Ask): Promise<readonly string[]> {
    const operators = operatorsOf(settings);
    if (operators.length === 0) {
        return [];
    }
    const { groups } = await ask<{ readonly groups: readonly { readonly name: string }[] }>("/apis");
    const served = groups.map(({ name }) => name);
    return operators.filter(({ group }) => !served.includes(group)).map(({ missing }) => missing);
}

async function volumeFindings({ archive }: Settings, ask: Ask): Promise<readonly string[]> {
    if (archive.volumeAccessMode === "ReadWriteMany") {
        const { items } = await ask<List<StorageClass>>("/apis/storage.k8s.io/v1/storageclasses");
        return [oneNodeClass(archive, items) ?? []].flat();
    }
    const { items } =
        await ask<List<{ readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }>>("/api/v1/nodes");
    const nodes = items.filter(({ metadata }) => !whyNoLogNode(metadata.labels ?? {}));
    return [tooManyNodes(archive, nodes.length) ?? []].flat();
}
