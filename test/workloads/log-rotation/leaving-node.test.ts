// The pod that waits on each node for its end, beside a live writer. The API server's watch is played here;
// test/cluster/simulated/leaving-node.test.ts follows a node of a real one.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    certificateAuthority,
    createAuthority,
    type IssuedCertificate,
    issueCertificate,
} from "../../../lab/control-plane/certificates.ts";
import { freePort } from "../../../lab/free-port.ts";
import { pauseAfter } from "../../../workloads/log-rotation/leaving-node/rotate-leaving-node.ts";
import {
    type LeavingNode,
    removalTaints,
    whyLeaving,
} from "../../../workloads/log-rotation/leaving-node/why-leaving.ts";
import { until } from "../../until.ts";
import { LogTree } from "./log-tree.ts";

const name = "node-1";
const staying: LeavingNode = {
    metadata: { name },
    spec: { taints: [{ key: "kept-for-something" }] },
    status: { conditions: [{ type: "Ready", status: "True" }] },
};
const tainted = (key: string): LeavingNode => ({ ...staying, spec: { taints: [{ key }] } });

describe("a node that is about to go", () => {
    it("is told from one that stays by what removes it", () => {
        assert.equal(whyLeaving(staying), undefined);
        assert.equal(whyLeaving({ metadata: { name } }), undefined);
        assert.match(whyLeaving({ ...staying, spec: { unschedulable: true } }) ?? "", /cordoned/);
        assert.match(whyLeaving({ ...staying, metadata: { name, deletionTimestamp: "2026-01-01" } }) ?? "", /deleted/);
        for (const key of removalTaints) {
            assert.equal(whyLeaving(tainted(key)), `it has the taint ${key}`);
        }
        // One that may be removed, and one that is down already.
        for (const key of ["DeletionCandidateOfClusterAutoscaler", "node.kubernetes.io/out-of-service"]) {
            assert.equal(whyLeaving(tainted(key)), undefined);
        }
        const conditions = (status: string, message: string) => ({
            ...staying,
            status: { conditions: [{ type: "Ready", status, message }] },
        });
        assert.match(whyLeaving(conditions("False", "node is shutting down")) ?? "", /shutting down/);
        assert.equal(whyLeaving(conditions("Unknown", "Kubelet stopped posting node status.")), undefined);
    });

    it("is rotated each quarter of a minute, and less often the longer it stays", () => {
        const second = 1_000;
        const minute = 60 * second;
        assert.equal(pauseAfter(0), 15 * second);
        assert.equal(pauseAfter(5 * minute), 15 * second);
        assert.equal(pauseAfter(60 * minute), 3 * minute);
        assert.equal(pauseAfter(48 * 60 * minute), 15 * minute);
    });
});

/** An API server that tells of one node. */
class PlayedWatch {
    readonly #server: Server;
    readonly #open = new Set<ServerResponse>();
    #node = staying;
    /** Answers the next watches with these. */
    readonly refusals: number[] = [];
    readonly queries: URLSearchParams[] = [];

    constructor({ certificateFile, keyFile }: IssuedCertificate) {
        const certificate = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
        this.#server = createServer(certificate, ({ url = "" }, response) => {
            this.queries.push(new URL(url, "http://cluster").searchParams);
            const refusal = this.refusals.shift();
            if (refusal !== undefined) {
                response.writeHead(refusal).end('{"message":"no mood"}');
                return;
            }
            response.writeHead(200);
            this.#open.add(response.once("close", () => this.#open.delete(response)));
            response.write(`${JSON.stringify({ type: "ADDED", object: this.#node })}\n`);
        });
    }

    async start(): Promise<number> {
        this.#server.listen(0, "127.0.0.1");
        await once(this.#server, "listening");
        return (this.#server.address() as AddressInfo).port;
    }

    get openWatches(): number {
        return this.#open.size;
    }

    become(node: LeavingNode): void {
        this.#node = node;
        for (const response of this.#open) {
            response.write(`${JSON.stringify({ type: "MODIFIED", object: node })}\n`);
        }
    }

    /** As the API server ends each watch in time, and every one when it starts again. */
    endWatches(lastWords = ""): void {
        for (const response of this.#open) {
            response.end(lastWords);
        }
    }

    stop(): void {
        this.#server.close();
        this.#server.closeAllConnections();
    }
}

describe("the pod that waits for the end of its node", function () {
    this.timeout(120_000);

    const log = "app/application.log";
    const program = join(import.meta.dirname, "../../../workloads/log-rotation/main.ts");
    const folder = mkdtempSync(join(tmpdir(), "leaving-node-"));
    const authority = certificateAuthority(folder);
    let certificate: IssuedCertificate;
    let tree: LogTree;
    let cluster: PlayedWatch;
    let pod: ChildProcess;
    let output: string;
    let ended: Promise<readonly unknown[]>;
    let health: number;
    let written: string;
    let writing: AbortController;

    before(async () => {
        await createAuthority(authority);
        const server = { name: "api-server", commonName: "api-server", hosts: ["127.0.0.1"] };
        certificate = await issueCertificate(authority, server);
    });

    after(() => rmSync(folder, { recursive: true }));

    beforeEach(async () => {
        tree = new LogTree();
        cluster = new PlayedWatch(certificate);
        const port = await cluster.start();
        const account = tree.path("serviceaccount");
        mkdirSync(account);
        writeFileSync(join(account, "namespace"), "chattingo");
        writeFileSync(join(account, "token"), "token");
        health = await freePort();
        output = "";
        pod = spawn(process.execPath, [program, "--leaving-node"], {
            env: {
                PATH: process.env.PATH,
                ...tree.environment({ MAX_SIZE_MB: "100" }),
                NODE_NAME: name,
                HEALTH_PORT: String(health),
                NODE_EXTRA_CA_CERTS: authority.certificateFile,
                KUBERNETES_SERVICE_HOST: "127.0.0.1",
                KUBERNETES_SERVICE_PORT: String(port),
                SERVICE_ACCOUNT_DIR: account,
            },
        });
        pod.stdout?.on("data", (text: Buffer) => {
            output += text;
        });
        pod.stderr?.on("data", (text: Buffer) => {
            output += text;
        });
        ended = once(pod, "exit");
        written = "";
        writing = new AbortController();
    });

    afterEach(() => {
        writing.abort();
        pod.kill("SIGKILL");
        cluster.stop();
        tree.remove();
    });

    /** An application that writes until it is ended. */
    const write = async () => {
        for (let count = 0; !writing.signal.aborted; count++) {
            const line = `${JSON.stringify({ message: `event ${count}` })}\n`;
            appendFileSync(tree.path(log), line);
            written += line;
            await sleep(10);
        }
    };
    const isReady = async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).status === 200 || undefined;
    const isArchived = (text: string) => async () =>
        tree.archived(log).toString().startsWith(text) && text !== "" ? true : undefined;

    it("leaves the logs of a node that stays to their times, and archives all of a cordoned one at once", async () => {
        const application = write();
        await until("the pod is ready", 20, isReady);
        await sleep(2_000);
        assert.deepEqual(tree.archiveNames(), []);
        cluster.become({ ...staying, spec: { unschedulable: true } });
        await until("what was written before the cordon is archived", 10, isArchived(written));
        // The drain ends the application, and then the node goes away without a word: the next rotation was before it.
        await sleep(1_000);
        writing.abort();
        await application;
        await until("what was written up to the drain is archived", 20, isArchived(written));
        pod.kill("SIGKILL");
        await ended;
        assert.equal(tree.archived(log).toString(), written);
        assert.match(output, /this node is about to go: it is cordoned/);
    });

    it("goes on where the API server ends its watch, refuses it or has forgotten where it was", async () => {
        await until("the pod is ready", 20, isReady);
        assert.equal(cluster.queries[0]?.get("fieldSelector"), `metadata.name=${name}`);
        tree.append(log, "a line\n");
        cluster.refusals.push(403, 503);
        cluster.endWatches(`${JSON.stringify({ type: "ERROR", object: { code: 410, message: "too old" } })}\n`);
        await until("it says why", 10, async () => (/403.*503/s.test(output) ? true : undefined));
        assert.match(output, /the watch of node node-1 ended: too old/);
        await until("it watches again", 20, async () => (cluster.openWatches === 1 ? true : undefined));
        assert.deepEqual(tree.archiveNames(), []);
        cluster.become(tainted("karpenter.sh/disrupted"));
        await until("its line is archived", 10, isArchived("a line\n"));
        assert.match(output, /it has the taint karpenter\.sh\/disrupted/);
    });

    it("archives in its grace period what applications write until they end themselves", async () => {
        const application = write();
        await until("the pod is ready", 20, isReady);
        pod.kill("SIGTERM");
        await sleep(5_000);
        writing.abort();
        await application;
        const [status] = await ended;
        assert.equal(status, 0, output);
        assert.equal(tree.archived(log).toString(), written);
    });

    it("does so without an API server too, and says that nobody tells it of its node", async () => {
        cluster.stop();
        await until("it says so", 20, async () => (/WARNING: .*; trying again/.test(output) ? true : undefined));
        assert.equal(await isReady(), undefined);
        assert.equal((await fetch(`http://127.0.0.1:${health}/healthz`)).status, 200);
        tree.append(log, "the last line\n");
        pod.kill("SIGTERM");
        await ended;
        assert.equal(tree.archived(log).toString(), "the last line\n");
    });
});
