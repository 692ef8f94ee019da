import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { S3Proxy } from "./s3-proxy.ts";
import { type TestBucket, TestS3 } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";

const day = "2025/09/10";
const name = "app_application_20250910_120000.log.gz";
const key = `${day}/archive/${name}`;
const manifestKey = `${day}/metadata/upload_manifest.json`;

describe("A pass of the uploader", () => {
    let s3: TestS3;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let environment: Record<string, string>;

    before(async () => {
        s3 = await TestS3.shared();
        proxy = await S3Proxy.start(s3.endpoint);
        bed = await UploaderBed.make();
        environment = { ...s3.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    });
    after(async () => {
        await proxy.stop();
        await bed.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        await bed.clear();
        bucket = await s3.newBucket();
    });

    it("brings archives into the bucket, names them in the manifest of their day, and deletes them locally", async () => {
        const app = await bed.archive(name, '{"message":"a"}\n{"message":"b"}\n');
        const auth = await bed.archive("worker-2/auth_auth_20250911_000001.log.gz", "not JSON\nsecond\nno line end");
        const run = await bed.once(await bed.config(bucket.name), environment);

        assert.equal(run.status, 0, run.stdout);
        assert.deepEqual(await bucket.keys(), [
            key,
            manifestKey,
            "2025/09/11/archive/worker-2/auth_auth_20250911_000001.log.gz",
            "2025/09/11/metadata/upload_manifest.json",
        ]);
        assert.deepEqual(await bucket.read(key), app);
        const manifest = await bucket.manifest(manifestKey);
        const stored = await bucket.head(key);
        assert.deepEqual(manifest, {
            version: 1,
            entries: [
                {
                    key,
                    size: app.length,
                    sha256: createHash("sha256").update(app).digest("hex"),
                    category: "application",
                    sourceNode: "node-a",
                    rotatedAt: "2025-09-10T12:00:00.000Z",
                    uploadedAt: stored.LastModified?.toISOString(),
                    storageClass: "STANDARD_IA",
                    lines: 2,
                },
            ],
        });
        const [other] = (await bucket.manifest("2025/09/11/metadata/upload_manifest.json")).entries;
        assert.equal(other?.sourceNode, "worker-2");
        assert.equal(other?.category, "authentication");
        assert.equal(other?.lines, 3);
        assert.equal(other?.size, auth.length);
        assert.equal(stored.StorageClass, "STANDARD_IA");
        assert.equal((await bucket.head(manifestKey)).StorageClass ?? "STANDARD", "STANDARD");
        assert.deepEqual(await bed.localFiles(), []);
        const { archives, uploaded, uploadedBytes, alreadyThere, deleted, failures } = run.summary;
        assert.deepEqual(
            { archives, uploaded, uploadedBytes, alreadyThere, deleted, failures },
            {
                archives: 2,
                uploaded: 2,
                uploadedBytes: app.length + auth.length,
                alreadyThere: 0,
                deleted: 2,
                failures: [],
            },
        );
    });

    it("writes one JSON line for each step, in their order, and the summary last", async () => {
        await bed.archive(name, "a\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        const lines = run.stdout.trimEnd().split("\n");
        const messages = lines.slice(0, -1).map((line) => (JSON.parse(line) as { message: string }).message);
        assert.deepEqual(messages, ["uploaded", "named in the manifest", "deleted"]);
        assert.deepEqual(JSON.parse(lines.at(-1) ?? ""), run.summary);
        assert.equal(run.stderr, "");
    });

    it("sends each archive once, on condition that its key is free, with its checksum", async () => {
        await bed.archive(name, "a\n");
        await bed.once(await bed.config(bucket.name), environment);
        const put = proxy.requests.find((request) => request.method === "PUT" && request.key === key);
        assert.equal(put?.headers["if-none-match"], "*");
        assert.equal(put?.headers["x-amz-storage-class"], "STANDARD_IA");
        assert.match(put?.headers["x-amz-checksum-sha256"]?.toString() ?? "", /^[\w+/]{43}=$/);
        assert.equal(put?.headers["x-amz-server-side-encryption"], undefined);
        assert.deepEqual([...new Set(proxy.puts)], [key, manifestKey]);
        assert.equal(proxy.puts.filter((put) => put === key).length, 1);
    });

    it("asks for the configured key and storage class", async () => {
        const arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
        await bed.archive(name, "a\n");
        const config = await bed.config(bucket.name, `  storage_class: GLACIER_IR\n  kms_key_id: ${arn}\n`);
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, run.stdout);
        for (const { headers } of proxy.requests.filter(({ method }) => method === "PUT")) {
            assert.equal(headers["x-amz-server-side-encryption"], "aws:kms");
            assert.equal(headers["x-amz-server-side-encryption-aws-kms-key-id"], arn);
        }
        assert.deepEqual([...new Set(proxy.puts)], [key, manifestKey]);
        assert.equal((await bucket.manifest(manifestKey)).entries[0]?.storageClass, "GLACIER_IR");
    });

    it("writes one manifest a day for all its archives, sorted by key, and keeps earlier entries", async () => {
        const config = await bed.config(bucket.name);
        await bed.archive("chat_chat_20250910_110000.log.gz", "a\n");
        await bed.once(config, environment);
        const [first] = (await bucket.manifest(manifestKey)).entries;
        proxy.reset();
        for (const other of ["websocket_websocket", "app_pod-1", "error_error", "system_system", "app_pod_2"]) {
            await bed.archive(`${other}_20250910_120000.log.gz`, "a\n");
        }
        await bed.once(config, environment);
        const { entries } = await bucket.manifest(manifestKey);
        const keys = entries.map((entry) => entry.key);
        assert.equal(keys.length, 6);
        assert.deepEqual(keys, [...keys].sort());
        assert.deepEqual(
            entries.find((entry) => entry.key === first?.key),
            first,
        );
        assert.equal(await bucket.versions(manifestKey), 2);
    });

    it("names the category of an application, and says so of a directory that it was told nothing of", async () => {
        const categoriesWith = async (upload: string) => {
            const run = await bed.once(await bed.config(bucket.name, upload), environment);
            assert.equal(run.status, 0, run.stdout);
            assert.deepEqual(await bed.localFiles(), []);
            const { entries } = await bucket.manifest(manifestKey);
            return Object.fromEntries(entries.map((entry) => [entry.key.split("/").at(-1), entry.category]));
        };
        const billing = "billing_billing_20250910_120000.log.gz";
        const gone = "push-gateway_worker_20250910_120000.log.gz";
        await bed.archive(billing, "a\n");
        await bed.archive(gone, "b\n");
        const told = { [billing]: "payments", [gone]: "unknown" };
        assert.deepEqual(await categoriesWith("upload: { categories: { billing: payments } }\n"), told);
        // The application is gone from the configuration, and so is the manifest: the objects say what they are.
        await bucket.put(manifestKey, Buffer.from("no manifest"));
        await bed.archive(name, "c\n");
        assert.deepEqual(await categoriesWith(""), { ...told, [name]: "application" });
    });

    it("sends four archives at the same time, no fewer and no more", async () => {
        for (let archive = 10; archive < 40; archive++) {
            await bed.file(`app_${archive}_20250910_120000.log`, `line of ${archive}\n`);
        }
        const bodies = proxy.holdBodies(300);
        const config = await bed.config(bucket.name, 'upload:\n  file_patterns: ["*.log"]\n');
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        assert.deepEqual(bodies, { underWay: 0, most: 4 });
    });

    it("uploads nothing in a second pass over the same files", async () => {
        const config = await bed.config(bucket.name, "cleanup:\n  delete_after_upload: false\n  max_age_days: 3650\n");
        await bed.archive(name, "a\n");
        await bed.archive("error_error_20250910_120000.log.gz", "b\n");
        await bed.once(config, environment);
        const manifest = await bucket.manifest(manifestKey);
        proxy.reset();
        const second = await bed.once(config, environment);
        assert.equal(second.status, 0);
        assert.deepEqual(proxy.puts, []);
        assert.equal(second.summary.alreadyThere, 2);
        assert.equal(second.summary.uploaded, 0);
        assert.deepEqual(await bucket.manifest(manifestKey), manifest);
        assert.equal((await bed.localFiles()).length, 2);
    });

    it("keeps confirmed archives until max_age_days where they are not deleted after upload", async () => {
        const stamp = (days: number) => {
            const time = new Date(Date.now() - days * 86_400_000).toISOString();
            return `${time.slice(0, 10).replaceAll("-", "")}_${time.slice(11, 19).replaceAll(":", "")}`;
        };
        const old = `app_application_${stamp(8)}.log.gz`;
        const young = `app_application_${stamp(6)}.log.gz`;
        await bed.archive(old, "a\n");
        await bed.archive(young, "b\n");
        const config = await bed.config(bucket.name, "cleanup:\n  delete_after_upload: false\n  max_age_days: 7\n");
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, run.stdout);
        assert.deepEqual(await bed.localFiles(), [young]);
        assert.equal(run.summary.uploaded, 2);
    });

    it("takes an archive of no lines, gzipped or not, for what it is", async () => {
        await bed.archive("app_empty_20250910_120000.log.gz", "");
        await bed.archive("app_empty_20250910_120000.log", "");
        const config = await bed.config(bucket.name, 'upload:\n  file_patterns: ["*.gz", "*.log"]\n');
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, run.stdout);
        const { entries } = await bucket.manifest(manifestKey);
        assert.deepEqual(
            entries.map(({ key, lines, size }) => [key, lines, size > 0]),
            [
                [`${day}/archive/app_empty_20250910_120000.log`, 0, false],
                [`${day}/archive/app_empty_20250910_120000.log.gz`, 0, true],
            ],
        );
    });

    it("uploads what it can and fails with the reason of each archive that is none", async () => {
        await bed.archive(name, "good\n");
        await bed.file("app_text_20250910_120000.log.gz", "this is no gzip\n");
        const whole = await bed.archive("app_cut_20250910_120000.log.gz", "a\nb\nc\n".repeat(1000));
        await bed.file("app_cut_20250910_120000.log.gz", whole.subarray(0, -10));
        await bed.file("app_nothing_20250910_120000.log.gz", "");
        await bed.file("backup.gz", "x");
        await bed.archive("app_application_20250230_120000.log.gz", "x\n");
        await bed.archive("Other_application_20250910_120000.log.gz", "x\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 1);
        assert.deepEqual(await bucket.keys(), [key, manifestKey]);
        const reasons = run.summary.failures.map(({ subject, reason }) => [subject.split("/").at(-1), reason]);
        assert.deepEqual(reasons.sort(), [
            ["Other_application_20250910_120000.log.gz", "name"],
            ["app_application_20250230_120000.log.gz", "name"],
            ["app_cut_20250910_120000.log.gz", "not-gzip"],
            ["app_nothing_20250910_120000.log.gz", "not-gzip"],
            ["app_text_20250910_120000.log.gz", "not-gzip"],
            ["backup.gz", "name"],
        ]);
        assert.equal((await bed.localFiles()).length, 6);
    });

    it("passes over dot files, unfinished files, symbolic links, other patterns and deeper folders", async () => {
        await bed.archive(`.${name}`, "x\n");
        await bed.archive(`${name}.tmp`, "x\n");
        await bed.archive(`.hidden/${name}`, "x\n");
        await bed.archive(`node/deeper/${name}`, "x\n");
        await bed.archive("app_application_20250910_120000.log", "x\n");
        await bed.file("elsewhere.bin", "x");
        await symlink(join(bed.root, "archive", "elsewhere.bin"), join(bed.root, "archive", name));
        const files = await bed.localFiles();
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        assert.equal(run.summary.archives, 0);
        assert.deepEqual(await bucket.keys(), []);
        assert.deepEqual(await bed.localFiles(), files);
    });

    it("keeps odd but possible names as they are", async () => {
        const odd = "app_päth +(1)'&%20=a_b,_20250910_120000.log.gz";
        const bytes = await bed.archive(`node.example.com/${odd}`, "x\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        assert.deepEqual(await bucket.read(`${day}/archive/node.example.com/${odd}`), bytes);
    });

    it("streams an archive of many lines and counts them all", async () => {
        const text = Array.from({ length: 200_000 }, (_, line) => `{"line":${line},"x":"${line * 7919}"}\n`).join("");
        await bed.archive("app_large_20250910_120000.log", text);
        const config = await bed.config(bucket.name, 'upload:\n  file_patterns: ["*.log"]\n');
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, run.stdout);
        assert.equal((await bucket.manifest(manifestKey)).entries[0]?.lines, 200_000);
        const stored = await bucket.read(`${day}/archive/app_large_20250910_120000.log`);
        assert.equal(stored.toString(), text);
    });

    it("says which directory is missing", async () => {
        await bed.archive(name, "a\n");
        const config = await bed.config(bucket.name, 'upload:\n  upload_directories: ["archive/", "more/"]\n');
        const run = await bed.once(config, environment);
        assert.equal(run.status, 1);
        assert.deepEqual(
            run.summary.failures.map(({ reason, subject }) => [reason, subject]),
            [["directory", join(bed.root, "more")]],
        );
        assert.deepEqual(await bed.localFiles(), []);
    });

    it("is harmless beside a second uploader at the same time", async () => {
        for (let minute = 10; minute < 30; minute++) {
            await bed.archive(`app_application_20250910_12${minute}00.log.gz`, `line ${minute}\n`);
        }
        const config = await bed.config(bucket.name);
        const runs = await Promise.all([bed.once(config, environment), bed.once(config, environment)]);
        assert.deepEqual(
            runs.map(({ status, stdout }) => (status === 0 ? "" : stdout)),
            ["", ""],
        );
        const { entries } = await bucket.manifest(manifestKey);
        assert.equal(entries.length, 20);
        assert.equal((await bucket.keys()).length, 21);
        assert.deepEqual(await bed.localFiles(), []);
    });
});
