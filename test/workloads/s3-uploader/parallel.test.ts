// How much the uploader has under way at the same time.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { until } from "../../until.ts";
import { type RecordedRequest, S3Proxy } from "./s3-proxy.ts";
import { TestS3 } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";

/** Bodies that are sent at the same time, as docs/uploader.md says. */
const mostBodies = 4;

/** Milliseconds for which a body is held, so that a fifth one would have come. */
const holdMilliseconds = 300;

const mebibyte = 1024 ** 2;

describe("At the same time the uploader sends", () => {
    let s3: TestS3;
    let proxy: S3Proxy;
    let bed: UploaderBed;
    let underWay: number;
    let most: number;

    before(async () => {
        s3 = await TestS3.start();
        proxy = await S3Proxy.start(s3.endpoint);
        bed = await UploaderBed.make();
    });
    after(async () => {
        await proxy.stop();
        await s3.stop();
        await bed.remove();
    });
    beforeEach(async () => {
        proxy.reset();
        await bed.clear();
        underWay = 0;
        most = 0;
        proxy.treat = (request) => (isBody(request) ? hold() : undefined);
    });

    /** Counts a body from its first byte until it has been held for a while and answered. */
    function hold() {
        underWay += 1;
        most = Math.max(most, underWay);
        return {
            after: async () => {
                await new Promise((resolve) => setTimeout(resolve, holdMilliseconds));
                underWay -= 1;
            },
        };
    }

    const isBody = ({ method, key }: RecordedRequest) => method === "PUT" && key.includes("/archive/");

    async function onePass(): Promise<void> {
        const bucket = await s3.newBucket();
        const config = await bed.config(bucket.name, 'upload:\n  file_patterns: ["*.log"]\n');
        const environment = { ...s3.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint, PART_MIB: "5" };
        const run = await bed.once(config, environment);
        assert.equal(run.status, 0, JSON.stringify(run.summary));
        await until("every body is answered", 5, async () => (underWay === 0 ? true : undefined));
    }

    it("four archives, no fewer and no more", async () => {
        for (let archive = 10; archive < 40; archive++) {
            await bed.file(`app_${archive}_20250910_120000.log`, `line of ${archive}\n`);
        }
        await onePass();
        assert.equal(most, mostBodies);
    });

    it("four bodies, although several archives have several parts each", async () => {
        for (let archive = 10; archive < 14; archive++) {
            const bytes = Buffer.concat([randomBytes(14 * mebibyte), Buffer.from("\n")]);
            await bed.file(`app_${archive}_20250910_120000.log`, bytes);
        }
        await onePass();
        assert.equal(most, mostBodies);
    });
});
