// What is said of nodes without the memory that a stack reserves.

import assert from "node:assert/strict";
import type { StackNeeds } from "../../../estimate/stack-needs.ts";
import { memoryFindings } from "../../../scripts/room-on-nodes.ts";
import { parseSettings } from "../../../settings/index.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";

const gibibyte = 2 ** 30;
const amounts = (memory: number) => ({ cpu: 1, memory: memory * gibibyte });
const none = { requests: amounts(0), limits: amounts(0) };
/** Three pods of 8 GiB, two of them as much as a third of one, and 1 GiB on each node. */
const needs: StackNeeds = {
    cluster: { pods: 5, requests: amounts(26), limits: amounts(26) },
    eachNode: { pods: 1, requests: amounts(1), limits: amounts(1) },
    largestJob: none,
    largestPod: amounts(8),
    volumes: [],
};

const node = (name: string, memory: string, spec: object = {}) => ({
    metadata: { name, labels: { "kubernetes.io/os": "linux" } },
    spec,
    status: { allocatable: { memory } },
});
const pod = (namespace: string, nodeName: string, memory: string) => ({
    metadata: { namespace },
    spec: { nodeName, containers: [{ resources: { requests: { memory } } }, {}] },
});

async function findings(nodes: readonly object[], pods: readonly object[] = [], autoscaler = "") {
    const { values, origins } = readStackConfig("prod");
    return memoryFindings(parseSettings("prod", values, origins), needs, async (_get, type) =>
        type === "crd" ? autoscaler : JSON.stringify({ items: type === "nodes" ? nodes : pods }),
    );
}

describe("the memory of a cluster's nodes", () => {
    it("is enough where each Elasticsearch has a node with room, and the rest has room beside", async () => {
        assert.deepEqual(await findings(["a", "b", "c"].map((name) => node(name, "10Gi"))), []);
    });

    it("is not where others have reserved it, or a node takes no pods; what the stack has itself is free", async () => {
        const nodes = ["a", "b", "c"].map((name) => node(name, "10Gi"));
        const own = ["a", "b", "c"].map((name) => pod("chattingo", name, "8Gi"));
        assert.deepEqual(await findings(nodes, own), []);
        const [few, little, ...others] = await findings(nodes, [pod("default", "c", "2Gi")]);
        assert.deepEqual(others, []);
        assert.match(few?.text ?? "", /2 nodes have 8\.0 GiB of memory left.*search\.replicas = 3/);
        assert.match(little?.text ?? "", /have 25\.0 GiB of memory left, and the stack reserves 26\.0 GiB/);
        const cordoned = [node("a", "30Gi"), node("b", "30Gi"), node("c", "30Gi", { unschedulable: true })];
        assert.equal((await findings(cordoned)).length, 1);
    });

    it("cannot be told where Karpenter adds nodes", async () => {
        const found = await findings([], [], "customresourcedefinition.apiextensions.k8s.io/nodepools.karpenter.sh\n");
        assert.deepEqual(
            found.map(({ kind }) => kind),
            ["unknown", "unknown"],
        );
        assert.match(found[0]?.text ?? "", /Karpenter \(nodepools\.karpenter\.sh\), which may add them/);
    });
});
