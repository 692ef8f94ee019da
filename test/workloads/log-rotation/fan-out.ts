// Rotation of every node as the run's pod does it, but for the minutes between the beginnings of nodes; prints its peak of
// memory in the end. Bundled before it is run, as the pod's program is: `node fan-out.js SERVER`.

import { readFileSync } from "node:fs";
import { ClusterApi } from "../../../workloads/log-rotation/every-node/cluster-api.ts";
import { rotateEveryNode } from "../../../workloads/log-rotation/every-node/rotate-every-node.ts";

const [, , server = ""] = process.argv;
const template = {
    metadata: { labels: { app: "log-rotation-node" } },
    spec: { activeDeadlineSeconds: 600, template: { metadata: {}, spec: { containers: [] } } },
};

rotateEveryNode({
    api: new ClusterApi({ server, namespace: "chattingo", token: () => "token" }),
    template,
    parent: { name: "log-rotation-1", uid: "uid" },
    say: (line) => console.log(line),
    lookEvery: 1,
    beginEvery: 0,
}).then((summary) => {
    console.log(JSON.stringify(summary));
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    console.log(kibibytes);
});
