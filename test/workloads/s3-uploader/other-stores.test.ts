// Stores that are not AWS, objects that other processes or other programs have put, and what else is told wrongly if only
// AWS is thought of.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectStore } from "../../../lab/object-store.ts";
import { openArchive } from "../../../workloads/s3-uploader/archive-content.ts";
import { ProxiedStore, storeStartTimeout } from "./proxied-store.ts";
import type { S3Proxy, Treatment } from "./s3-proxy.ts";
import type { TestBucket } from "./test-bucket.ts";
import { type FinishedPass, UploaderBed } from "./uploader-process.ts";

const name = "app_application_20250910_120000.log.gz";
const key = `2025/09/10/archive/${name}`;
const manifestKey = "2025/09/10/metadata/upload_manifest.json";
const kept = "cleanup: { delete_after_upload: false, max_age_days: 3650 }\n";
const checksumHeader = "x-amz-checksum-sha256";
const noChecksums = (): Treatment => ({ withoutHeaders: [checksumHeader, "x-amz-checksum-type"] });
const unknown = (header: string): Treatment => ({
    answer: {
        status: 501,
        body: `<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message><Header>${header}</Header></Error>`,
    },
});

describe("The uploader", () => {
    let store: ProxiedStore;
    let s3: ObjectStore;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let environment: Readonly<Record<string, string>>;

    before(async function () {
        this.timeout(storeStartTimeout);
        store = await ProxiedStore.start();
        ({ s3, proxy } = store);
        bed = await UploaderBed.make();
        environment = store.environment;
    });
    after(async () => {
        await store?.stop();
        await bed?.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        await bed.clear();
        bucket = await store.newBucket();
    });

    async function pass(more = "", environmentMore: Record<string, string> = {}): Promise<FinishedPass> {
        return bed.once(await bed.config(bucket.name, more), { ...environment, ...environmentMore });
    }
    const reasons = (run: FinishedPass) => run.summary.failures.map(({ reason }) => reason);
    /** With all its versions: this store takes a key with a delete marker for taken, which AWS does not. */
    async function deleteManifest(): Promise<void> {
        const place = { Bucket: bucket.name, Prefix: manifestKey };
        const { Versions = [] } = await s3.client.send(new ListObjectVersionsCommand(place));
        for (const { VersionId } of Versions) {
            await s3.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: manifestKey, VersionId }));
        }
    }

    describe("compares an archive that is in the bucket already, and", () => {
        const large = "app_large_20250910_120000.log";
        const largeKey = `2025/09/10/archive/${large}`;
        const takeLogs = `upload: { file_patterns: ["*.log", "*.gz"] }\n`;

        it("uploads it once, whatever parts it was cut in by the process that did", async () => {
            await bed.file(large, randomBytes(14 * 1024 ** 2));
            for (const mebibytes of ["5", "6", "8"]) {
                const run = await pass(takeLogs + kept, { PART_MIB: mebibytes });
                assert.equal(run.status, 0, JSON.stringify(run.summary));
                assert.doesNotMatch(run.stdout, /other bytes/);
            }
            assert.equal(await bucket.versions(largeKey), 1);
            // No manifest says what the object is: it is read back. So it is before it is deleted here.
            for (const cleanup of [kept, ""]) {
                await deleteManifest();
                const run = await pass(takeLogs + cleanup, { PART_MIB: "6" });
                assert.equal(run.status, 0, JSON.stringify(run.summary));
                assert.equal(run.summary.uploaded, 0);
            }
            assert.equal(await bucket.versions(largeKey), 1);
            assert.deepEqual(await bed.localFiles(), []);
        });

        it("does so by asking for nothing but the list and the manifest while it stays", async () => {
            for (let number = 0; number < 20; number++) {
                await bed.archive(`app_pod-${number}_20250910_120000.log.gz`, `line ${number}\n`);
            }
            await pass(kept);
            proxy.reset();
            // The list tells times to the second, and an archive is told from a later one by its own.
            const run = await pass(kept);
            assert.deepEqual([run.status, run.summary.alreadyThere], [0, 20]);
            assert.equal(proxy.requests.filter(({ method }) => method === "HEAD").length <= 20, true);
            assert.deepEqual(proxy.puts, []);
        });

        it("takes the same bytes for the same, put by somebody else without a SHA-256", async () => {
            const bytes = await bed.archive(name, "precious\n");
            await s3.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: bytes }));
            proxy.treat = noChecksums;
            const run = await pass();
            assert.equal(run.status, 0, JSON.stringify(run.summary));
            assert.equal(await bucket.versions(key), 1);
            assert.deepEqual(await bed.localFiles(), []);
            assert.equal((await bucket.manifest(manifestKey)).entries[0]?.key, key);
        });

        it("takes other bytes of the same size, without a SHA-256, for a conflict", async () => {
            const bytes = await bed.archive(name, "precious\n");
            const others = Buffer.from(bytes).fill(0);
            await s3.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: key, Body: others }));
            proxy.treat = noChecksums;
            const run = await pass();
            assert.deepEqual(reasons(run), ["conflict"]);
            assert.deepEqual(await bucket.read(key), others);
            assert.deepEqual(await bed.localFiles(), [name]);
        });
    });

    describe("with a store that tells no SHA-256", () => {
        it("uploads an archive once, reads it back, and deletes it here", async () => {
            proxy.treat = noChecksums;
            await bed.archive(name, "precious\n");
            for (let number = 0; number < 3; number++) {
                const run = await pass(kept);
                assert.equal(run.status, 0, JSON.stringify(run.summary));
                assert.equal(run.summary.uploaded, number === 0 ? 1 : 0);
                assert.doesNotMatch(run.stdout, /other bytes/);
                const remark = /keeps no SHA-256, so each archive is read back .*archive\.endpoint/;
                assert.equal(remark.test(run.stdout), number === 0);
            }
            const last = await pass();
            assert.equal(last.status, 0, JSON.stringify(last.summary));
            assert.equal(await bucket.versions(key), 1);
            assert.deepEqual(await bed.localFiles(), []);
        });

        it("does not take an archive for stored whose bytes read back otherwise", async () => {
            await bed.archive(name, "precious\n");
            proxy.treat = (request) => {
                if (request.method !== "PUT" || request.key !== key) {
                    return noChecksums();
                }
                const { "x-amz-meta-sha256": sha256 = "", "content-length": size = "0" } = request.headers;
                const metadata = { sha256: String(sha256), lines: "1", "source-node": "node-a" };
                const spoil = bucket.put(key, Buffer.alloc(Number(size)), metadata);
                return { answer: { status: 200, headers: { etag: '"x"' } }, before: spoil };
            };
            const run = await pass();
            assert.deepEqual(reasons(run), ["unconfirmed"]);
            assert.deepEqual(await bed.localFiles(), [name]);
        });
    });

    it("does without checksums where a store does not know them, and reads back", async () => {
        proxy.treat = ({ headers }) =>
            headers[checksumHeader] || headers["x-amz-checksum-mode"] ? unknown(checksumHeader) : noChecksums();
        await bed.archive(name, "precious\n");
        const run = await pass();
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.deepEqual(await bed.localFiles(), []);
        assert.ok(proxy.puts.filter((put) => put === key).length <= 2);
        assert.match(run.stdout, /asked again without x-amz-checksum-sha256/);
    });

    it("names the setting, after two attempts, where a store knows no conditional writes, and is not ready then", async () => {
        proxy.treat = ({ method, headers }) =>
            method === "PUT" && headers["if-none-match"] ? unknown("If-None-Match") : undefined;
        for (const number of [1, 2, 3, 4, 5, 6]) {
            await bed.archive(`app_pod-${number}_20250910_120000.log.gz`, "precious\n");
        }
        const run = await pass();
        assert.deepEqual(reasons(run), ["s3"]);
        assert.match(
            run.summary.failures[0]?.detail ?? "",
            /no conditional writes \(If-None-Match.*set archive\.endpoint/,
        );
        assert.ok(proxy.puts.length <= 12, `${proxy.puts.length} puts`);
        assert.equal((await bed.localFiles()).length, 6);
        const uploader = bed.start(["--config", await bed.config(bucket.name), "--log-root", bed.root], {
            ...environment,
            METRICS_PORT: "0",
        });
        try {
            const { port } = await uploader.line("started");
            await uploader.line("pass ended");
            const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
            assert.equal(ready.status, 503);
            assert.match(await ready.text(), /conditional writes.*archive\.endpoint/);
        } finally {
            uploader.kill("SIGKILL");
            await uploader.ended;
        }
    });

    it("finds out in its first pass that a store ignores the conditions of writes", async () => {
        let isThere = false;
        proxy.treat = (request) => {
            if (request.method !== "PUT" || request.key !== manifestKey) {
                return undefined;
            }
            const answer = isThere ? { answer: { status: 200, headers: { etag: '"x"' } } } : undefined;
            isThere = true;
            return answer;
        };
        await bed.archive(name, "precious\n");
        const run = await pass();
        assert.deepEqual(reasons(run), ["s3"]);
        assert.match(run.summary.failures[0]?.detail ?? "", /ignores the conditions of writes.*archive\.endpoint/);
        assert.deepEqual(await bed.localFiles(), [name]);
    });

    it("makes a manifest that is gone again from all that the bucket has of the day", async () => {
        for (let number = 1; number <= 5; number++) {
            await bed.archive(`app_pod-${number}_20250910_120000.log.gz`, `line ${number}\n`);
        }
        await pass();
        const before = await bucket.manifest(manifestKey);
        await deleteManifest();
        await bed.archive(name, "a sixth\n");
        const run = await pass();
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.equal(run.summary.rebuiltManifests, 1);
        assert.match(run.stdout, /is gone; it is rebuilt/);
        const { entries } = await bucket.manifest(manifestKey);
        assert.equal(entries.length, 6);
        assert.deepEqual(
            entries.filter((entry) => entry.key !== key).map(({ storageClass: _, ...entry }) => entry),
            before.entries.map(({ storageClass: _, ...entry }) => entry),
        );
    });

    it("opens no pipe, link or folder that took the place of an archive, and waits for none", async () => {
        const path = join(bed.root, "archive", name);
        execFileSync("mkfifo", [path]);
        await assert.rejects(openArchive(path), /no regular file/);
        await rm(path);
        execFileSync("ln", ["-s", "/etc/hostname", path]);
        await assert.rejects(openArchive(path), /no regular file/);
    });

    it("says that the token cannot be read, and not that S3 cannot be reached", async () => {
        await bed.archive(name, "precious\n");
        const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...rest } = environment;
        const run = await bed.once(await bed.config(bucket.name), {
            ...rest,
            AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/uploader",
            AWS_WEB_IDENTITY_TOKEN_FILE: join(bed.root, "no-token"),
            AWS_EC2_METADATA_DISABLED: "true",
        });
        assert.deepEqual(reasons(run), ["access"]);
        assert.match(
            run.summary.failures[0]?.detail ?? "",
            /credentials cannot be read .*no-token.*AWS_WEB_IDENTITY_TOKEN_FILE/,
        );
    });

    it("holds no memory of credentials that expired again and again", async () => {
        proxy.treat = () => ({ answer: { status: 400, body: "<Error><Code>ExpiredToken</Code></Error>" } });
        const program = join(import.meta.dirname, "expired-credentials.ts");
        const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, bucket.name], {
            env: { PATH: process.env.PATH, ...environment },
        });
        const grown = Number(stdout.trim() || Number.NaN);
        assert.ok(grown < 3 * 1024 ** 2, `${grown} bytes more after 300 attempts`);
    });
}).timeout(120_000);
