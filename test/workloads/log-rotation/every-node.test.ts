// Fan-out over a cluster whose API server is played here, so that nodes can go away and Jobs can fail at will.
// test/cluster/simulated/rotation-fan-out.test.ts runs it against a real one.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { bundleFile } from "../../../workloads/bundle.ts";
import { ClusterApi } from "../../../workloads/log-rotation/every-node/cluster-api.ts";
import { nodeJobName } from "../../../workloads/log-rotation/every-node/node-job.ts";
import { fanOutNodeOptions } from "../../../workloads/log-rotation/every-node/node-options.ts";
import { rotateEveryNode } from "../../../workloads/log-rotation/every-node/rotate-every-node.ts";
import { emptySummary, type RotationSummary } from "../../../workloads/log-rotation/summary.ts";

/** What becomes of a node's Job. */
type Fate = "succeeds" | "fails" | "has errors" | "never ends" | "loses its output";

interface PlayedNode {
    readonly fate: Fate;
    isReady: boolean;
    readonly labels?: Readonly<Record<string, string>>;
}

interface CreatedJob {
    readonly metadata: {
        readonly name: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly ownerReferences?: readonly object[];
    };
    readonly spec: {
        readonly template: {
            readonly spec: {
                readonly affinity: {
                    readonly nodeAffinity: {
                        readonly requiredDuringSchedulingIgnoredDuringExecution: {
                            readonly nodeSelectorTerms: readonly [
                                { readonly matchFields: readonly [{ readonly values: readonly [string] }] },
                            ];
                        };
                    };
                };
            };
        };
    };
}

const template = {
    metadata: { labels: { app: "log-rotation-node" } },
    spec: { activeDeadlineSeconds: 60, template: { metadata: {}, spec: { containers: [] } } },
};

/** An API server with nodes and Jobs. */
class PlayedCluster {
    readonly nodes: Record<string, PlayedNode>;
    readonly jobs: CreatedJob[] = [];
    /** Answers with this status before anything else, as often as it is listed. */
    readonly troubles: number[] = [];
    onLook: () => void = () => undefined;
    readonly #server: Server;

    constructor(nodes: Record<string, PlayedNode>) {
        this.nodes = nodes;
        this.#server = createServer((request, response) => {
            let body = "";
            request.setEncoding("utf8").on("data", (text: string) => {
                body += text;
            });
            request.on("end", () => {
                const trouble = this.troubles.shift();
                const [status, answer] =
                    trouble === undefined
                        ? this.#answer(request.method ?? "", new URL(request.url ?? "", "http://cluster"), body)
                        : [trouble, { kind: "Status", message: "no mood" }];
                response.writeHead(status).end(typeof answer === "string" ? answer : JSON.stringify(answer));
            });
        });
    }

    async start(): Promise<ClusterApi> {
        await new Promise<void>((resolve) => {
            this.#server.listen(0, "127.0.0.1", resolve);
        });
        const { port } = this.#server.address() as AddressInfo;
        const attemptsAfter = [0, 1, 1];
        return new ClusterApi({
            server: `http://127.0.0.1:${port}`,
            namespace: "chattingo",
            token: () => "",
            attemptsAfter,
        });
    }

    stop(): void {
        this.#server.close();
        this.#server.closeAllConnections();
    }

    #answer(method: string, { pathname, searchParams }: URL, body: string): [number, unknown] {
        if (method === "POST") {
            const job = JSON.parse(body) as CreatedJob;
            if (this.jobs.some(({ metadata }) => metadata.name === job.metadata.name)) {
                return [409, { message: "there is one" }];
            }
            this.jobs.push(job);
            return [201, job];
        }
        if (pathname.endsWith("/nodes")) {
            const limit = Number(searchParams.get("limit") ?? Number.POSITIVE_INFINITY);
            const from = Number(searchParams.get("continue") ?? 0);
            const page = Object.entries(this.nodes).slice(from, from + limit);
            const next = from + limit < Object.keys(this.nodes).length ? String(from + limit) : undefined;
            const items = page.map(([name, node]) => nodeObject(name, node));
            return [200, { metadata: { continue: next }, items }];
        }
        if (pathname.endsWith("/jobs")) {
            this.onLook();
            return [200, { items: this.jobs.map((job) => ({ ...job, status: this.#status(nodeOf(job)) })) }];
        }
        if (pathname.endsWith("/pods")) {
            const name = searchParams.get("labelSelector")?.split("=")[1];
            return [200, { items: [{ metadata: { name: `${name}-pod` } }] }];
        }
        const job = this.jobs.find(({ metadata }) => pathname.includes(`/${metadata.name}-pod/log`));
        return job ? this.#log(nodeOf(job)) : [404, {}];
    }

    #status(node: string): object {
        const fate = this.nodes[node]?.fate;
        if (fate === "never ends") {
            return {};
        }
        const hasFailed = fate === "fails" || fate === "has errors";
        return {
            conditions: [
                { type: hasFailed ? "FailureTarget" : "SuccessCriteriaMet", status: "True" },
                { type: hasFailed ? "Failed" : "Complete", status: "True", message: hasFailed ? "it broke" : "" },
            ],
        };
    }

    #log(node: string): [number, string] {
        const fate = this.nodes[node]?.fate;
        const counts = { ...emptySummary(), files: 2, lines: 10, bytesIn: 100, bytesOut: 10, methods: { a: "hole" } };
        if (fate === "loses its output") {
            return [500, "no kubelet"];
        }
        return fate === "fails"
            ? [200, "half a line"]
            : [200, `app/a.log: 10 lines\n${JSON.stringify({ ...counts, errors: fate === "has errors" ? 3 : 0 })}\n`];
    }
}

const nodeOf = (job: CreatedJob): string =>
    job.spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]
        .matchFields[0].values[0];

const nodeObject = (name: string, { isReady, labels }: PlayedNode): object => ({
    metadata: { name, labels: { "kubernetes.io/os": "linux", ...labels } },
    status: {
        conditions: [
            { type: "MemoryPressure", status: "False" },
            { type: "Ready", status: isReady ? "True" : "Unknown", message: isReady ? "" : "Kubelet stopped posting" },
        ],
    },
});

describe("rotation of every node", () => {
    let cluster: PlayedCluster;
    let output: string[];
    let beginEvery: number;

    beforeEach(() => {
        beginEvery = 1;
    });

    afterEach(() => cluster.stop());

    const ready = (fate: Fate = "succeeds") => ({ fate, isReady: true });
    const rotate = async (
        nodes: Record<string, PlayedNode>,
        signal?: AbortSignal,
        troubles: readonly number[] = [],
    ) => {
        cluster = new PlayedCluster(nodes);
        cluster.troubles.push(...troubles);
        output = [];
        const api = await cluster.start();
        const parent = { name: "manual-rotation-1", uid: "some-uid" };
        const say = (line: string) => output.push(line);
        return rotateEveryNode({ api, template, parent, say, signal, lookEvery: 5, beginEvery });
    };

    it("gives every ready node a Job, adds their counts and repeats what they said", async () => {
        const summary = await rotate({ "node-a": ready(), "node-b": ready(), "node-c": ready() });
        assert.deepEqual(cluster.jobs.map(nodeOf), ["node-a", "node-b", "node-c"]);
        assert.deepEqual(
            cluster.jobs.map(({ metadata }) => metadata.name),
            ["manual-rotation-1-node-a", "manual-rotation-1-node-b", "manual-rotation-1-node-c"],
        );
        assert.deepEqual(cluster.jobs[0]?.metadata.ownerReferences, [
            { apiVersion: "batch/v1", kind: "Job", name: "manual-rotation-1", uid: "some-uid", controller: false },
        ]);
        assert.equal(cluster.jobs[0]?.metadata.labels.app, "log-rotation-node");
        assert.equal(summary.files, 6);
        assert.equal(summary.lines, 30);
        assert.equal(summary.errors, 0);
        assert.equal(summary.methods["node-b:a"], "hole");
        assert.deepEqual(summary.nodes, { "node-a": "rotated", "node-b": "rotated", "node-c": "rotated" });
        assert.ok(output.includes("node-b: app/a.log: 10 lines"));
    });

    it("rotates the others and fails when a node is away", async () => {
        const summary = await rotate({ "node-a": ready(), "node-b": { fate: "succeeds", isReady: false } });
        assert.equal(summary.errors, 1);
        assert.equal(summary.files, 2);
        assert.match(summary.nodes["node-b"] ?? "", /not ready \(Kubelet stopped posting\)/);
        assert.ok(output.some((line) => /^node-b: ERROR: not rotated: it is not ready/.test(line)));
    });

    it("rotates the others and fails when a node goes away meanwhile", async () => {
        const nodes = { "node-a": ready(), "node-b": ready("never ends") };
        const rotating = rotate(nodes);
        cluster.onLook = () => {
            nodes["node-b"].isReady = false;
        };
        const summary = await rotating;
        assert.equal(summary.nodes["node-a"], "rotated");
        assert.match(summary.nodes["node-b"] ?? "", /not ready/);
        assert.equal(summary.errors, 1);
    });

    it("fails when a node's Job fails, and says why", async () => {
        const summary = await rotate({ a: ready("fails"), b: ready("has errors"), c: ready() });
        assert.deepEqual(summary.nodes, { a: "it broke", b: "3 errors, see above", c: "rotated" });
        assert.equal(summary.errors, 2);
        assert.ok(output.includes("a: half a line"));
    });

    it("takes a Job's success for what it is when its output is lost", async () => {
        const summary = await rotate({ a: ready("loses its output"), b: ready() });
        assert.equal(summary.errors, 0);
        assert.equal(summary.files, 2);
        assert.ok(output.some((line) => /^a: its output can't be read/.test(line)));
    });

    it("leaves alone what has no log tree", async () => {
        const summary = await rotate({
            a: ready(),
            b: { fate: "fails", isReady: true, labels: { "kubernetes.io/os": "windows" } },
            c: { fate: "fails", isReady: true, labels: { "eks.amazonaws.com/compute-type": "fargate" } },
        });
        assert.equal(summary.errors, 0);
        assert.deepEqual(Object.keys(summary.nodes), ["a"]);
    });

    it("ends at once when it is told to end, and names what is not done", async () => {
        const ending = new AbortController();
        const rotating = rotate({ a: ready("never ends"), b: ready() }, ending.signal);
        cluster.onLook = () => ending.abort();
        const summary = await rotating;
        assert.match(summary.nodes.a ?? "", /told to end/);
        assert.equal(summary.nodes.b, "rotated");
    });

    it("tries again while the API server is away, and once only when it refuses", async () => {
        assert.equal((await rotate({ a: ready() }, undefined, [503, 500])).errors, 0);
        cluster.stop();
        await assert.rejects(rotate({ a: ready() }, undefined, [403]), /nodes: no mood/);
        cluster.stop();
        await assert.rejects(rotate({ a: ready() }, undefined, [503, 503, 503]), /no mood/);
    });

    it("finds the nodes of every page of a large cluster", async () => {
        const names = Array.from({ length: 250 }, (_, index) => `node-${String(index).padStart(3, "0")}`);
        const summary = await rotate(Object.fromEntries(names.map((name) => [name, ready()])));
        assert.equal(summary.errors, 0);
        assert.deepEqual(Object.keys(summary.nodes).toSorted(), names);
    });

    it("begins with ten nodes at once and with the others one after another", async () => {
        beginEvery = 40;
        const started = performance.now();
        const nodes = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`node-${index}`, ready()]));
        assert.equal((await rotate(nodes)).errors, 0);
        assert.ok(performance.now() - started >= 5 * 40 - 5, "they began at once");
    });

    it("names Jobs so that every name is valid and no two nodes share one", () => {
        const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
        const node = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join("."));
        const parent = fc.stringMatching(/^[a-z][a-z0-9-]{0,50}[a-z0-9]$/);
        fc.assert(
            fc.property(parent, fc.uniqueArray(node, { minLength: 2, maxLength: 10 }), (name, nodes) => {
                const names = nodes.map((each) => nodeJobName(name, each));
                assert.equal(new Set(names).size, nodes.length);
                for (const each of names) {
                    assert.match(each, /^[a-z]([a-z0-9-]*[a-z0-9])$/);
                    assert.ok(each.length <= 63, each);
                }
            }),
        );
    });
});

describe("rotation of every node of a cluster of 5,000", () => {
    const count = 5_000;
    /** The pod's limit, and what is left of it for TLS and for the kernel's part. */
    const [limitMiB, spareMiB] = [128, 10];
    let folder: string;
    let server: Server;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "fan-out-"));
    });
    after(() => {
        server?.close();
        server?.closeAllConnections();
        rmSync(folder, { recursive: true });
    });

    /** As much as nodes of EKS have: tens of labels and annotations, fifty images, conditions. */
    const nodeOfEks = (index: number) => ({
        metadata: {
            name: `ip-10-${index >> 8}-${index & 255}-1.eu-central-1.compute.internal`,
            labels: Object.fromEntries([
                ["kubernetes.io/os", "linux"],
                ...Array.from({ length: 30 }, (_, n) => [`label-${n}.example.com/name`, `value ${index} ${n}`]),
            ]),
            annotations: { "csi.volume.kubernetes.io/nodeid": "x".repeat(2_000) },
        },
        status: {
            conditions: ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
                type,
                status: type === "Ready" ? "True" : "False",
                message: `kubelet ${index} says ${type}`,
                lastHeartbeatTime: "2026-01-01T00:00:00Z",
            })),
            images: Array.from({ length: 50 }, (_, n) => ({
                names: [`registry.example.com/team/image-${n}@sha256:${"0".repeat(64)}`, `image-${n}:v${index}`],
                sizeBytes: 1e8 + n,
            })),
        },
    });

    /** As much as a Job of rotation has. */
    const jobOf = (name: string) => ({
        metadata: { name, annotations: { padding: "y".repeat(4_000) } },
        status: { conditions: [{ type: "Complete", status: "True", message: "" }] },
    });

    it("fits into the memory of its pod", async () => {
        const jobs: string[] = [];
        const page = <T>(all: number, from: number, limit: number, item: (index: number) => T) => ({
            metadata: from + limit < all ? { continue: String(from + limit) } : {},
            items: Array.from({ length: Math.max(0, Math.min(limit, all - from)) }, (_, index) => item(from + index)),
        });
        const methods = Object.fromEntries(
            ["app/application", "auth/auth", "chat/chat", "error/error", "system/system", "websocket/websocket"].map(
                (log) => [`${log}.log`, "hole"],
            ),
        );
        const output = `app/application.log: 10 lines\n${JSON.stringify({ ...emptySummary(), files: 6, methods })}\n`;
        server = createServer((request, response) => {
            const { pathname, searchParams } = new URL(request.url ?? "", "http://cluster");
            const [from, limit] = ["continue", "limit"].map((name) => Number(searchParams.get(name) ?? 0));
            let body = "";
            request.on("data", (text) => {
                body += text;
            });
            request.on("end", () => {
                if (request.method === "POST") {
                    jobs.push((JSON.parse(body) as CreatedJob).metadata.name);
                    response.end(body);
                } else if (pathname.endsWith("/log")) {
                    response.end(output);
                } else if (pathname.endsWith("/nodes")) {
                    response.end(JSON.stringify(page(count, from ?? 0, limit ?? 0, nodeOfEks)));
                } else if (pathname.endsWith("/jobs")) {
                    response.end(
                        JSON.stringify(page(jobs.length, from ?? 0, limit ?? 0, (at) => jobOf(jobs[at] ?? ""))),
                    );
                } else {
                    response.end(JSON.stringify({ items: [{ metadata: { name: "pod" } }] }));
                }
            });
        });
        await new Promise<void>((resolve) => {
            server.listen(0, "127.0.0.1", resolve);
        });
        assert.ok(JSON.stringify(nodeOfEks(1)).length > 10_000, "its nodes are small");
        const program = join(folder, "fan-out.js");
        writeFileSync(program, await bundleFile("test/workloads/log-rotation/fan-out.ts", false));
        const { port } = server.address() as AddressInfo;
        const child = spawn(process.execPath, [program, `http://127.0.0.1:${port}`], {
            env: { PATH: process.env.PATH, NODE_OPTIONS: fanOutNodeOptions },
            stdio: ["ignore", "pipe", "inherit"],
        });
        let printed = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            printed += text;
        });
        const status = await new Promise((resolve) => {
            child.on("close", resolve);
        });
        assert.equal(status, 0, printed.slice(-1_000));
        const [summary = "", kibibytes = ""] = printed.trimEnd().split("\n").slice(-2);
        assert.equal((JSON.parse(summary) as RotationSummary).files, 6 * count);
        const peakMiB = Math.round(Number(kibibytes) / 1024);
        assert.ok(peakMiB < limitMiB - spareMiB, `${peakMiB} MiB`);
    });
});
