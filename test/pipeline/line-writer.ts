// A pod that writes lines of every sort into all six categories, each with an id that is nowhere else.

import { stringify } from "yaml";
import { logGroupId } from "../../components/log-tree.ts";
import { logCategories } from "../../formats/log-categories.ts";
import { logRoot } from "../../formats/log-tree.ts";

/** How much is written. */
export interface Load {
    /** Lines with an id in each category. */
    readonly linesPerCategory: number;
    /** Seconds over which the writing is spread. */
    readonly seconds: number;
}

/** The sorts of lines, in turn; a trace is one event of four lines. */
const sorts = ["json", "plain", "trace", "broken", "bytes"] as const;

/** The sort of the line with this number. */
export function sortOf(number: number): (typeof sorts)[number] {
    return sorts[number % sorts.length] ?? "json";
}

/** The end of each file, which is shipped when the line has ended. */
export const unended = "without an end";

/** Name of the file in each category's directory. */
export const writtenFile = "pipeline.log";

/** One line in so many has 100 KiB; no multiple of the number of sorts, so that lines of every sort have. */
const longEvery = 2001;

/**
 * The program of the pod, plain JavaScript for `node --eval`. An id is `<category>-<number>-`, with a dash at its end so
 * that no id is the beginning of another. Empty lines stand between, and the last line of each file has no end: the one
 * is nothing to find, the other is not shipped before it ends.
 */
const program = `
const { openSync, writeSync, closeSync } = require("node:fs");
const { setTimeout: sleep } = require("node:timers/promises");
const categories = JSON.parse(process.env.CATEGORIES);
const count = Number(process.env.LINES), seconds = Number(process.env.SECONDS), longEvery = Number(process.env.LONG_EVERY);
const line = (category, number) => {
    const id = category + "-" + number + "-";
    const filling = number % longEvery === longEvery - 1 ? "x".repeat(100 * 1024) : "";
    switch (number % 5) {
        case 0: return JSON.stringify({ "@timestamp": new Date().toISOString(), message: "json " + id + filling, user_id: String(number % 500), level: "info", input: { type: "keyboard" } });
        case 1: return "plain " + id + filling;
        case 2: return new Date().toISOString() + " ERROR trace " + id + filling + "\\njava.lang.IllegalStateException: no room" + "\\n\\tat com.chattingo.Chat.send(Chat.java:42)\\n\\t... 3 more\\nCaused by: java.io.IOException: broken pipe";
        case 3: return '{"message": "broken ' + id + filling;
        default: return Buffer.concat([Buffer.from("bytes "), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from(" " + id + filling)]);
    }
};
(async () => {
    const logs = categories.map(({ name, directory }) => ({ name, log: openSync(process.env.LOG_ROOT + "/" + directory + "/" + process.env.FILE, "a") }));
    const rounds = seconds * 10, perRound = Math.ceil(count / rounds);
    const started = Date.now();
    for (let round = 0; round < rounds; round++) {
        for (const { name, log } of logs) {
            const pieces = [];
            for (let number = round * perRound; number < Math.min(count, (round + 1) * perRound); number++) {
                pieces.push(Buffer.from(line(name, number)), Buffer.from(number % 50 === 0 ? "\\n\\n" : "\\n"));
            }
            writeSync(log, Buffer.concat(pieces));
        }
        await sleep(Math.max(0, started + (round + 1) * 100 - Date.now()));
    }
    for (const { log } of logs) { writeSync(log, ${JSON.stringify(unended)}); closeSync(log); }
})();
`;

/** The message that is found for the line with this number, and what is not UTF-8 in it as the replacement character. */
export function messageOf(category: string, number: number): string {
    const id = `${category}-${number}-`;
    const text = `${id}${number % longEvery === longEvery - 1 ? "x".repeat(100 * 1024) : ""}`;
    switch (sortOf(number)) {
        case "json":
            return `json ${text}`;
        case "plain":
            return `plain ${text}`;
        case "trace":
            return [
                `ERROR trace ${text}`,
                "java.lang.IllegalStateException: no room",
                "\tat com.chattingo.Chat.send(Chat.java:42)",
                "\t... 3 more",
                "Caused by: java.io.IOException: broken pipe",
            ].join("\n");
        case "broken":
            return `{"message": "broken ${text}`;
        case "bytes":
            return `bytes \ufffd\ufffd\ufffd ${text}`;
    }
}

/** Manifest of the pod, as YAML for `kubectl apply`. */
export function lineWriterPod(name: string, image: string, load: Load): string {
    return stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default" },
        spec: {
            restartPolicy: "Never",
            securityContext: { runAsUser: 10003, runAsGroup: 10003, supplementalGroups: [logGroupId] },
            containers: [
                {
                    name: "writer",
                    image,
                    command: ["node", "--eval", program],
                    env: [
                        { name: "CATEGORIES", value: JSON.stringify(logCategories) },
                        { name: "FILE", value: writtenFile },
                        { name: "LINES", value: String(load.linesPerCategory) },
                        { name: "SECONDS", value: String(load.seconds) },
                        { name: "LONG_EVERY", value: String(longEvery) },
                        { name: "LOG_ROOT", value: logRoot },
                    ],
                    volumeMounts: [{ name: "logs", mountPath: logRoot }],
                },
            ],
            volumes: [{ name: "logs", hostPath: { path: logRoot, type: "Directory" } }],
        },
    });
}
