// Filebeat's DaemonSet and its configuration.

import assert from "node:assert/strict";
import { parse } from "yaml";
import { Filebeat, type FilebeatArgs, filebeatStateFolder } from "../../../components/filebeat.ts";
import { filebeatConfig } from "../../../components/filebeat-config.ts";
import { WorkloadBundle } from "../../../components/workload-bundle.ts";
import { type LogCategory, logCategories } from "../../../formats/log-categories.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { declared, type PodSpec, program } from "./mocked-program.ts";

const setup = () => ({
    image: nodeImage,
    program: new WorkloadBundle("log-setup", {
        namespace: "chattingo",
        workload: "log-setup",
        role: "rotation",
        bundle: program,
    }),
});
const args = (): FilebeatArgs => ({
    namespace: "chattingo",
    image: "docker.elastic.co/beats/filebeat:9.4.3",
    stack: "dev",
    categories: logCategories,
    elasticsearchUrl: "http://elasticsearch.chattingo.svc:9200",
    setup: setup(),
    requests: { cpu: "200m", memory: "200Mi" },
    limits: { cpu: "500m", memory: "500Mi" },
});

/** Whole seconds of a duration as Filebeat's configuration has them. */
const seconds = (duration: string) => Number(/^(\d+)s$/.exec(duration)?.[1]);

interface DaemonSet {
    readonly spec: {
        readonly updateStrategy: { readonly rollingUpdate: { readonly maxSurge: number } };
        readonly template: { readonly spec: PodSpec };
    };
}

const made = (changes: () => Partial<FilebeatArgs> = () => ({})) =>
    declared(() => new Filebeat("filebeat", { ...args(), ...changes() }));
const daemonSet = async (changes?: () => Partial<FilebeatArgs>) =>
    (await made(changes)).inputs<DaemonSet>("kubernetes:apps/v1:DaemonSet").spec;
const exporter = () => ({
    image: nodeImage,
    program: new WorkloadBundle("elastic-exporter", {
        namespace: "chattingo",
        workload: "elastic-exporter",
        role: "monitoring",
        bundle: program,
    }),
});

describe("Filebeat", () => {
    it("runs on every node, whatever else it is kept for, and never twice on one", async () => {
        const spec = await daemonSet();
        assert.deepEqual(spec.template.spec.tolerations, [{ operator: "Exists" }]);
        assert.equal(spec.updateStrategy.rollingUpdate.maxSurge, 0);
    });

    it("takes its place on a full node from an ordinary pod, and from none of the cluster's own", async () => {
        const found = await made();
        const { metadata, value } = found.inputs<{ metadata: { name: string }; value: number }>(
            "kubernetes:scheduling.k8s.io/v1:PriorityClass",
        );
        const { priorityClassName } = (await daemonSet()).template.spec as { priorityClassName?: string };
        assert.equal(priorityClassName, metadata.name);
        assert.ok(value > 0 && value < 1_000_000_000);
    });

    it("makes the log tree on a node that joins later, before it reads it", async () => {
        const [container] = (await daemonSet()).template.spec.initContainers ?? [];
        assert.equal(container?.name, "log-setup");
    });

    it("keeps what it has read on the node's disk, and can't write to the logs", async () => {
        const pod = (await daemonSet()).template.spec;
        const data = pod.volumes?.find(({ name }) => name === "data");
        assert.equal(data?.hostPath?.path, filebeatStateFolder);
        const [container] = pod.containers;
        const logs = container?.volumeMounts?.find(({ name }) => name === "logs");
        assert.equal(logs?.readOnly, true);
        assert.deepEqual(container?.securityContext?.capabilities, { drop: ["ALL"], add: ["DAC_READ_SEARCH"] });
        assert.deepEqual(container?.resources, {
            requests: { cpu: "200m", memory: "200Mi", "ephemeral-storage": "16Mi" },
            limits: { cpu: "500m", memory: "500Mi", "ephemeral-storage": "256Mi" },
        });
    });

    it("is asked three different things, none of which Elasticsearch answers", async () => {
        const [container] = (await daemonSet()).template.spec.containers;
        const { startupProbe, readinessProbe, livenessProbe } = container ?? {};
        assert.deepEqual(startupProbe?.httpGet, { path: "/", port: "http" });
        assert.deepEqual(readinessProbe?.httpGet, { path: "/stats", port: "http" });
        assert.deepEqual(livenessProbe?.httpGet, { path: "/", port: "http" });
        const patience = (probe: typeof livenessProbe) => (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0);
        assert.ok(patience(startupProbe) >= 60, "it reads its registry before it answers");
        assert.ok(patience(livenessProbe) >= 60, "a busy one is not restarted");
    });
});

describe("the canary beside Filebeat", () => {
    it("writes in a directory of its own and in nothing else, as a user who owns nothing", async () => {
        const pod = (await daemonSet(() => ({ exporter: exporter() }))).template.spec;
        const metrics = pod.containers.find(({ name }) => name === "metrics");
        const writable = metrics?.volumeMounts?.filter(({ name, readOnly }) => !readOnly && !name.includes("program"));
        assert.deepEqual(writable, [{ name: "canary", mountPath: "/var/log/chattingo/canary" }]);
        const path = pod.volumes?.find(({ name }) => name === "canary")?.hostPath?.path;
        assert.equal(path, "/var/log/chattingo/canary");
        assert.equal(metrics?.securityContext?.runAsNonRoot, true);
        assert.deepEqual(metrics?.securityContext?.capabilities, { drop: ["ALL"] });
        const group = pod.initContainers?.[0]?.env?.find(({ name }) => name === "CANARY_GROUP_ID")?.value;
        assert.equal(String(metrics?.securityContext?.runAsGroup), group);
    });

    it("is read by Filebeat into a data stream outside of what users search", async () => {
        const text = async (changes?: () => Partial<FilebeatArgs>) =>
            (await made(changes)).inputs<{ data: Readonly<Record<string, string>> }>(
                "kubernetes:core/v1:ConfigMap",
                "filebeat",
            ).data["filebeat.yml"] ?? "";
        const inputs = (
            parse(await text(() => ({ exporter: exporter() }))) as {
                "filebeat.inputs": readonly Readonly<Record<string, unknown>>[];
            }
        )["filebeat.inputs"];
        const [{ id: _, paths, index, processors: __, ...canary } = {}, { ...users } = {}] = [
            inputs.at(-1),
            inputs.at(0),
        ];
        assert.deepEqual([paths, index], [["/var/log/chattingo/canary/*.log"], "canary-chattingo-dev"]);
        for (const [setting, value] of Object.entries(canary)) {
            assert.deepEqual(users[setting], value, `${setting} is not as it is for users' lines`);
        }
        assert.ok(!(await text()).includes("canary"), "Filebeat reads what nobody writes");
    });
});

describe("Filebeat's configuration", () => {
    const text = filebeatConfig({
        stack: "dev",
        logRoot: "/var/log/chattingo",
        categories: logCategories,
        elasticsearchUrl: "http://elasticsearch:9200",
        httpPort: 5066,
    });
    const config = parse(text) as {
        "filebeat.shutdown_timeout": string;
        "filebeat.inputs": readonly {
            id: string;
            paths: readonly string[];
            index: string;
            file_identity: object;
            encoding?: string;
            close: { on_state_change: { inactive: string; removed: boolean; renamed: boolean } };
            prospector: { scanner: { check_interval: string } };
            parsers: readonly { multiline: { pattern: string; negate: boolean; match: string } }[];
            processors: readonly Record<string, Record<string, unknown>>[];
        }[];
        output: { elasticsearch: { bulk_max_size: number; non_indexable_policy: unknown } };
        logging: { to_stderr: boolean; event_data: object };
        queue: { mem: { events: number; flush: { min_events: number; timeout: string } } };
    };
    const inputs = config["filebeat.inputs"];

    it("has one input a category, each with its id, its files and its data stream", () => {
        assert.deepEqual(
            inputs.map(({ id, paths, index }) => [id, ...paths, index]),
            [
                ["application", "/var/log/chattingo/app/*.log", "chattingo-application-dev"],
                ["authentication", "/var/log/chattingo/auth/*.log", "chattingo-authentication-dev"],
                ["chat", "/var/log/chattingo/chat/*.log", "chattingo-chat-dev"],
                ["error", "/var/log/chattingo/error/*.log", "chattingo-error-dev"],
                ["system", "/var/log/chattingo/system/*.log", "chattingo-system-dev"],
                ["websocket", "/var/log/chattingo/websocket/*.log", "chattingo-websocket-dev"],
            ],
        );
    });

    it("never waits for a file to reach a size: files are told apart by device and inode", () => {
        for (const { file_identity } of inputs) {
            assert.deepEqual(Object.keys(file_identity), ["native"]);
        }
    });

    it("holds a quiet file open for a day, and reads on when it is renamed or deleted", () => {
        for (const { close, prospector } of inputs) {
            assert.deepEqual(close.on_state_change, { inactive: "24h", removed: false, renamed: false });
            assert.equal(prospector.scanner.check_interval, "200ms");
        }
    });

    it("reads bytes as they are but for an application that names an encoding", () => {
        assert.ok(inputs.every(({ encoding }) => encoding === undefined));
        const legacy: LogCategory = { name: "legacy", directory: "legacy", format: "text", encoding: "utf-16le" };
        const { "filebeat.inputs": others } = parse(
            filebeatConfig({
                stack: "dev",
                logRoot: "/var/log/chattingo",
                categories: [legacy],
                elasticsearchUrl: "http://elasticsearch:9200",
                httpPort: 5066,
            }),
        ) as typeof config;
        assert.equal(others[0]?.encoding, "utf-16le");
    });

    it("makes a document's id of the line as it stands in the file, and fields of nothing that stands in it", () => {
        for (const { processors } of inputs) {
            const names = processors.map((processor) => Object.keys(processor)[0]);
            assert.deepEqual(names, [
                "drop_event",
                "truncate_fields",
                "drop_fields",
                "add_fields",
                "fingerprint",
                "dissect",
            ]);
            const { fields, target_field } = processors[4]?.fingerprint ?? {};
            assert.deepEqual(fields, ["kubernetes.node.name", "log.file.path", "log.offset", "message"]);
            const { field, tokenizer, target_prefix } = processors[5]?.dissect ?? {};
            assert.equal(field, target_field);
            assert.deepEqual([target_prefix, tokenizer], ["@metadata", "%{_id#16}%{?rest}"]);
        }
    });

    it("keeps a request of lines of 100 KiB below what Elasticsearch accepts, and the queue larger than that", () => {
        const { bulk_max_size } = config.output.elasticsearch;
        assert.ok(bulk_max_size * 100 * 1024 < 100 * 1024 * 1024);
        assert.ok(config.queue.mem.events >= 2 * bulk_max_size);
        assert.ok(config.queue.mem.flush.min_events <= config.queue.mem.events / 2);
    });

    it("sends what it has read before it ends, and has the time for it", async () => {
        const { terminationGracePeriodSeconds } = (await daemonSet()).template.spec;
        const flush = seconds(config["filebeat.shutdown_timeout"]);
        assert.ok(flush >= 10 && flush <= (terminationGracePeriodSeconds ?? 0) - 10, `${flush} s`);
    });

    it("takes what hardly stands alone to the line before it, and no line that begins with a date, a level or a brace", () => {
        for (const { parsers } of inputs) {
            const [multiline] = parsers.map((parser) => parser.multiline);
            assert.deepEqual([multiline?.match, multiline?.negate], ["after", false]);
            const pattern = new RegExp(multiline?.pattern.replaceAll("[:space:]", "\\s").replaceAll("$$", "$") ?? "");
            for (const line of [
                "\tat com.chattingo.Chat.send(Chat.java:42)",
                "    at java.base/java.lang.Thread.run(Thread.java:1583)",
                "\t... 3 more",
                "Caused by: java.io.IOException: broken pipe",
                "\tSuppressed: java.lang.Exception",
                "java.lang.IllegalStateException: no",
                "",
                "Traceback (most recent call last):",
                "ValueError: no such room",
                "goroutine 1 [running]:",
                "main.handler({0x7f1c, 0xc0000b6000}, 0xc0000d2000)",
                "app/models/room.rb:12:in `join'",
                "WHERE id = 1",
                "}",
            ]) {
                assert.match(line, pattern);
            }
            for (const line of [
                '{"message":"at noon"}',
                "at noon",
                "2026-01-02 an Error: x",
                "ERROR it failed",
                "Errors were found",
            ]) {
                assert.doesNotMatch(line, pattern);
            }
        }
    });

    // elastic/beats, libbeat/reader/readfile/fs_metafields_other.go: Filebeat 9 adds them to every event.
    it("drops the fields that Filebeat 9 adds to every line, and makes no field of what an application writes", () => {
        for (const { processors } of inputs) {
            const dropped = processors.findIndex(({ drop_fields }) =>
                (drop_fields?.fields as readonly string[] | undefined)?.includes("log.file.inode"),
            );
            const { fields } = processors[dropped]?.drop_fields ?? {};
            assert.deepEqual(fields, ["input", "log.file.device_id", "log.file.inode"]);
            assert.ok(processors.every(({ decode_json_fields }) => decode_json_fields === undefined));
        }
    });

    // https://www.elastic.co/docs/reference/beats/filebeat/configuration-logging: "always logged to a file" otherwise.
    it("writes no refused line to a file of Filebeat's own", () => {
        const { logging } = config;
        assert.deepEqual(logging.event_data, { to_files: false });
        assert.equal(logging.to_stderr, true);
    });

    it("keeps what Elasticsearch refuses", () => {
        assert.deepEqual(config.output.elasticsearch.non_indexable_policy, {
            dead_letter_index: { index: "chattingo-dead-letter-dev" },
        });
    });
});
