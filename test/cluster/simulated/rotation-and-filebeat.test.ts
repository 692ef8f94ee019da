// Rotation beside a real Filebeat with the configuration that its component gives it, but for the output, which is a file
// here: what it would send to Elasticsearch can be counted line by line.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { filebeatConfig } from "../../../components/filebeat-config.ts";
import { logCategories } from "../../../formats/log-categories.ts";
import { endProgram } from "../../../lab/end-program.ts";
import { buildGoTool } from "../../../lab/tools/build-go-tool.ts";
import { goTools } from "../../../lab/tools/go-tools.ts";
import { LiveLoad } from "../../workloads/log-rotation/live-load.ts";
import { liveLine } from "../../workloads/log-rotation/live-writer.ts";
import { LogTree } from "../../workloads/log-rotation/log-tree.ts";

/** What the component's configuration has and this test replaces. */
interface FilebeatConfig {
    readonly "filebeat.inputs": readonly { readonly file_identity: object }[];
}

/** An event as Filebeat sends it. */
interface Event {
    readonly message: string;
    readonly "@metadata": { readonly _id: string };
}

interface Shipped {
    readonly id: string;
    readonly writer: number;
    readonly number: number;
}

const name = "app/application.log";
const linesWritten = 60_000;

describe("log-rotation beside a real Filebeat", function () {
    this.timeout(600_000);

    let tree: LogTree;
    let binary: string;
    let filebeat: ChildProcess | undefined;
    let environment: Record<string, string>;

    before(async () => {
        const tool = goTools.find((each) => each.name === "filebeat");
        assert.ok(tool);
        binary = await buildGoTool(tool);
    });

    beforeEach(() => {
        tree = new LogTree();
        mkdirSync(tree.path("shipped"));
        environment = { FILEBEAT_REGISTRY: tree.path("data/registry/filebeat") };
    });

    afterEach(async () => {
        await stopFilebeat();
        tree.remove();
    });

    const startFilebeat = (identity: object): void => {
        const text = filebeatConfig({
            stack: "test",
            logRoot: tree.root,
            categories: logCategories,
            elasticsearchUrl: "http://127.0.0.1:1",
            httpPort: 1,
        });
        const config = parse(text) as FilebeatConfig;
        const inputs = config["filebeat.inputs"].map((input) => ({ ...input, ...identity }));
        const file = tree.path("filebeat.yml");
        const output = { file: { path: tree.path("shipped"), rotate_every_kb: 1_000_000, number_of_files: 7 } };
        writeFileSync(
            file,
            stringify(
                { ...config, "filebeat.inputs": inputs, output, http: { enabled: false } },
                { aliasDuplicateObjects: false },
            ),
            { mode: 0o600 },
        );
        const log = openSync(tree.path("filebeat.output"), "a");
        filebeat = spawn(binary, ["-e", "-c", file, "--path.home", tree.root, "--path.data", tree.path("data")], {
            env: { PATH: process.env.PATH, NODE_NAME: "node-1" },
            stdio: ["ignore", log, log],
        });
    };
    const stopFilebeat = async (): Promise<void> => {
        if (filebeat) {
            await endProgram(filebeat);
        }
        filebeat = undefined;
    };
    /** Every event that was shipped; anything that is not a line of the writers fails. */
    const shipped = (): readonly Shipped[] =>
        readdirSync(tree.path("shipped")).flatMap((file) =>
            readFileSync(tree.path(`shipped/${file}`), "utf8")
                .split("\n")
                .filter((line) => line !== "")
                .map((line) => JSON.parse(line) as Event)
                // The end of a line behind a hole: Elasticsearch's pipeline drops it, which is no part of this test.
                .filter(({ message }) => !message.startsWith("\0".repeat(1000)))
                .map(({ message, "@metadata": { _id: id } }) => {
                    assert.ok(!message.includes("\0"), "zero bytes were shipped within a line");
                    const { n, w } = JSON.parse(message) as { readonly n: number; readonly w: number };
                    assert.equal(typeof n, "number", `no line of a writer: ${message.slice(0, 300)}`);
                    return { id, writer: w, number: n };
                }),
        );
    const untilShipped = async (count: number, rotate: () => Promise<void>): Promise<void> => {
        for (const until = Date.now() + 120_000; Date.now() < until; ) {
            if (new Set(shipped().map(({ id }) => id)).size >= count) {
                return;
            }
            await rotate();
            await sleep(500);
        }
        assert.fail(
            `${shipped().length} of ${count} lines were shipped:\n${readFileSync(tree.path("filebeat.output"), "utf8").slice(-3000)}`,
        );
    };

    for (const [what, identity] of [
        ["the component's identity", {}],
        [
            "fingerprints",
            {
                file_identity: { fingerprint: null },
                prospector: { scanner: { check_interval: "1s", fingerprint: { enabled: true } } },
            },
        ],
    ] as const) {
        it(`ships every line once, in 30 rotations while ${linesWritten} are written, with ${what}`, async () => {
            tree.append(name, "");
            startFilebeat(identity);
            const load = await LiveLoad.start([
                { writer: 0, logs: [tree.path(name)], atLeast: linesWritten, batch: 3, pace: 4_000 },
            ]);
            try {
                let holes = 0;
                const rotate = async () => {
                    const { errors, spaceNotGivenBack, methods } = await tree.rotate(environment);
                    assert.equal(errors + spaceNotGivenBack, 0, tree.output.slice(-5).join("\n"));
                    holes += methods[name] === "hole" ? 1 : 0;
                };
                for (let rotation = 0; rotation < 30; rotation++) {
                    await rotate();
                    await sleep(400);
                }
                const [report] = await load.end();
                const written = report?.lines[0] ?? 0;
                assert.ok(written >= linesWritten);
                await untilShipped(written, rotate);
                assert.ok(holes >= 10, `only ${holes} rotations gave space back`);
                const events = shipped();
                assert.equal(events.length, written, "a line was shipped twice");
                assert.equal(new Set(events.map(({ number }) => number)).size, written);
                // Filebeat has everything, so nothing but the first and the last block is left on the disk.
                await sleep(1_500);
                assert.equal((await tree.rotate(environment)).bytesWaitingForFilebeat, 0);
                assert.ok(tree.blockBytes(name) <= 3 * 4096, `${tree.blockBytes(name)} bytes`);

                // A Filebeat that lost its registry reads what is left: the same documents, and no zero bytes.
                await stopFilebeat();
                rmSync(tree.path("data"), { recursive: true });
                startFilebeat(identity);
                await sleep(8_000);
                const again = shipped();
                assert.ok(again.length > events.length, "it read nothing again");
                assert.equal(new Set(again.map(({ id }) => id)).size, written, "a line became another document");
            } finally {
                load.kill();
            }
        });
    }

    it("ships every line as one document when a log of a very large apparent size is compacted", async () => {
        const lineOf = (number: number) => liveLine(0, number);
        const append = (first: number, count: number) =>
            tree.append(name, Array.from({ length: count }, (_, index) => lineOf(first + index)).join(""));
        append(0, 3_000);
        startFilebeat({});
        await untilShipped(3_000, async () => undefined);
        await sleep(1_500);
        const summary = await tree.rotate(environment, { compactFrom: 100_000 });
        assert.equal(summary.methods[name], "compacted", tree.output.join("\n"));
        await sleep(4_000);
        append(3_000, 500);
        await untilShipped(3_500, async () => undefined);
        await sleep(2_000);
        assert.equal(new Set(shipped().map(({ id }) => id)).size, 3_500);
        assert.equal(new Set(shipped().map(({ number }) => number)).size, 3_500);
        await tree.rotate(environment);
        assert.ok(
            tree
                .everythingByJournal(name)
                .equals(Buffer.from(Array.from({ length: 3_500 }, (_, n) => lineOf(n)).join(""))),
        );
    });
});
