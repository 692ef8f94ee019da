// Archives that are too large for one request.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { ObjectStore } from "../../../lab/object-store.ts";
import { PartHashes, partBytesOf } from "../../../workloads/s3-uploader/part-plan.ts";
import { ProxiedStore, storeStartTimeout } from "./proxied-store.ts";
import type { S3Proxy } from "./s3-proxy.ts";
import type { TestBucket } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";

const name = "app_large_20250910_120000.log";
const key = `2025/09/10/archive/${name}`;
const manifestKey = "2025/09/10/metadata/upload_manifest.json";
const mebibyte = 1024 ** 2;

describe("An archive that is larger than a part", () => {
    let store: ProxiedStore;
    let s3: ObjectStore;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let config: string;
    let environment: Readonly<Record<string, string>>;
    /** Three parts of 5 MiB, the last one shorter. */
    const bytes = Buffer.concat([randomBytes(12 * mebibyte), Buffer.from("\n")]);
    const sha256 = createHash("sha256").update(bytes).digest("hex");

    before(async function () {
        this.timeout(storeStartTimeout);
        store = await ProxiedStore.start();
        ({ s3, proxy } = store);
        bed = await UploaderBed.make();
        environment = { ...store.environment, PART_MIB: "5" };
    });
    after(async () => {
        await store?.stop();
        await bed?.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        await bed.clear();
        await bed.file(name, bytes);
        bucket = await store.newBucket();
        config = await bed.config(bucket.name, 'upload:\n  file_patterns: ["*.log"]\n');
    });

    const partsPut = () =>
        proxy.requests
            .filter(({ method, query }) => method === "PUT" && query.has("partNumber"))
            .map(({ query }) => Number(query.get("partNumber")));

    async function unfinished(): Promise<number> {
        const { Uploads = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name }));
        return Uploads.length;
    }

    async function assertArchived(): Promise<void> {
        assert.deepEqual(await bucket.keys(), [key, manifestKey]);
        assert.ok((await bucket.read(key)).equals(bytes));
        assert.equal(await bucket.versions(key), 1);
        const [entry] = (await bucket.manifest(manifestKey)).entries;
        assert.equal(entry?.sha256, sha256);
        assert.equal(entry?.size, bytes.length);
        assert.deepEqual(await bed.localFiles(), []);
    }

    it("is uploaded in parts, each with its checksum, on condition that its key is free", async () => {
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        await assertArchived();
        assert.deepEqual(partsPut().sort(), [1, 2, 3]);
        const parts = proxy.requests.filter(({ query }) => query.has("partNumber"));
        assert.ok(parts.every(({ headers }) => /^[\w+/]{43}=$/.test(String(headers["x-amz-checksum-sha256"]))));
        const begin = proxy.requests.find(({ method, query }) => method === "POST" && query.has("uploads"));
        assert.equal(begin?.headers["x-amz-storage-class"], "STANDARD_IA");
        const complete = proxy.requests.find(({ method, query }) => method === "POST" && query.has("uploadId"));
        assert.equal(complete?.headers["if-none-match"], "*");
        const head = await bucket.head(key);
        assert.equal(head.Metadata?.sha256, sha256);
        assert.equal(await unfinished(), 0);
        proxy.reset();
        await bed.file(name, bytes);
        const again = await bed.once(config, environment);
        assert.equal(again.summary.alreadyThere, 1);
        assert.deepEqual(partsPut(), []);
    });

    it("ends the same when the uploader is killed at any request, and what S3 has is not sent again", async () => {
        for (let held = 0; ; held++) {
            await bed.file(name, bytes);
            bucket = await store.newBucket();
            config = await bed.config(bucket.name, 'upload:\n  file_patterns: ["*.log"]\n');
            proxy.reset();
            const forever = new Promise<void>(() => undefined);
            const answered = new Set<number>();
            const reached = new Promise<boolean>((resolve) => {
                proxy.treat = ({ query }, index) => {
                    if (index === held) {
                        resolve(true);
                        return { before: forever };
                    }
                    const part = Number(query.get("partNumber"));
                    return part > 0 ? { after: async () => void answered.add(part) } : undefined;
                };
            });
            const run = bed.start(["--config", config, "--once", "--log-root", bed.root], environment);
            const isKilled = await Promise.race([reached, run.ended.then(() => false)]);
            run.kill("SIGKILL");
            await run.ended;
            if (!isKilled) {
                // A list; a look for unfinished uploads, the beginning, three parts, the end; a list; the manifest.
                assert.equal(held, 1 + 6 + 1 + 4);
                break;
            }
            const sent = [...answered];
            proxy.reset();
            const second = await bed.once(config, environment);
            assert.equal(second.status, 0, JSON.stringify(second.summary));
            await assertArchived();
            assert.deepEqual(
                partsPut().filter((part) => sent.includes(part)),
                [],
                `parts were sent twice after a kill at request ${held}`,
            );
        }
    }).timeout(120_000);

    it("shares the four bodies that are sent at the same time with the parts of others", async () => {
        for (let archive = 10; archive < 14; archive++) {
            const content = Buffer.concat([randomBytes(14 * mebibyte), Buffer.from("\n")]);
            await bed.file(`app_${archive}_20250910_120000.log`, content);
        }
        const bodies = proxy.holdBodies(300);
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.deepEqual(bodies, { underWay: 0, most: 4 });
    });

    it("is not completed over an object that took its key meanwhile", async () => {
        proxy.treat = ({ method, query }) =>
            method === "POST" && query.has("uploadId")
                ? { before: bucket.put(key, Buffer.from("somebody else's")) }
                : undefined;
        const run = await bed.once(config, environment);
        assert.equal(run.status, 1);
        assert.deepEqual(
            run.summary.failures.map(({ reason }) => reason),
            ["conflict"],
        );
        assert.equal((await bucket.read(key)).toString(), "somebody else's");
        assert.deepEqual(await bed.localFiles(), [name]);
    });

    it("does not go on with an unfinished upload of other content", async () => {
        let parts = 0;
        proxy.treat = ({ query }) => {
            parts += query.has("partNumber") ? 1 : 0;
            return parts > 1 ? { answer: { status: 403 } } : undefined;
        };
        await bed.once(config, environment);
        proxy.reset();
        const other = randomBytes(11 * mebibyte);
        await bed.file(name, other);
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.deepEqual(partsPut().sort(), [1, 2, 3]);
        assert.ok((await bucket.read(key)).equals(other));
        assert.equal(await unfinished(), 1);
    });

    it("survives lost answers, resets and the loss of the upload itself", async () => {
        let resets = 0;
        let isGone = false;
        proxy.treat = ({ method, query }) => {
            if (query.has("partNumber") && resets < 3) {
                resets += 1;
                return { resetAfterBytes: 100_000 };
            }
            if (method === "POST" && query.has("uploadId") && !isGone) {
                isGone = true;
                return { answer: { status: 404, body: "<Error><Code>NoSuchUpload</Code></Error>" } };
            }
            return undefined;
        };
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        await assertArchived();
        assert.ok(isGone && run.summary.retries >= 4);
    });

    it("changes while its parts are sent: nothing is stored, and the next pass takes it as it is then", async () => {
        let isChanged = false;
        proxy.treat = ({ query }) => {
            if (query.get("partNumber") !== "3" || isChanged) {
                return undefined;
            }
            isChanged = true;
            return { before: truncate(join(bed.root, "archive", name), 11 * mebibyte), answer: { status: 503 } };
        };
        const run = await bed.once(config, environment);
        assert.equal(run.summary.changed, 1, JSON.stringify(run.summary));
        assert.deepEqual(await bucket.keys(), []);
        const rest = await readFile(join(bed.root, "archive", name));
        await bed.once(config, environment);
        assert.ok((await bucket.read(key)).equals(rest));
    });

    it("is uploaded with less than 150 MiB of memory, however large", async () => {
        await bed.clear();
        const path = join(bed.root, "archive", name);
        await writeFile(path, "line\n");
        await truncate(path, 400 * mebibyte);
        const run = bed.start(["--config", config, "--once", "--log-root", bed.root], {
            ...environment,
            AWS_ENDPOINT_URL_S3: s3.endpoint,
            PART_MIB: "64",
        });
        let peak = 0;
        const watch = setInterval(() => {
            void readFile(`/proc/${run.pid}/status`, "utf8").then(
                (status) => {
                    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
                },
                () => undefined,
            );
        }, 50);
        const { status } = await run.ended;
        clearInterval(watch);
        assert.equal(status, 0);
        assert.equal((await bucket.head(key)).ContentLength, 400 * mebibyte);
        assert.ok(peak > 0 && peak < 150, `${peak} MiB`);
    });
});

describe("The plan of parts", () => {
    it("leaves what fits into one part alone, and never needs more parts than S3 takes", () => {
        const part = 64 * mebibyte;
        assert.equal(partBytesOf(0, part), undefined);
        assert.equal(partBytesOf(part, part), undefined);
        assert.equal(partBytesOf(part + 1, part), part);
        const huge = 5 * 1024 ** 4;
        assert.ok(huge / (partBytesOf(huge, part) ?? 0) <= 10_000);
    });

    it("measures each part whatever pieces its bytes come in", () => {
        const content = randomBytes(1000);
        for (const piece of [1, 7, 100, 250, 1000]) {
            const hashes = new PartHashes(250);
            for (let at = 0; at < content.length; at += piece) {
                hashes.update(content.subarray(at, at + piece));
            }
            const right = [0, 250, 500, 750].map((start) =>
                createHash("sha256")
                    .update(content.subarray(start, start + 250))
                    .digest("hex"),
            );
            assert.deepEqual(
                hashes.digests().map((digest) => digest.toString("hex")),
                right,
            );
        }
    });
});
