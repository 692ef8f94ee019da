// The AWS SDK alone: puts every archive, as the uploader does, and does nothing else. Nothing that is built on it can be
// quicker. Run as `node aws-sdk.js ROOT BUCKET PREFIX`.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { atMost } from "../../workloads/at-most.ts";
import { parallelism } from "./parallelism.ts";

async function main(root = "", bucket = "", prefix = ""): Promise<void> {
    const folder = join(root, "archive");
    // As the uploader's own client is: workloads/s3-uploader/archive-store.ts.
    const client = new S3Client({
        forcePathStyle: true,
        maxAttempts: 1,
        requestChecksumCalculation: "WHEN_REQUIRED",
    });
    await atMost(parallelism, readdirSync(folder), async (name) => {
        const body = readFileSync(join(folder, name));
        const object = { Bucket: bucket, Key: `${prefix}/${name}` };
        const checksum = createHash("sha256").update(body).digest("base64");
        await client.send(new PutObjectCommand({ ...object, Body: body, ChecksumSHA256: checksum, IfNoneMatch: "*" }));
    });
    client.destroy();
}

main(...process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
