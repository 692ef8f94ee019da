import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { S3Proxy } from "./s3-proxy.ts";
import { type TestBucket, TestS3 } from "./test-bucket.ts";
import { type FinishedPass, UploaderBed } from "./uploader-process.ts";

const name = "app_application_20250910_120000.log.gz";
const key = `2025/09/10/archive/${name}`;
const manifestKey = "2025/09/10/metadata/upload_manifest.json";
const otherChecksum = Buffer.alloc(32, 7).toString("base64");

describe("Archives are safe when", () => {
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

    const reasons = (run: FinishedPass) => run.summary.failures.map(({ reason }) => reason);

    /** One pass over one archive, which has to fail and to leave it where it is. */
    async function failingPass(reason: string): Promise<FinishedPass> {
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 1, run.stdout);
        assert.deepEqual(reasons(run), [reason]);
        assert.equal(run.summary.deleted, 0);
        assert.deepEqual(await bed.localFiles(), [name]);
        return run;
    }

    it("the key is taken by another object, which is not overwritten", async () => {
        await bucket.put(key, Buffer.from("somebody else's"));
        const run = await failingPass("conflict");
        assert.match(run.summary.failures[0]?.detail ?? "", /taken by another object .* nothing is overwritten/);
        assert.equal((await bucket.read(key)).toString(), "somebody else's");
        assert.deepEqual(await bucket.keys(), [key]);
    });

    it("another object takes the key at the last moment", async () => {
        proxy.treat = (request) =>
            request.method === "PUT" && request.key === key
                ? { before: bucket.put(key, Buffer.from("somebody else's")) }
                : undefined;
        await failingPass("conflict");
        assert.equal((await bucket.read(key)).toString(), "somebody else's");
    });

    it("the same object appears at the last moment, which is as good as an upload", async () => {
        const bytes = await bed.archive(name, "precious\n");
        proxy.treat = (request) =>
            request.method === "PUT" && request.key === key ? { before: bucket.put(key, bytes) } : undefined;
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        assert.equal(run.summary.alreadyThere, 1);
        assert.deepEqual(await bed.localFiles(), []);
        assert.equal((await bucket.manifest(manifestKey)).entries[0]?.key, key);
    });

    it("S3 answers 200 and stores nothing", async () => {
        proxy.treat = (request) =>
            request.method === "PUT" ? { answer: { status: 200, headers: { etag: '"x"' } } } : undefined;
        await failingPass("unconfirmed");
        assert.deepEqual(await bucket.keys(), []);
    });

    it("S3 answers 200 to the manifest and stores none", async () => {
        proxy.treat = (request) =>
            request.method === "PUT" && request.key === manifestKey
                ? { answer: { status: 200, headers: { etag: '"x"' } } }
                : undefined;
        await failingPass("manifest");
        assert.deepEqual(await bucket.keys(), [key]);
    });

    it("S3 reports another checksum than was sent", async () => {
        proxy.treat = (request) =>
            request.method === "PUT" ? { headers: { "x-amz-checksum-sha256": otherChecksum } } : undefined;
        await failingPass("unconfirmed");
        assert.ok(!(await bucket.keys()).includes(manifestKey));
    });

    it("S3 reports another size than was sent", async () => {
        proxy.treat = (request) =>
            request.method === "HEAD"
                ? { headers: { "content-length": "1" } }
                : { withoutHeaders: ["x-amz-checksum-sha256"] };
        await failingPass("unconfirmed");
    });

    it("S3 answers for another object than what then lies there", async () => {
        proxy.treat = (request) =>
            request.method === "PUT" && request.key === key
                ? { after: () => bucket.put(key, Buffer.from("somebody else's")) }
                : undefined;
        await failingPass("unconfirmed");
        assert.equal((await bucket.read(key)).toString(), "somebody else's");
    });

    it("the manifest cannot be written", async () => {
        proxy.treat = (request) =>
            request.method === "PUT" && request.key === manifestKey
                ? { answer: { status: 412, body: "<Error><Code>PreconditionFailed</Code></Error>" } }
                : undefined;
        await failingPass("manifest");
    });

    it("a later version of the uploader wrote the manifest, which stays as it is", async () => {
        const text = '{"version":2,"entries":[]}';
        await bucket.put(manifestKey, Buffer.from(text));
        const run = await failingPass("manifest");
        assert.match(run.summary.failures[0]?.detail ?? "", /its version is 2.*run the version of the uploader/);
        assert.equal((await bucket.read(manifestKey)).toString(), text);
    });

    it("what lies at the manifest's key is no manifest: it is rebuilt from the objects that say what they are", async () => {
        const config = await bed.config(bucket.name);
        await bed.archive("chat_chat_20250910_110000.log.gz", "earlier\n");
        await bed.once(config, environment);
        await bucket.put("2025/09/10/archive/stranger.log.gz", Buffer.from("not an archive of ours"));
        const earlier = await bucket.manifest(manifestKey);
        for (const text of ["", "no JSON", '{"version":1,"entries":[{"name":"x"}]}', "null", '{"version":"1"}']) {
            await bucket.put(manifestKey, Buffer.from(text));
            await bed.archive(name, "precious\n");
            const run = await bed.once(config, environment);
            assert.equal(run.status, 0, run.stdout);
            assert.equal(run.summary.rebuiltManifests, 1);
            assert.match(run.stdout, /left out of the manifest.*stranger/);
            const { entries } = await bucket.manifest(manifestKey);
            assert.deepEqual(entries.slice(1), earlier.entries);
            assert.equal(entries[0]?.key, key);
        }
    });

    it("a manifest is written by somebody else between reading and writing it: both entries are kept", async () => {
        const theirs = { version: 1, entries: [{ key: "2025/09/10/archive/theirs.log.gz", size: 1, sha256: "00" }] };
        let meddled = false;
        proxy.treat = (request) => {
            if (request.method === "PUT" && request.key === manifestKey && !meddled) {
                meddled = true;
                return { before: bucket.put(manifestKey, Buffer.from(JSON.stringify(theirs))) };
            }
            return undefined;
        };
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        const keys = (await bucket.manifest(manifestKey)).entries.map((entry) => entry.key);
        assert.deepEqual(keys, [key, "2025/09/10/archive/theirs.log.gz"]);
        const conditions = proxy.requests
            .filter((request) => request.method === "PUT" && request.key === manifestKey)
            .map(({ headers }) => (headers["if-match"] ? "if-match" : headers["if-none-match"]));
        assert.deepEqual(conditions, ["*", "if-match"]);
    });

    it("a manifest that names earlier archives is replaced between reading and writing it: all entries are kept", async () => {
        const config = await bed.config(bucket.name);
        await bed.archive("chat_chat_20250910_110000.log.gz", "earlier\n");
        await bed.once(config, environment);
        const earlier = await bucket.manifest(manifestKey);
        const theirs = { ...earlier.entries[0], key: "2025/09/10/archive/theirs.log.gz" };
        proxy.reset();
        let meddled = false;
        proxy.treat = (request) => {
            if (request.method === "PUT" && request.key === manifestKey && !meddled) {
                meddled = true;
                const manifest = { version: 1, entries: [...earlier.entries, theirs] };
                return { before: bucket.put(manifestKey, Buffer.from(JSON.stringify(manifest))) };
            }
            return undefined;
        };
        await bed.archive(name, "precious\n");
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, run.stdout);
        assert.deepEqual(
            (await bucket.manifest(manifestKey)).entries.map((entry) => entry.key),
            [key, ...earlier.entries.map((entry) => entry.key), theirs.key],
        );
        const tags = proxy.requests
            .filter((request) => request.method === "PUT" && request.key === manifestKey)
            .map(({ headers }) => headers["if-match"]);
        assert.equal(new Set(tags).size, 2);
        assert.ok(!tags.includes(undefined));
    });

    it("an archive is replaced after it was uploaded and before it is deleted", async () => {
        const replacement = gzipSync("the new one\n");
        let replaced: Promise<void> | undefined;
        proxy.treat = (request) => {
            if (request.method === "PUT" && request.key === manifestKey) {
                replaced ??= bed.file(name, replacement);
                return { before: replaced };
            }
            return undefined;
        };
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.summary.deleted, 0);
        assert.deepEqual(await bed.localFiles(), [name]);
        proxy.reset();
        const second = await bed.once(await bed.config(bucket.name), environment);
        assert.deepEqual(reasons(second), ["conflict"]);
        assert.deepEqual(await bed.localFiles(), [name]);
    });

    it("an archive is changed after it was read and before it is sent: it waits for the next pass", async () => {
        const changed = gzipSync("more of it\n");
        let first = true;
        proxy.treat = (request) => {
            if (request.method === "PUT" && first) {
                first = false;
                return { before: bed.file(name, changed), answer: { status: 503 } };
            }
            return undefined;
        };
        await bed.archive(name, "precious line which is longer than the other one\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        assert.equal(run.summary.changed, 1);
        assert.deepEqual(await bed.localFiles(), [name]);
        const second = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(second.status, 0, second.stdout);
        assert.deepEqual(await bucket.read(key), changed);
    });

    it("S3 cannot be reached", async () => {
        const server = createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        const { port } = server.address() as AddressInfo;
        await new Promise((resolve) => server.close(resolve));
        await bed.archive(name, "precious\n");
        await bed.archive("app_application_20250911_120000.log.gz", "precious\n");
        const unreachable = { ...environment, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` };
        const run = await bed.once(await bed.config(bucket.name), unreachable);
        assert.equal(run.status, 1);
        assert.deepEqual(reasons(run), ["unreachable"]);
        assert.match(run.summary.failures[0]?.detail ?? "", /ECONNREFUSED.*AWS_ENDPOINT_URL_S3/);
        assert.equal((await bed.localFiles()).length, 2);
    });

    it("they are older than max_age_days, and S3 has not confirmed them", async () => {
        await bed.archive(name, "precious\n");
        proxy.treat = (request) =>
            request.method === "PUT" && request.key === manifestKey
                ? { answer: { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" } }
                : undefined;
        const config = await bed.config(bucket.name, "cleanup:\n  delete_after_upload: false\n  max_age_days: 1\n");
        const run = await bed.once(config, environment);
        assert.deepEqual(reasons(run), ["access"]);
        assert.deepEqual(await bed.localFiles(), [name]);
        proxy.reset();
        const second = await bed.once(config, environment);
        assert.equal(second.status, 0, second.stdout);
        assert.deepEqual(await bed.localFiles(), []);
    });

    it("the credentials are wrong", async () => {
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), { ...environment, AWS_ACCESS_KEY_ID: "NOSUCHKEY" });
        assert.equal(run.status, 1);
        assert.deepEqual(reasons(run), ["access"]);
        assert.match(run.summary.failures[0]?.detail ?? "", /check the credentials/);
        assert.deepEqual(await bed.localFiles(), [name]);
    });

    it("there are no credentials", async () => {
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), {
            AWS_ENDPOINT_URL_S3: proxy.endpoint,
            AWS_EC2_METADATA_DISABLED: "true",
        });
        assert.equal(run.status, 1);
        assert.deepEqual(reasons(run), ["access"]);
    });

    it("the bucket does not exist", async () => {
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config("no-such-bucket"), environment);
        assert.equal(run.status, 1);
        assert.deepEqual(reasons(run), ["access"]);
        assert.match(run.summary.failures[0]?.detail ?? "", /no bucket "no-such-bucket"; check s3\.bucket_name/);
        assert.deepEqual(await bed.localFiles(), [name]);
    });

    it("the answer to a put gets lost: the object is found, and counts as uploaded", async () => {
        let cut = false;
        proxy.treat = (request) => {
            if (request.method === "PUT" && request.key === key && !cut) {
                cut = true;
                return { after: () => Promise.reject(new Error("the connection breaks")) };
            }
            return undefined;
        };
        await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        assert.equal(run.summary.uploaded, 1);
        assert.deepEqual([...new Set(proxy.puts)], [key, manifestKey]);
        assert.deepEqual(await bed.localFiles(), []);
    });

    it("S3 is busy for a moment: the put is repeated from the start of the file", async () => {
        let refusals = 0;
        proxy.treat = (request) => {
            if (request.method === "PUT" && request.key === key && refusals < 2) {
                refusals += 1;
                return { answer: { status: 503, body: "<Error><Code>SlowDown</Code></Error>" } };
            }
            return undefined;
        };
        const bytes = await bed.archive(name, "precious\n");
        const run = await bed.once(await bed.config(bucket.name), environment);
        assert.equal(run.status, 0, run.stdout);
        assert.equal(refusals, 2);
        assert.equal(run.stderr, "");
        const lines = run.stdout.trimEnd().split("\n");
        assert.equal(lines.filter((line) => JSON.parse(line).message?.startsWith("tried again: ")).length, 2);
        assert.deepEqual(await bucket.read(key), bytes);
        assert.equal(run.summary.uploaded, 1);
    });
});
