import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Slots } from "../../../workloads/at-most.ts";
import { versionOf } from "../../../workloads/s3-uploader/archive-content.ts";
import { Retries } from "../../../workloads/s3-uploader/retries.ts";
import { placeArchive } from "../../../workloads/s3-uploader/upload-archive.ts";
import { withArchiveStore } from "./archive-store-in-process.ts";
import { type TestBucket, TestS3 } from "./test-bucket.ts";

describe("The upload of an archive", () => {
    let s3: TestS3;
    let bucket: TestBucket;
    let folder: string;

    before(async () => {
        s3 = await TestS3.shared();
        bucket = await s3.newBucket();
        folder = await mkdtemp(join(tmpdir(), "s3-uploader-upload-"));
    });
    after(async () => {
        await rm(folder, { recursive: true });
    });

    it("fails with the error of the disk when the file cannot be read while it is sent, and stores nothing", async () => {
        const bytes = Buffer.alloc(600_000, "line\n");
        const path = join(folder, "archive");
        await writeFile(path, bytes);
        // Open for writing only: it has a size and times, and every read fails.
        const file = await open(path, "a");
        await withArchiveStore(bucket.name, s3.environment, async (store) => {
            const sha256 = createHash("sha256").update(bytes).digest("hex");
            const version = versionOf(await file.stat({ bigint: true }));
            const lines = 120_000;
            const tools = {
                store,
                retries: new Retries({ outagePatienceSeconds: 10, reach: (signal) => store.reach(signal) }),
                bodies: new Slots(1),
                requests: new AbortController().signal,
            };
            const archive = {
                file,
                content: { size: bytes.length, sha256, parts: undefined, lines, version },
                isListed: false,
                key: "2025/09/10/archive/x.log",
                contentType: "application/x-ndjson",
                metadata: { sha256, lines, sourceNode: "node-a", category: "application" },
            };
            await assert.rejects(placeArchive(tools, archive), { code: "EBADF" });
            assert.deepEqual(await bucket.keys(), []);
        }).finally(() => file.close());
    });
});
