// The parts into which `make test` cuts the tests to run them side by side. Together they have every test file once.

import type { NodeRole } from "../test/node-sharing.ts";

/** The layers of `test/`, from the quickest to the slowest. */
export const layers = ["unit", "workloads", "cluster", "pipeline"] as const;

/** A layer of `test/`. */
export type Layer = (typeof layers)[number];

/** Tests that one run of mocha takes on. */
export interface Part {
    readonly name: string;
    readonly layer: Layer;
    /** Configuration of mocha; by default that of the layer. */
    readonly config?: string;
    /** Files of the configuration that other parts take on. */
    readonly ignore?: readonly string[];
    /** Others leave the processors to it. */
    readonly comesFirst?: boolean;
    /** What it is to the real node, when the other one runs too. */
    readonly nodeRole?: NodeRole;
}

/** Path of the part's configuration of mocha. */
export function configOf(part: Part): string {
    return part.config ?? `test/${part.layer}/.mocharc.yaml`;
}

const realNodeConfig = "test/real-node.mocharc.yaml";

/** Tests on the real node that need no stack, and leave alone what other tests look at there. */
const guests = ["elastic-images", "network-policies", "node"] as const;

/**
 * What needs the real node, of which a machine has one: in one run, which starts the node once, and in a second that is
 * its guest. The first takes longest, so that everything ends with it.
 */
export function onRealNode(isWanted: (layer: Layer) => boolean): readonly Part[] {
    const sharing = (["cluster", "pipeline"] as const).filter(isWanted);
    const [first] = sharing;
    if (first === undefined) {
        return [];
    }
    const unwanted = (["cluster", "pipeline"] as const)
        .filter((layer) => !isWanted(layer))
        .map((layer) => `test/${layer}/**`);
    const alone: Part = {
        name: `real node (${sharing.join(", ")})`,
        layer: first,
        config: realNodeConfig,
        ignore: unwanted,
        comesFirst: true,
    };
    if (!isWanted("cluster")) {
        return [alone];
    }
    const filesOfGuest = guests.map((name) => `test/cluster/node/${name}.test.ts`);
    const guest: Part = {
        name: "real node, its guest",
        layer: "cluster",
        config: realNodeConfig,
        ignore: ["test/pipeline/**", `test/cluster/node/!(${guests.join("|")}).test.ts`],
        nodeRole: "guest",
    };
    return [{ ...alone, ignore: [...unwanted, ...filesOfGuest], nodeRole: "host" }, guest];
}

/** Folders of the layer of workloads that take long enough to be parts of their own. */
const longWorkloads = ["log-rotation", "s3-uploader"] as const;

/** Cluster tests that need no stack and take long enough to be a part of their own. */
const withoutStack = ["*-provider", "rotation-fan-out"] as const;

/**
 * What is apart from everything else and runs beside it: first what takes longest, so that no part is left to run alone
 * at the end.
 */
export const anywhere: readonly Part[] = [
    {
        name: "cluster, simulated",
        layer: "cluster",
        ignore: ["test/cluster/node/**", ...withoutStack.map((name) => `test/cluster/simulated/${name}.test.ts`)],
    },
    onlyWorkload("s3-uploader"),
    { name: "workloads, others", layer: "workloads", ignore: longWorkloads.map((name) => `test/workloads/${name}/**`) },
    {
        name: "cluster, without a stack",
        layer: "cluster",
        ignore: ["test/cluster/node/**", `test/cluster/simulated/!(${withoutStack.join("|")}).test.ts`],
    },
    onlyWorkload("log-rotation"),
    { name: "unit", layer: "unit" },
];

/** The part of a folder of workloads. */
function onlyWorkload(folder: (typeof longWorkloads)[number]): Part {
    return { name: `workloads, ${folder}`, layer: "workloads", ignore: [`test/workloads/!(${folder})/**`] };
}
