// The way of a line into search, on a real node: pods write, Filebeat ships, Elasticsearch finds, whatever is killed.

import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { logCategories } from "../../formats/log-categories.ts";
import { logRoot } from "../../formats/log-tree.ts";
import { nodeImage } from "../../lab/images/images.ts";
import { nodeName } from "../../lab/node/interface.ts";
import { RunError, run } from "../../lab/tools/run.ts";
import type { LabStack } from "../../scripts/lab-stack.ts";
import { devStack } from "../real-node.ts";
import { countLines, everyLine, type FoundLine, ofFile } from "./found-lines.ts";
import { lineWriterPod, messageOf, sortOf, unended, writtenFile } from "./line-writer.ts";

/** What a document says of where its line was. */
interface Origin {
    readonly node?: { readonly name: string };
    readonly file?: { readonly path: string };
}

/** A document, as far as the tests look at it. */
interface DecodedLine {
    readonly kubernetes: Origin;
    readonly log: Origin & { readonly level?: string };
    readonly application?: { readonly input?: object };
    readonly event?: { readonly original: string };
}

const linesPerCategory = 34_000;
const writingSeconds = 30;
/** Seconds for the shipper to catch up when all is well again. */
const catchUpSeconds = 240;

describe("search", function () {
    this.timeout(900_000);

    let stack: LabStack;
    let elasticsearch: string;
    let policiesBefore: readonly string[];

    const kubectl = (...args: string[]) => run("kubectl", args, { env: stack.environment });

    /** Kills the program of this name in a container, as the kernel would; it is not the container's first process. */
    const kill = (workload: string, program: string) =>
        kubectl(
            ...["exec", "-n", "chattingo", workload, "--", "bash", "-c"],
            `for process in /proc/[0-9]*; do [ "$(cat $process/comm 2>/dev/null)" = ${program} ] && kill -KILL \${process#/proc/}; done; true`,
        ).catch((error: unknown) => {
            // The shell goes with the container that it runs in.
            if (!(error instanceof RunError) || !/137|closed|EOF/.test(error.output)) {
                throw error;
            }
        });

    /** Looks until it is so; Elasticsearch may be away meanwhile. */
    async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
        const deadline = Date.now() + seconds * 1000;
        while (!(await isSo().catch(() => false))) {
            assert.ok(Date.now() < deadline, `${what}: not within ${seconds} s`);
            await setTimeout(500);
        }
    }

    before(async () => {
        stack = await devStack();
        const address = await kubectl(
            ...["get", "service", "-n", "chattingo", "elasticsearch", "-o", "jsonpath={.spec.clusterIP}"],
        );
        elasticsearch = `http://${address}:9200`;
        policiesBefore = await policies();
        assert.ok(policiesBefore.length > logCategories.length, policiesBefore.join());
    });

    /** The stack's lifecycle policies, each with its version. */
    async function policies(): Promise<readonly string[]> {
        const response = await fetch(`${elasticsearch}/_ilm/policy/chattingo-*-dev`);
        const found = (await response.json()) as Readonly<Record<string, { readonly version: number }>>;
        return Object.entries(found)
            .map(([name, { version }]) => `${name} ${version}`)
            .toSorted();
    }

    it("finds a line within 10 seconds of its being written, in a file that was not there and is tiny", async () => {
        const write = `echo '{"message":"the first line of a new file","user_id":"7"}' >> /var/log/chattingo/chat/new.log`;
        const started = Date.now();
        await run("bash", ["-c", write]);
        await until("the line is found", 10, async () => {
            return (await countLines(elasticsearch, "chattingo-chat-*", ofFile("chat/new.log"))) === 1;
        });
        assert.ok(Date.now() - started < 10_000);
    });

    it("takes a line that would steer it for what it is, and ships what comes behind it", async () => {
        const lines = [
            '{"_id":"mine","message":"steering"}',
            '{"\\\\u0040metadata":{"pipeline":"no-such-pipeline"},"message":"steering"}',
            '{"message":"behind it"}',
        ].join("\\n");
        await run("bash", ["-c", `printf '${lines}\\n' >> /var/log/chattingo/chat/steering.log`]);
        await until("all are found", 60, async () => {
            return (await countLines(elasticsearch, "chattingo-chat-dev", ofFile("chat/steering.log"))) === 3;
        });
    });

    it("finds every line of every sort once, in its category, although everything is killed meanwhile", async () => {
        const load = { linesPerCategory, seconds: writingSeconds };
        await run("kubectl", ["apply", "-f", "-"], {
            env: stack.environment,
            input: lineWriterPod("line-writer", nodeImage, load),
        });
        await kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/line-writer", "--timeout=60s");
        await setTimeout(6000);
        await kill("deployment/elasticsearch", "java");
        await setTimeout(8000);
        await kill("daemonset/filebeat", "filebeat");
        await setTimeout(6000);
        await kubectl("rollout", "restart", "daemonset/filebeat", "-n", "chattingo");
        await kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/line-writer", "--timeout=180s");

        const total = linesPerCategory * logCategories.length;
        const written = {
            terms: { "log.file.path": logCategories.map(({ directory }) => `${logRoot}/${directory}/${writtenFile}`) },
        };
        await until("all lines are found", catchUpSeconds, async () => {
            return (await countLines(elasticsearch, "chattingo-*", written)) >= total;
        });
        for (const { name, directory } of logCategories) {
            const times = new Uint8Array(linesPerCategory);
            let withoutId = 0;
            for await (const { index, source } of everyLine(
                elasticsearch,
                `chattingo-${name}-dev`,
                ofFile(`${directory}/${writtenFile}`),
            )) {
                const [, category, number] = /([a-z]+)-(\d+)-/.exec(source.message ?? "") ?? [];
                if (number === undefined) {
                    withoutId++;
                    continue;
                }
                assert.equal(category, name, `${source.message?.slice(0, 200)} is in ${index}`);
                check(source, name, directory, Number(number));
                times[Number(number)] = (times[Number(number)] ?? 0) + 1;
            }
            assert.equal(withoutId, 0, `documents of ${name} that nobody wrote`);
            const lost = times.reduce((sum, count) => sum + Number(count === 0), 0);
            const doubled = times.reduce((sum, count) => sum + Number(count > 1), 0);
            assert.deepEqual({ name, lost, doubled }, { name, lost: 0, doubled: 0 });
        }
        assert.deepEqual(await policies(), policiesBefore, "how long lines are kept has outlived the kill");
    });

    /** Whether the document says what was written, and where. */
    function check(source: FoundLine["source"], category: string, directory: string, number: number): void {
        const { kubernetes, log, application, event } = source as FoundLine["source"] & DecodedLine;
        const isJson = sortOf(number) === "json";
        const found = {
            message: source.message?.replace(/^\S+Z (?=ERROR trace )/, ""),
            category: source.category,
            node: kubernetes.node?.name,
            file: log.file?.path,
            user_id: source.user_id,
            level: log.level,
            input: application?.input,
            isRaw: sortOf(number) === "bytes" || String(event?.original).includes(`${category}-${number}-`),
        };
        assert.deepEqual(found, {
            message: messageOf(category, number),
            category,
            node: nodeName,
            file: `${logRoot}/${directory}/${writtenFile}`,
            user_id: isJson ? String(number % 500) : undefined,
            level: { json: "info", trace: "error" }[sortOf(number) as string],
            input: isJson ? { type: "keyboard" } : undefined,
            isRaw: true,
        });
        assert.ok(Math.abs(Date.parse(String(source["@timestamp"])) - Date.now()) < 3_600_000);
    }

    it("answers the three questions that operators start from", async () => {
        const lines = ['{"message":"Login failed for user 99"}', '{"message":"the login of user 99 has failed"}'].join(
            "\\n",
        );
        await run("bash", ["-c", `printf '${lines}\\n' >> /var/log/chattingo/auth/questions.log`]);
        const count = (category: string, query: object) =>
            countLines(elasticsearch, `chattingo-${category}-*`, {
                bool: { filter: [{ match: { category } }, query] },
            });
        const phrase = { match_phrase: { message: "login failed" } };
        await until("the failed login is found", 30, async () => (await count("authentication", phrase)) === 1);
        assert.equal(await count("chat", { match: { user_id: "345" } }), linesPerCategory / 500);
        const lastHour = { range: { "@timestamp": { gte: "now-1h" } } };
        const ofTheTest = ofFile(`error/${writtenFile}`);
        assert.equal(await count("error", { bool: { filter: [lastHour, ofTheTest] } }), linesPerCategory);
    });

    it("finds a line without an end when it has ended", async () => {
        const phrase = { match_phrase: { message: unended } };
        assert.equal(await countLines(elasticsearch, "chattingo-*", phrase), 0);
        for (const { directory } of logCategories) {
            await appendFile(`${logRoot}/${directory}/${writtenFile}`, "\n");
        }
        await until("each category has its last line", 60, async () => {
            return (await countLines(elasticsearch, "chattingo-*", phrase)) === logCategories.length;
        });
    });

    it("logs to standard output how it collects garbage, and which searches are slow", async () => {
        const warnFrom = async (threshold: string | null) => {
            const response = await fetch(`${elasticsearch}/chattingo-chat-dev/_settings`, {
                method: "PUT",
                headers: { "content-type": "application/json" },
                body: JSON.stringify({ "index.search.slowlog.threshold.query.warn": threshold }),
            });
            assert.ok(response.ok, await response.text());
        };
        await warnFrom("0ms");
        await everyLine(elasticsearch, "chattingo-chat-dev", ofFile(`chat/${writtenFile}`)).next();
        await until("both are in the log", 60, async () => {
            const log = await kubectl(
                ...["logs", "-n", "chattingo", "deployment/elasticsearch", "--container=elasticsearch"],
            );
            return /^\[[^\]]*\]\[[^\]]*\]\[gc/m.test(log) && log.includes('"elasticsearch.index_search_slowlog"');
        });
        await warnFrom(null);
    });
});
