// Compares the volumes that a stack asks for with those that its last `pulumi up` left, and refuses a change that would
// put data out of reach or replace the volume that it is on.

import * as pulumi from "@pulumi/pulumi";
import { quantityValue } from "../formats/quantity.ts";
import { type Key, qualified } from "./keys.ts";
import type { LastOutput } from "./last-up.ts";
import { type Problem, SettingsError, shellArgument } from "./report.ts";

/** What of a volume's claim Kubernetes lets nobody change, and its size, which can only grow. */
export interface DeployedVolume {
    readonly size: string;
    /** The cluster's default when undefined, or null in a stack output. */
    readonly storageClass?: string | null;
    readonly accessMode?: "ReadWriteOnce" | "ReadWriteMany";
}

/** What a stack tells of its volumes in its outputs `search` and `archiveVolume`, for the next `pulumi up`. */
export interface DeployedVolumes {
    readonly search: {
        readonly mode: "single" | "cluster";
        /** Number of Elasticsearch nodes. */
        readonly replicas: number;
        /** Each node's volume; a stack of an earlier release does not tell of it. */
        readonly volume?: DeployedVolume;
    };
    /** A stack of an earlier release does not tell of it. */
    readonly archiveVolume?: DeployedVolume;
}

/**
 * Compares with what the last `pulumi up` of this stack left. A stack's first `up`, and one after `destroy`, has nothing
 * to compare with; nor has one whose first `up` never came to an end.
 *
 * @param shrinkFrom number of nodes from which the stack may have fewer, because those that go hold no data; 0: none
 * @throws SettingsError with every change that would lose data; call this before any resource is made
 */
export async function refuseLossOfVolumes(
    wanted: Required<DeployedVolumes>,
    shrinkFrom: number,
    lastOutput: LastOutput,
): Promise<void> {
    const stack = pulumi.getStack();
    const search = (await lastOutput("search")) as DeployedVolumes["search"] | undefined;
    const archiveVolume = (await lastOutput("archiveVolume")) as DeployedVolume | undefined;
    const problems = search === undefined ? [] : lossOfVolumes(stack, { search, archiveVolume }, wanted, shrinkFrom);
    if (problems.length > 0) {
        throw new SettingsError(stack, problems);
    }
}

/** Why `wanted` may not follow `deployed`; empty when it may. */
function lossOfVolumes(
    stack: string,
    deployed: DeployedVolumes,
    wanted: Required<DeployedVolumes>,
    shrinkFrom = 0,
): readonly Problem[] {
    const refusal = (key: Key, value: string, wrong: string, allowed: string): Problem => ({
        key: qualified(key),
        value,
        wrong,
        allowed: allowed === "" ? "empty" : allowed,
        place: `the configuration of stack ${stack}, over what its last up left`,
        because: [],
        fix: `pulumi config set --stack ${stack} ${qualified(key)} ${shellArgument(allowed)}`,
    });
    const { mode, replicas } = deployed.search;
    const isFewer = mode === "cluster" && wanted.search.mode === "cluster" && wanted.search.replicas < replicas;
    const fewest = Math.max(Math.floor(replicas / 2) + 1, fewestOfCluster);
    const fewer: readonly Problem[] = !isFewer
        ? []
        : wanted.search.replicas < fewest
          ? [
                refusal(
                    "search.replicas",
                    String(wanted.search.replicas),
                    `the stack runs ${replicas} nodes, and more than half of them have to elect the next master: ` +
                        `no fewer than ${fewest} may be left at a time`,
                    String(fewest),
                ),
            ]
          : shrinkFrom === replicas
            ? []
            : [
                  refusal(
                      "search.replicas",
                      String(wanted.search.replicas),
                      `the stack runs ${replicas} nodes, and each holds a part of the data: move it from ` +
                          `${goingNodes(wanted.search.replicas, replicas)} first, and then say so by ` +
                          `search.shrinkFrom ${replicas} (docs/operations.md, "Fewer Elasticsearch nodes")`,
                      String(replicas),
                  ),
              ];
    const lost =
        mode === "cluster" && wanted.search.mode === "single"
            ? [
                  refusal(
                      "search.mode",
                      "single",
                      `the stack runs a cluster of ${replicas} nodes, and each holds a part of the data: a single node ` +
                          "could read neither the others' parts nor the cluster's state " +
                          "(docs/operations.md tells how to move to a single node without losing a line)",
                      "cluster",
                  ),
              ]
            : [];
    const ofSearch = { size: "search.storage", storageClass: "search.storageClass" } as const;
    const ofArchive = {
        size: "archive.volumeSize",
        storageClass: "archive.volumeStorageClass",
        accessMode: "archive.volumeAccessMode",
    } as const;
    const differences = [
        ...differencesOf(ofSearch, deployed.search.volume, wanted.search.volume),
        ...differencesOf(ofArchive, deployed.archiveVolume, wanted.archiveVolume),
    ];
    return [
        ...lost,
        ...fewer,
        ...differences.map(({ key, before, after, isSize }) =>
            refusal(
                key,
                after,
                isSize
                    ? `the volume has ${before}, and no volume shrinks`
                    : `the volume has ${before === "" ? "the cluster's default" : before}, which nobody can change: ` +
                          "another volume would take its place, without what is on it",
                before,
            ),
        ),
    ];
}

/** A cluster of fewer can't lose one and still elect a master. */
const fewestOfCluster = 3;

/** Names of the nodes that a StatefulSet takes away: those with the highest numbers. */
function goingNodes(wanted: number, deployed: number): string {
    return Array.from({ length: deployed - wanted }, (_, index) => `elasticsearch-${wanted + index}`).join(" and ");
}

interface Difference {
    readonly key: Key;
    readonly before: string;
    readonly after: string;
    readonly isSize: boolean;
}

function differencesOf(
    keys: Partial<Readonly<Record<keyof DeployedVolume, Key>>>,
    deployed: DeployedVolume | undefined,
    wanted: DeployedVolume | undefined,
): readonly Difference[] {
    if (deployed === undefined || wanted === undefined) {
        return [];
    }
    return (["size", "storageClass", "accessMode"] as const).flatMap((property) => {
        const key = keys[property];
        const [before, after] = [deployed[property] ?? "", wanted[property] ?? ""];
        const isSize = property === "size";
        const isLoss = isSize ? (quantityValue(after) ?? 0) < (quantityValue(before) ?? 0) : before !== after;
        return key !== undefined && isLoss ? [{ key, before, after, isSize }] : [];
    });
}
