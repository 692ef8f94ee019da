// Archived lines come back as they were: the uploader archives, restore brings back.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { CopyObjectCommand, CreateBucketCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import { Client } from "@elastic/elasticsearch";
import fc from "fast-check";
import { toElasticsearch } from "../../../archive-access/elasticsearch-output.ts";
import { type RestoreOutput, toFolder, toStream } from "../../../archive-access/outputs.ts";
import { ArchiveReader } from "../../../archive-access/reader.ts";
import { type RestoreOptions, restore } from "../../../archive-access/restore.ts";
import { parseSelection } from "../../../archive-access/selection.ts";
import { readSeal, sealBytes } from "../../../formats/archive-seal.ts";
import { documentedCommands } from "../../documented-commands.ts";
import { LogTree } from "../log-rotation/log-tree.ts";
import { TestBucket, TestS3 } from "../s3-uploader/test-bucket.ts";
import { UploaderBed } from "../s3-uploader/uploader-process.ts";

describe("A restore", () => {
    let s3: TestS3;
    let bed: UploaderBed;
    let bucket: TestBucket;
    let reader: ArchiveReader;
    let folder: string;
    const environmentBefore = { ...process.env };

    before(async () => {
        // Of its own: here and in the audit's suite is a bucket with the name of the stack's.
        s3 = await TestS3.start();
        bed = await UploaderBed.make();
        Object.assign(process.env, s3.environment);
    });
    after(async () => {
        process.env = environmentBefore;
        await s3.stop();
        await bed.remove();
    });
    beforeEach(async () => {
        await bed.clear();
        bucket = await s3.newBucket();
        reader = new ArchiveReader({ bucketName: bucket.name, region: "us-east-1" });
        folder = await mkdtemp(join(tmpdir(), "restore-test-"));
    });
    afterEach(async () => {
        reader.close();
        await rm(folder, { recursive: true });
    });

    /** Archives what is on the volume. */
    async function archive(environment: Record<string, string> = {}, more = ""): Promise<void> {
        const config = await bed.config(bucket.name, `upload:\n  file_patterns: ["*"]\n${more}`);
        const run = await bed.once(config, { ...s3.environment, ...environment });
        assert.equal(run.status, 0, run.stdout);
    }

    const said: string[] = [];
    async function restored(output: RestoreOutput, changes: Partial<RestoreOptions> = {}) {
        said.length = 0;
        return restore(reader, {
            selection: parseSelection("2025-09-10", "2025-09-12", undefined),
            output,
            tier: "Standard",
            days: 3,
            waitHours: undefined,
            pollSeconds: 0.1,
            isCostAgreed: false,
            say: (text) => said.push(text),
            ...changes,
        });
    }

    /** What a restore writes to a stream. */
    async function restoredBytes(changes: Partial<RestoreOptions> = {}): Promise<Buffer> {
        const chunks: Buffer[] = [];
        const stream = new Writable({
            write: (chunk: Buffer, _, done) => {
                chunks.push(chunk);
                done();
            },
        });
        const { failures } = await restored(toStream(stream), changes);
        assert.deepEqual(failures, []);
        return Buffer.concat(chunks);
    }

    it("gives back the lines byte by byte, whatever they are made of", async () => {
        const line = fc.oneof(
            fc.constantFrom("", "\r", "\0", "\0\r\0", "\ufeff").map((text) => Buffer.from(text)),
            // Longer than what is read and unpacked at once.
            fc.integer({ min: 60_000, max: 200_000 }).map((length) => Buffer.alloc(length, "\u00e4.")),
            fc.string({ unit: "binary", maxLength: 60 }).map((text) => Buffer.from(text.replaceAll("\n", " "))),
            fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 10 ? 0 : byte)))),
        );
        const lines = fc.array(line, { maxLength: 20 });
        await fc.assert(
            fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 4 }), async (archives) => {
                bucket = await s3.newBucket();
                reader.close();
                reader = new ArchiveReader({ bucketName: bucket.name, region: "us-east-1" });
                const texts = archives.map((all) => Buffer.concat(all.flatMap((one) => [one, Buffer.from("\n")])));
                for (const [index, text] of texts.entries()) {
                    const name = `auth_auth_2025091${index % 3}_12000${index}.log`;
                    await bed.file(index % 2 === 0 ? `${name}.gz` : name, index % 2 === 0 ? gzipSync(text) : text);
                }
                await archive();
                // In the order of rotation, which is that of the days and then of the seconds.
                const inOrder = texts.map((text, index) => ({ text, order: `${index % 3}${index}` }));
                inOrder.sort((a, b) => (a.order < b.order ? -1 : 1));
                assert.ok((await restoredBytes()).equals(Buffer.concat(inOrder.map(({ text }) => text))));
            }),
            { numRuns: 8 },
        );
    }).timeout(300_000);

    it("gives back what an application wrote, byte by byte, after rotation and upload", async () => {
        const tree = new LogTree();
        try {
            const written: Buffer[] = [];
            for (const second of [1, 2, 3]) {
                // More than one gzip member of text and noise.
                const lines = Array.from({ length: 60_000 }, (_, line) => `{"line":${line * second},"x":"ä\\n"}\r\n`);
                const text = Buffer.concat([
                    Buffer.from(lines.join("")),
                    Buffer.alloc(5_000_000, "\0\xff,"),
                    Buffer.from("\n"),
                ]);
                tree.append("auth/auth.log", text);
                written.push(text);
                const { errors } = await tree.rotate(
                    { ARCHIVE_DIR: join(bed.root, "archive") },
                    { now: () => Date.UTC(2025, 8, 10, 12, 0, second) },
                );
                assert.equal(errors, 0, tree.output.join("\n"));
            }
            for (const path of await bed.localFiles()) {
                const bytes = await readFile(join(bed.root, "archive", path));
                assert.equal(readSeal(bytes.subarray(-sealBytes))?.lines, 60_001, path);
            }
            await archive();
            assert.ok((await restoredBytes()).equals(Buffer.concat(written)));
        } finally {
            tree.remove();
        }
    });

    it("finds the days and the category that are asked for, and writes a file an archive", async () => {
        for (const [path, text] of [
            ["app_application_20250910_120000.log.gz", "a\n"],
            ["worker-2/auth_auth_20250909_235959.log.gz", "too early\n"],
            ["worker-2/auth_auth_20250910_000000.log.gz", "first\n"],
            ["auth_auth_20250912_235959.log.gz", "last\nno line end"],
            ["auth_auth_20250913_000000.log.gz", "too late\n"],
        ] as const) {
            await bed.archive(path, text);
        }
        await archive();
        const selection = parseSelection("2025-09-10", "2025-09-12", "auth");
        const { failures, archives, lines } = await restored(toFolder(folder), { selection });
        assert.deepEqual({ failures, archives, lines }, { failures: [], archives: 2, lines: 3 });
        const files = await readdir(folder, { recursive: true, withFileTypes: true });
        const names = files.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
        assert.deepEqual(names.map((name) => name.slice(folder.length + 1)).sort(), [
            "authentication/node-a/auth_auth_20250912_235959.log",
            "authentication/worker-2/auth_auth_20250910_000000.log",
        ]);
        const last = await readFile(join(folder, "authentication/node-a/auth_auth_20250912_235959.log"), "utf8");
        assert.equal(last, "last\nno line end");
        assert.equal(
            (
                await restoredBytes({ selection: parseSelection("2025-09-13", "2025-09-13", "authentication") })
            ).toString(),
            "too late\n",
        );
    });

    it("refuses days and categories that are none, with what is allowed", () => {
        assert.throws(() => parseSelection("2025-02-30", "2025-03-01", undefined), /--from 2025-02-30: it is no day/);
        assert.throws(() => parseSelection("2025-09-10", "10.9.2025", undefined), /--to 10\.9\.2025: it is no day/);
        assert.throws(() => parseSelection("2025-09-11", "2025-09-10", undefined), /is after/);
        assert.throws(
            () => parseSelection("2025-09-10", "2025-09-10", "Log in"),
            /it can't be a category; there are: app \(application\), auth/,
        );
    });

    it("finds the archives of an application by its category, and by its directory where nobody knew it", async () => {
        await bed.archive("billing_worker_20250910_120000.log.gz", "a\n");
        await bed.archive("gone_worker_20250910_120000.log.gz", "b\n");
        await bed.archive("gone_worker_20250910_120001.log.gz", "c\n");
        await archive({}, "  categories: { billing: payments }\n");
        const of = async (category: string) => {
            const selection = parseSelection("2025-09-10", "2025-09-10", category);
            return (await restoredBytes({ selection })).toString();
        };
        assert.equal(await of("payments"), "a\n");
        assert.equal(await of("billing"), "a\n");
        assert.equal(await of("gone"), "b\nc\n");
        assert.equal(await of("unknown"), "b\nc\n");
        const selection = parseSelection("2025-09-10", "2025-09-10", "biling");
        const { failures } = await restored(toFolder(folder), { selection });
        assert.match(
            failures.join(),
            /no archive from .* is of the category biling; there are: app .*, payments, unknown/,
        );
    });

    it("hands on no line of an archive that is not what its manifest says, and all of the others", async () => {
        await bed.archive("auth_auth_20250910_120000.log.gz", "good\n");
        await bed.archive("auth_auth_20250911_120000.log.gz", "will be replaced\n");
        await bed.archive("auth_auth_20250912_120000.log.gz", "will be deleted\n");
        await archive();
        await bucket.put("2025/09/11/archive/auth_auth_20250911_120000.log.gz", Buffer.from("forged"));
        const gone = "2025/09/12/archive/auth_auth_20250912_120000.log.gz";
        await s3.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: gone }));
        const { failures, archives } = await restored(toFolder(folder));
        assert.equal(archives, 1);
        assert.equal(failures.length, 2);
        assert.match(failures.join("\n"), /20250912_120000.* not in the bucket/);
        assert.match(failures.join("\n"), /20250911_120000.*not what its manifest says: it cannot be unpacked/);
        assert.deepEqual(await readdir(join(folder, "authentication", "node-a")), ["auth_auth_20250910_120000.log"]);
    });

    it("tells what a retrieval costs and takes, asks for nothing before that is agreed to, and waits for it then", async () => {
        await bed.archive("auth_auth_20250910_120000.log.gz", "frozen\n");
        await archive();
        const key = "2025/09/10/archive/auth_auth_20250910_120000.log.gz";
        // As the bucket's lifecycle does it.
        await s3.client.send(
            new CopyObjectCommand({
                Bucket: bucket.name,
                Key: key,
                CopySource: `${bucket.name}/${key}`,
                StorageClass: "GLACIER",
            }),
        );
        const first = await restored(toFolder(folder));
        assert.equal(first.archives, 0);
        assert.match(
            said.join("\n"),
            /1 archives \(0\.000 GB\) are in GLACIER: a Standard retrieval costs about \$0\.00.*3 to 5 hours/,
        );
        assert.match(first.failures.join(), /--yes/);
        assert.equal((await reader.head(key))?.state, "frozen");
        assert.equal((await restoredBytes({ isCostAgreed: true })).toString(), "frozen\n");
        assert.equal((await reader.head(key))?.state, "readable");
        assert.equal((await restoredBytes()).toString(), "frozen\n");
    });

    it("asks for a retrieval once, after it has said what that costs, and gives up waiting after its time", async () => {
        await bed.archive("auth_auth_20250910_120000.log.gz", "frozen\n");
        await archive();
        const events: string[] = [];
        let state: "frozen" | "thawing" = "frozen";
        const slow = Object.assign(Object.create(reader) as ArchiveReader, {
            manifests: () => reader.manifests(),
            read: () => assert.fail("read before it was thawed"),
            thaw: async (key: string, days: number, tier: string) => {
                events.push(`asked: ${key} for ${days} days, ${tier}`);
                state = "thawing";
            },
            head: async () => ({ size: 1, sha256: "", storageClass: "DEEP_ARCHIVE", state }),
        });
        const attempt = () =>
            restore(slow, {
                selection: parseSelection("2025-09-10", "2025-09-10", undefined),
                output: toFolder(folder),
                tier: "Bulk",
                days: 3,
                waitHours: 0.5 / 3600,
                pollSeconds: 0.1,
                isCostAgreed: true,
                say: (text) => events.push(text),
            });
        await assert.rejects(attempt(), /1 archives are not there after .* hours; .* nothing is asked for twice/s);
        await assert.rejects(attempt(), /1 archives are not there after/);
        const asked = events.findIndex((event) => event.startsWith("asked:"));
        assert.match(events[asked] ?? "", /2025\/09\/10\/archive\/auth_auth_.* for 3 days, Bulk/);
        assert.match(events[asked - 1] ?? "", /DEEP_ARCHIVE: a Bulk retrieval costs about \$0\.00.* up to 48 hours/);
        assert.equal(events.filter((event) => event.startsWith("asked:")).length, 1);
        assert.ok(events.some((event) => /0 archives .*; 1 more are on their way/.test(event)));
    });

    it("is what `make restore` prints: the lines alone on standard output, all else beside it", async () => {
        const Bucket = "chattingo-logs-dev";
        await s3.client.send(new CreateBucketCommand({ Bucket }));
        bucket = new TestBucket(s3.client, Bucket);
        const text = '{"message":"ä"}\nnot JSON\n\u0000\r\n';
        await bed.archive("auth_auth_20250911_120000.log.gz", text);
        await bed.archive("chat_chat_20250911_120000.log.gz", "another category\n");
        await archive();
        const root = join(import.meta.dirname, "../../..");
        const shell = (command: string) =>
            promisify(execFile)("bash", ["-c", command], {
                cwd: root,
                env: { ...process.env, ...s3.environment },
            }).then(
                ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
                (error: { code: number; stdout: string; stderr: string }) => error,
            );
        const commands = documentedCommands("Bring archived lines back");
        const intoFile = (commands.find((command) => command.endsWith("> auth.log")) ?? "").replace(
            /auth\.log$/,
            join(folder, "auth.log"),
        );
        const run = await shell(intoFile);
        assert.deepEqual([run.code, run.stdout], [0, ""], run.stderr);
        assert.equal(await readFile(join(folder, "auth.log"), "utf8"), text);
        assert.match(run.stderr, /1 archives with 3 lines/);
        const intoFolder = commands.find((command) => command.endsWith("RESTORE_DIR=restored")) ?? "";
        assert.equal((await shell(intoFolder.replace("=restored", `=${join(folder, "restored")}`))).code, 0);
        assert.deepEqual((await readdir(join(folder, "restored"))).toSorted(), ["authentication", "chat"]);
        const wrong = await shell(intoFile.replace(/FROM=\S+/, "FROM=yesterday"));
        assert.equal(wrong.code, 2);
        assert.match(wrong.stderr, /--from yesterday: it is no day/);
    }).timeout(120_000);

    describe("into Elasticsearch", () => {
        let server: Server;
        let client: Client;
        const documents = new Map<string, Record<string, unknown>>();
        /** Lines that are refused once, as by an Elasticsearch that has no room for them at that moment. */
        const busy = new Set<string>();

        /**
         * Answers bulk requests as Elasticsearch does: 201, 409 for an id that is taken,
         * 429 when it is busy, which a real one is at no moment of one's choice. What a real one makes of lines is tested
         * with elastic-setup, whose template they need.
         */
        before(async () => {
            server = createServer(async (request, response) => {
                const chunks: Buffer[] = [];
                for await (const chunk of request) {
                    chunks.push(chunk as Buffer);
                }
                const body = Buffer.concat(chunks).toString();
                const path = new URL(request.url ?? "/", "http://localhost").pathname;
                const lines = body
                    .trimEnd()
                    .split("\n")
                    .map((line) => JSON.parse(line));
                const items = [];
                for (let at = 0; at < lines.length; at += 2) {
                    const id = `${path} ${lines[at].create._id}`;
                    const status = busy.delete(lines[at + 1].message) ? 429 : documents.has(id) ? 409 : 201;
                    if (status === 201) {
                        documents.set(id, lines[at + 1]);
                    }
                    items.push({
                        create: { status, ...(status === 201 ? {} : { error: { type: "x", reason: "y" } }) },
                    });
                }
                const answer = { errors: false, took: 1, items };
                response.writeHead(200, { "content-type": "application/json", "x-elastic-product": "Elasticsearch" });
                response.end(JSON.stringify(answer));
            }).listen(0, "127.0.0.1");
            await new Promise((resolve) => server.once("listening", resolve));
            client = new Client({ node: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
        });
        after(async () => {
            await client.close();
            server.close();
        });

        it("sends each line once, as the text that it is, however often it is restored", async () => {
            const json = { "@timestamp": "2025-09-09T01:02:03Z", message: "login failed", user_id: "12345" };
            const odd = { message: "m", odd: { a: 1 } };
            await bed.archive(
                "worker-2/auth_auth_20250910_120000.log.gz",
                `${JSON.stringify(json)}\nnot JSON\n${JSON.stringify(odd)}\nnot JSON\n`,
            );
            await archive();
            const counts = { created: 0, alreadyThere: 0 };
            busy.add("not JSON").add(JSON.stringify(odd));
            await restored(toElasticsearch(client, "dev", counts));
            assert.deepEqual(counts, { created: 4, alreadyThere: 0 });
            await restored(toElasticsearch(client, "dev", counts));
            assert.deepEqual(counts, { created: 4, alreadyThere: 4 });
            assert.ok(
                [...documents.keys()].every((id) => id.startsWith("/restored-chattingo-authentication-dev/_bulk ")),
            );
            const key = "2025/09/10/archive/worker-2/auth_auth_20250910_120000.log.gz";
            const about = (line: number) => ({ category: "authentication", archive: { key, line } });
            const rotated = { "@timestamp": "2025-09-10T12:00:00.000Z" };
            const inOrder = [...documents.values()].sort(
                (a, b) => (a.archive as { line: number }).line - (b.archive as { line: number }).line,
            );
            assert.deepEqual(inOrder, [
                { message: JSON.stringify(json), ...rotated, ...about(1) },
                { message: "not JSON", ...rotated, ...about(2) },
                { message: JSON.stringify(odd), ...rotated, ...about(3) },
                { message: "not JSON", ...rotated, ...about(4) },
            ]);
        });
    });
});
