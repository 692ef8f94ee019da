// An audit finds whatever differs between bucket, manifests and volume, and nothing where nothing does.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateBucketCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import { type AuditOptions, audit } from "../../../archive-access/audit.ts";
import { ArchiveReader } from "../../../archive-access/reader.ts";
import { documentedCommands } from "../../documented-commands.ts";
import { TestBucket, TestS3 } from "../s3-uploader/test-bucket.ts";
import { UploaderBed } from "../s3-uploader/uploader-process.ts";

const keyOf = (day: number, name: string) => `2025/09/${day}/archive/${name}`;
const names = ["auth_auth_20250910_120000.log.gz", "chat_chat_20250910_130000.log.gz"];

describe("An audit of the archive", () => {
    let s3: TestS3;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let reader: ArchiveReader;
    const environmentBefore = { ...process.env };

    before(async () => {
        s3 = await TestS3.shared();
        bed = await UploaderBed.make();
        Object.assign(process.env, s3.environment);
    });
    after(async () => {
        process.env = environmentBefore;
        await bed.remove();
    });
    beforeEach(async () => {
        await bed.clear();
        bucket = await s3.newBucket();
        reader = new ArchiveReader({ bucketName: bucket.name, region: "us-east-1" });
        for (const name of names) {
            await bed.archive(name, `a line of ${name}\n`);
        }
        const run = await bed.once(
            await bed.config(bucket.name, "cleanup:\n  delete_after_upload: false\n  max_age_days: 3650\n"),
            s3.environment,
        );
        assert.equal(run.status, 0, run.stdout);
    });
    afterEach(() => reader.close());

    const made = (changes: Partial<AuditOptions> = {}) =>
        audit(reader, {
            archiveDirectory: join(bed.root, "archive"),
            retentionDays: 365,
            isDeep: false,
            ...changes,
        });
    const found = async (changes: Partial<AuditOptions> = {}) =>
        (await made(changes)).findings.map(({ kind, subject }) => `${kind} ${subject}`).sort();

    it("finds nothing where everything is as it has to be, at the surface and in depth", async () => {
        await bed.archive("auth_auth_20250911_120000.log.gz", "waits\n");
        const report = await made();
        assert.deepEqual(report.findings, []);
        assert.deepEqual([report.manifests, report.named, report.waiting, report.read], [1, 2, 1, 0]);
        const deep = await made({ isDeep: true });
        assert.deepEqual(deep.findings, []);
        assert.equal(deep.read, 2);
    });

    it("finds what is missing, but not what has expired", async () => {
        const key = keyOf(10, names[0] ?? "");
        await s3.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: key }));
        assert.deepEqual(await found(), [`missing ${key}`]);
        const later = await made({ retentionDays: -1 });
        assert.deepEqual(later.findings, []);
        assert.equal(later.expired, 1);
    });

    it("finds what is changed: an object, a manifest, a local archive", async () => {
        const key = keyOf(10, names[0] ?? "");
        await bucket.put(key, Buffer.from("forged"));
        await bed.archive(names[1] ?? "", "forged here\n");
        assert.deepEqual(
            await found(),
            [`changed ${join(bed.root, "archive", names[1] ?? "")}`, `changed ${key}`].sort(),
        );
        await bucket.put("2025/09/10/metadata/upload_manifest.json", Buffer.from("no JSON"));
        assert.ok((await found()).includes("changed 2025/09/10/metadata/upload_manifest.json"));
    });

    it("finds an object of the right size and checksum whose lines are not those of its manifest, in depth", async () => {
        const key = "2025/09/10/metadata/upload_manifest.json";
        const manifest = await bucket.manifest(key);
        const entries = manifest.entries.map((entry) => ({ ...entry, lines: entry.lines + 1 }));
        await bucket.put(key, Buffer.from(JSON.stringify({ version: 1, entries })));
        assert.deepEqual(await found(), []);
        assert.equal((await found({ isDeep: true })).length, 2);
    });

    it("says that it could not look at a volume that is not there", async () => {
        const elsewhere = join(bed.root, "not-mounted");
        assert.deepEqual(await found({ archiveDirectory: elsewhere }), [`missing ${elsewhere}`]);
    });

    it("finds what nobody expects, in the bucket and on the volume", async () => {
        await bucket.put("stranger.txt", Buffer.from("x"));
        await bucket.put(keyOf(10, "app_unnamed_20250910_140000.log.gz"), Buffer.from("x"));
        await bed.file("stranger.gz", "x");
        assert.deepEqual(
            await found(),
            [
                `unexpected ${join(bed.root, "archive", "stranger.gz")}`,
                `unexpected ${keyOf(10, "app_unnamed_20250910_140000.log.gz")}`,
                "unexpected stranger.txt",
            ].sort(),
        );
    });

    it("is what `verify-archive` ends with: status 1 and the findings, or 0", async () => {
        const script = join(import.meta.dirname, "../../../scripts/verify-archive.ts");
        const run = async (args: readonly string[]) =>
            promisify(execFile)(process.execPath, [script, ...args], {
                env: { ...process.env, ...s3.environment },
            }).then(
                ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
                (error: { code: number; stdout: string; stderr: string }) => error,
            );
        const missing = await run([]);
        assert.equal(missing.code, 2);
        assert.match(missing.stderr, /--stack is missing/);
        const Bucket = "chattingo-logs-dev";
        await s3.client.send(new CreateBucketCommand({ Bucket }));
        await bed.once(await bed.config(Bucket), s3.environment);
        const clean = await run(["--stack", "dev", "--deep"]);
        assert.equal(clean.code, 0, clean.stderr);
        assert.match(clean.stdout, /1 manifests name 2 archives .* 2 read whole; .* 0 findings/);
        await new TestBucket(s3.client, Bucket).put("stranger.txt", Buffer.from("x"));
        const dirty = await run(["--stack", "dev", "--archive-dir", join(bed.root, "archive")]);
        assert.equal(dirty.code, 1);
        assert.match(dirty.stdout, /unexpected stranger\.txt: it has no key of an archive/);
        const volume = join(bed.root, "archive");
        for (const command of documentedCommands("Is the archive whole?")) {
            const text = command.replace("STACK=prod", "STACK=dev").replace(/(?<=ARCHIVE_DIR=)\S+/, volume);
            const root = join(import.meta.dirname, "../../..");
            const asWritten = await promisify(execFile)("bash", ["-c", text], {
                cwd: root,
                env: { ...process.env, ...s3.environment },
            }).catch((error: { stdout: string; code: number }) => error);
            assert.match(asWritten.stdout, /unexpected stranger\.txt.*1 findings/s, text);
            assert.ok("code" in asWritten && asWritten.code === 2, "make ends with 2 when what it runs ends with 1");
        }
        const unknown = await run(["--stack", "nowhere"]);
        assert.equal(unknown.code, 1);
        assert.match(unknown.stderr, /there is no Pulumi\.nowhere\.yaml/);
    }).timeout(60_000);
});
