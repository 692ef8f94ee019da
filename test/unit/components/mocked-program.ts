// What component tests share: running a component on its own, and finding what it declared.

import assert from "node:assert/strict";
import type { types } from "@pulumi/kubernetes";
import type { Unwrap } from "@pulumi/pulumi";
import { configurationOf, type RecordedResource, recordProgram } from "../../../scripts/recording-engine.ts";
import { type PodSpec, type PodTemplate, podTemplatesIn } from "../../pod-templates.ts";

export type { PodSpec };

/** A bundle as `workloads/bundle.ts` makes it, without the time that bundling takes. */
export const program = {
    content: "console.log(1)\n",
    hash: "0123456789",
};

/** The resources that a component declares, found by type and logical name. */
export class Declared {
    readonly resources: readonly RecordedResource[];

    constructor(resources: readonly RecordedResource[]) {
        this.resources = resources;
    }

    /** The one resource of this type, whose logical name is `name` where several have the type. */
    one(type: string, name?: string): RecordedResource {
        const found = this.resources.filter(
            (resource) => resource.type === type && (name === undefined || resource.name === name),
        );
        assert.equal(found.length, 1, `${found.length} resources of type ${type}: ${found.map((each) => each.name)}`);
        return found[0] as RecordedResource;
    }

    /** Inputs of that resource. */
    inputs<T = Record<string, unknown>>(type: string, name?: string): T {
        return this.one(type, name).inputs as T;
    }

    /**
     * Inputs of all resources but the programs, whose text has every word that a program may use. Their ConfigMaps are
     * the immutable ones.
     */
    inputsBesidePrograms(): readonly RecordedResource["inputs"][] {
        return this.resources.filter(({ inputs }) => inputs.immutable !== true).map(({ inputs }) => inputs);
    }

    /** Types of all resources that are not mere groups. */
    types(): readonly string[] {
        return this.resources.filter(({ custom }) => custom).map(({ type }) => type);
    }
}

/** Declares what `component` makes, and returns it. */
export async function declared(component: () => unknown): Promise<Declared> {
    return new Declared(await recordProgram(component));
}

/** Stack outputs by their names, as the program exports them. */
export type Outputs = Readonly<Record<string, unknown>>;

/** What differs from the stack's files. */
export interface StackChange {
    readonly config?: Readonly<Record<string, string>>;
    /** What the last `pulumi up` left; nothing unless given. */
    readonly lastOutputs?: Outputs;
}

let programs = 0;

/** Runs index.ts again for a stack: a module is loaded once for each URL. */
export async function declaredStack(
    stack: string,
    change: StackChange = {},
): Promise<{ readonly found: Declared; readonly outputs: Outputs }> {
    let outputs: Outputs = {};
    const given = configurationOf(stack);
    const url = `../../../index.ts?program=${++programs}`;
    const resources = await recordProgram(
        async () => {
            outputs = (await import(url)) as Outputs;
        },
        { ...given, config: { ...given.config, ...change.config }, lastOutputs: change.lastOutputs },
    );
    return { found: new Declared(resources), outputs };
}

/** A container as it is recorded. */
export type Container = Unwrap<types.input.core.v1.Container>;

/** The templates of all pods that the program declares. */
export function podTemplates({ resources }: Declared): readonly PodTemplate[] {
    return podTemplatesIn(resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs));
}

/** Fails unless every container of the pod is as confined as the system wants it. */
export function assertConfined(pod: PodSpec, capabilities: readonly string[]): void {
    assert.equal(pod.automountServiceAccountToken, false);
    assert.deepEqual(pod.securityContext?.seccompProfile, { type: "RuntimeDefault" });
    for (const container of pod.containers) {
        assert.equal(container.securityContext?.allowPrivilegeEscalation, false);
        assert.equal(container.securityContext?.readOnlyRootFilesystem, true);
        assert.deepEqual(container.securityContext?.capabilities?.drop, ["ALL"]);
        assert.deepEqual(container.securityContext?.capabilities?.add ?? [], capabilities);
        for (const amounts of [container.resources?.requests, container.resources?.limits]) {
            assert.deepEqual(Object.keys(amounts ?? {}).toSorted(), ["cpu", "ephemeral-storage", "memory"]);
        }
    }
}

/** Where the pod's first container mounts each of its volumes. */
export function mountPaths(pod: PodSpec): Readonly<Record<string, string>> {
    const mounted = pod.containers[0]?.volumeMounts ?? [];
    assert.deepEqual(
        mounted.map(({ name }) => name).toSorted(),
        pod.volumes?.map(({ name }) => name).toSorted(),
        "every volume is mounted, and every mount has its volume",
    );
    return Object.fromEntries(mounted.map(({ name, mountPath }) => [name, mountPath]));
}
