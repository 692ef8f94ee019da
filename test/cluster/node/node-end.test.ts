// How the lab's real node ends: nothing of it stays on the machine.

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { clusterFolder, isClusterRunning } from "../../../lab/cluster.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { processStatuses } from "../../../lab/processes/detached-process.ts";
import { processesNaming } from "../../../lab/processes/leftovers.ts";
import { run } from "../../../lab/tools/run.ts";
import { machineTraces } from "../../machine-traces.ts";
import { endRealNode, realNode } from "../../real-node.ts";

const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "still-running", namespace: "default" },
    spec: { containers: [{ name: "node", image: nodeImage, command: ["sleep", "infinity"] }] },
};

/** The node of somebody who works with it is left running. */
const isBorrowed = await isClusterRunning("node");

if (!isBorrowed) {
    describe("the end of the lab's real node", function () {
        this.timeout(300_000);

        it("leaves nothing of it on the machine, even when containerd dies with pods still running", async () => {
            const { environment, tracesBefore } = await realNode();
            await run("kubectl", ["apply", "--filename=-"], { env: environment, input: stringify(pod) });
            const ready = ["--for=condition=Ready", "--timeout=60s"];
            await run("kubectl", ["wait", "pod/still-running", ...ready], { env: environment });
            const parts = await processStatuses(clusterFolder("node"));
            const containerd = parts.find(({ name }) => name === "containerd")?.pid;
            assert.ok(containerd);
            process.kill(containerd, "SIGKILL");
            await endRealNode();
            assert.deepEqual(await machineTraces(), tracesBefore);
            assert.deepEqual(await processesNaming(clusterFolder("node")), []);
        });
    });
}
