// The one change that a pod of the system makes to its node's kernel, on a real kernel: with what rights it is made.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { asUser } from "../../../components/container-security.ts";
import { maxMapCount, maxMapCountContainer, maxMapCountVolume } from "../../../components/max-map-count.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { run } from "../../../lab/tools/run.ts";
import { realNode } from "../../real-node.ts";

const namespace = "kernel-setting-test";
const setting = "/proc/sys/vm/max_map_count";

describe("the container that raises vm.max_map_count", function () {
    this.timeout(300_000);

    let valueBefore: string;

    const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
        run("kubectl", args, { env: (await realNode()).environment, ...(input === undefined ? {} : { input }) });

    /** Runs a pod whose init container is that one, and returns what its container with the same rights says. */
    async function runPod(name: string): Promise<string> {
        const init = maxMapCountContainer(nodeImage);
        const look = {
            ...init,
            name: "look",
            command: [
                "bash",
                "-c",
                "grep -E '^(CapEff|CapBnd|Seccomp|NoNewPrivs):' /proc/self/status; (echo 1 > /proc/sys/vm/swappiness) 2>&1 | grep -o 'Read-only file system'; ls /node",
            ],
        };
        const pod = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name, namespace },
            spec: {
                restartPolicy: "Never",
                securityContext: asUser(1000, 1000),
                initContainers: [init],
                containers: [look],
                volumes: [maxMapCountVolume],
            },
        };
        await kubectl(["apply", "--filename=-"], JSON.stringify(pod));
        await kubectl([
            ...["wait", "-n", namespace, `pod/${name}`, "--timeout=120s"],
            "--for=jsonpath={.status.phase}=Succeeded",
        ]);
        return kubectl(["logs", "-n", namespace, name, "-c", "look"]);
    }

    before(async () => {
        await realNode();
        valueBefore = readFileSync(setting, "utf8");
        await kubectl(["create", "namespace", namespace]);
    });

    after(async () => {
        writeFileSync(setting, valueBefore);
        await kubectl(["delete", "--ignore-not-found", "namespace", namespace]);
    });

    it("raises it as root without a capability, without a way to get one, and behind seccomp", async () => {
        writeFileSync(setting, "262144");
        const said = await runPod("raises");
        assert.equal(Number(readFileSync(setting, "utf8")), maxMapCount);
        assert.match(said, /^CapEff:\t0+$/m);
        assert.match(said, /^CapBnd:\t0+$/m);
        assert.match(said, /^NoNewPrivs:\t1$/m);
        // 2: a filter, which a privileged container does not have.
        assert.match(said, /^Seccomp:\t2$/m);
    });

    it("can change no other setting of the kernel, and sees no other file of the node", async () => {
        const said = await runPod("looks");
        assert.match(said, /Read-only file system/);
        assert.equal(said.trimEnd().split("\n").at(-1), "max_map_count");
    });

    it("leaves a node alone that allows more", async () => {
        writeFileSync(setting, String(maxMapCount * 2));
        await runPod("leaves");
        assert.equal(Number(readFileSync(setting, "utf8")), maxMapCount * 2);
    });
});
