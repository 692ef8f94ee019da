// The parts into which `make test` cuts the tests to run them side by side. Together they have every test file once.

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
}

/** Path of the part's configuration of mocha. */
export function configOf(part: Part): string {
    return part.config ?? `test/${part.layer}/.mocharc.yaml`;
}

const realNodeConfig = "test/real-node.mocharc.yaml";

/** What needs the real node, of which a machine has one: all in one run, which starts the node once. */
export function onRealNode(isWanted: (layer: Layer) => boolean): readonly Part[] {
    const sharing = (["cluster", "pipeline"] as const).filter(isWanted);
    const [first] = sharing;
    if (first === undefined) {
        return [];
    }
    const ignore = (["cluster", "pipeline"] as const)
        .filter((layer) => !isWanted(layer))
        .map((layer) => `test/${layer}/**`);
    const name = `real node (${sharing.join(", ")})`;
    // It takes longest, so that the run ends with it.
    return [{ name, layer: first, config: realNodeConfig, ignore, comesFirst: true }];
}

/** Folders of the layer of workloads that take long enough to be parts of their own. */
const longWorkloads = ["log-rotation", "s3-uploader"] as const;

/** Cluster tests of the lab itself that take long enough to be a part of their own. */
const providerTests = "test/cluster/simulated/*-provider.test.ts";

/** What is apart from everything else and runs beside it: the quickest answers, then what takes long or waits most. */
export const anywhere: readonly Part[] = [
    { name: "unit", layer: "unit" },
    { name: "cluster, simulated", layer: "cluster", ignore: ["test/cluster/node/**", providerTests] },
    { name: "workloads, others", layer: "workloads", ignore: longWorkloads.map((name) => `test/workloads/${name}/**`) },
    onlyWorkload("s3-uploader"),
    {
        name: "cluster, the lab's providers",
        layer: "cluster",
        ignore: ["test/cluster/node/**", "test/cluster/simulated/!(*-provider).test.ts"],
    },
    onlyWorkload("log-rotation"),
];

/** The part of a folder of workloads. */
function onlyWorkload(folder: (typeof longWorkloads)[number]): Part {
    return { name: `workloads, ${folder}`, layer: "workloads", ignore: [`test/workloads/!(${folder})/**`] };
}
