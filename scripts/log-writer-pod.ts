// A pod that writes to the log tree as an application does: its own user, the log tree's group, files in append mode.

import { stringify } from "yaml";

/** Group that may write to the log tree; `log-setup` gives it the files. */
const logGroupId = 10001;

/**
 * The program of the pod. It is passed with `node --eval`, so it is plain JavaScript: every category's file gets
 * `LINES` lines, spread evenly over the last four days so that the age rule of the dev stack (3 days) makes them due.
 */
const program = `
const { openSync, writeSync, closeSync } = require("node:fs");
const files = {
    application: "app/application.log",
    authentication: "auth/auth.log",
    chat: "chat/chat.log",
    error: "error/error.log",
    system: "system/system.log",
    websocket: "websocket/websocket.log",
};
const lines = Number(process.env.LINES);
const days = 4;
const first = Date.now() - days * 24 * 60 * 60 * 1000;
const pause = (Date.now() - first) / lines;
for (const [category, file] of Object.entries(files)) {
    const log = openSync("/var/log/chattingo/" + file, "a");
    for (let line = 0; line < lines; line++) {
        const entry = {
            "@timestamp": new Date(first + line * pause).toISOString(),
            message: category + " event " + line,
            user_id: String(10000 + (line % 500)),
        };
        writeSync(log, JSON.stringify(entry) + "\\n");
    }
    closeSync(log);
}
`;

/** Manifest of the pod, as YAML for `kubectl apply`. */
export function logWriterPod(name: string, image: string, linesPerCategory: number): string {
    return stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default" },
        spec: {
            restartPolicy: "Never",
            automountServiceAccountToken: false,
            securityContext: {
                runAsNonRoot: true,
                runAsUser: 10002,
                runAsGroup: 10002,
                supplementalGroups: [logGroupId],
                seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
                {
                    name: "writer",
                    image,
                    command: ["node", "--eval", program],
                    env: [{ name: "LINES", value: String(linesPerCategory) }],
                    securityContext: {
                        allowPrivilegeEscalation: false,
                        readOnlyRootFilesystem: true,
                        capabilities: { drop: ["ALL"] },
                    },
                    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } },
                    volumeMounts: [{ name: "logs", mountPath: "/var/log/chattingo" }],
                },
            ],
            volumes: [{ name: "logs", hostPath: { path: "/var/log/chattingo", type: "Directory" } }],
        },
    });
}
