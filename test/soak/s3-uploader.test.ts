// The uploader at full size, behind a proxy that spoils one object in a thousand: minutes of work, so `make test` runs the
// same with fewer archives (test/workloads/s3-uploader/one-bad-object.test.ts). It prints its figures.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ObjectStore } from "../../lab/object-store.ts";
import { say } from "../../lab/tools/progress.ts";
import { type RecordedRequest, S3Proxy, type Treatment } from "../workloads/s3-uploader/s3-proxy.ts";
import { TestBucket } from "../workloads/s3-uploader/test-bucket.ts";
import { UploaderBed } from "../workloads/s3-uploader/uploader-process.ts";

const days = ["20250910", "20250911", "20250912"];
const archivesOfDay = 2_000;
const badOneIn = 1_000;

/** Ways in which an object can be bad while all others are well. */
const faults: readonly ((request: RecordedRequest) => Treatment)[] = [
    () => ({ resetAfterBytes: 1 }),
    () => ({ answer: { status: 500, body: "<Error><Code>InternalError</Code></Error>" } }),
    () => ({ answer: { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" } }),
    () => ({ answer: { status: 200, headers: { etag: '"x"' } } }),
];

describe("s3-uploader at full size", () => {
    let s3: ObjectStore;
    let proxy: S3Proxy;
    let bed: UploaderBed;

    before(async () => {
        s3 = await ObjectStore.start(tmpdir());
        proxy = await S3Proxy.start(s3.endpoint, "at once");
        bed = await UploaderBed.make();
    });
    after(async () => {
        await proxy?.stop();
        await s3?.stop();
        await bed?.remove();
    });

    it("loses and doubles no archive of 6,000 when one object in a thousand is bad and it is killed again and again", async () => {
        const bucket = new TestBucket(s3.client, await s3.newBucket("versions"));
        const config = await bed.config(bucket.name);
        const environment = { ...s3.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint };
        const written = new Map<string, string>();
        for (const day of days) {
            for (let number = 0; number < archivesOfDay; number++) {
                const name = `app_pod-${number}_${day}_120000.log.gz`;
                const bytes = await bed.archive(name, `${day} ${number}\n`);
                const key = `${day.slice(0, 4)}/${day.slice(4, 6)}/${day.slice(6)}/archive/${name}`;
                written.set(key, createHash("md5").update(bytes).digest("hex"));
            }
        }
        const keys = [...written.keys()];
        const bad = new Map(
            keys.filter((_, index) => index % badOneIn === 7).map((key, index) => [key, faults[index % faults.length]]),
        );
        proxy.treat = (request) => (request.method === "PUT" ? bad.get(request.key)?.(request) : undefined);
        for (let kills = 0; kills < 5; kills++) {
            const run = bed.start(["--config", config, "--once", "--log-root", bed.root], environment);
            await Promise.race([sleep(2_000 + Math.random() * 3_000), run.ended]);
            run.kill("SIGKILL");
            await run.ended;
            proxy.requests.length = 0;
        }
        const faulty = await bed.once(config, environment);
        assert.equal(faulty.status, 1);
        assert.equal(faulty.summary.cutShort, false);
        assert.equal((await bed.localFiles()).length, bad.size, "all others are in their place");
        proxy.reset();
        const clean = await bed.once(config, environment);
        assert.equal(clean.status, 0, JSON.stringify(clean.summary));
        const stored = new Map<string, string>();
        for (let after: string | undefined, isMore = true; isMore; ) {
            const page = await s3.client.send(
                new ListObjectsV2Command({ Bucket: bucket.name, ContinuationToken: after }),
            );
            for (const { Key = "", ETag = "" } of page.Contents ?? []) {
                stored.set(Key, ETag.replaceAll('"', ""));
            }
            after = page.NextContinuationToken;
            isMore = page.IsTruncated === true;
        }
        const named = (
            await Promise.all(
                days.map((day) =>
                    bucket.manifest(
                        `${day.slice(0, 4)}/${day.slice(4, 6)}/${day.slice(6)}/metadata/upload_manifest.json`,
                    ),
                ),
            )
        ).flatMap(({ entries }) => entries.map(({ key }) => key));
        const lost = keys.filter((key) => stored.get(key) !== written.get(key) || !named.includes(key));
        const doubled: string[] = [];
        for (const key of [...bad.keys(), ...keys.filter((_, index) => index % 300 === 0)]) {
            doubled.push(...((await bucket.versions(key)) === 1 ? [] : [key]));
        }
        say(
            `${keys.length} archives, ${bad.size} bad, 5 kills: ${lost.length} lost, ${doubled.length} doubled; ` +
                `${faulty.summary.seconds} s with the bad ones, ${faulty.summary.retries} retries`,
        );
        assert.deepEqual([lost, doubled, await bed.localFiles()], [[], [], []]);
    }).timeout(900_000);
});
