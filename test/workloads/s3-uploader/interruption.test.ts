import assert from "node:assert/strict";
import { S3Proxy } from "./s3-proxy.ts";
import { TestS3 } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";

const archives = ["app_application_20250910_120000.log.gz", "worker-2/chat_chat_20250910_130000.log.gz"];
const manifestKey = "2025/09/10/metadata/upload_manifest.json";

describe("A pass that is killed", () => {
    let s3: TestS3;
    let proxy: S3Proxy;
    let bed: UploaderBed;
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

    async function fill(): Promise<Map<string, Buffer>> {
        await bed.clear();
        const bytes = new Map<string, Buffer>();
        for (const path of archives) {
            bytes.set(path, await bed.archive(path, `a line of ${path}\n`));
        }
        return bytes;
    }

    /**
     * Starts a pass and kills it while a request is held back from S3, or the answer to a put is from the uploader.
     *
     * @param held number of the request, or of the put; false is the answer when there is none
     */
    async function killedAt(config: string, held: number, moment: "before" | "after"): Promise<boolean> {
        proxy.reset();
        let release: () => void = () => undefined;
        const released = new Promise<void>((resolve) => {
            release = resolve;
        });
        const reached = new Promise<boolean>((resolve) => {
            proxy.treat = ({ method }, index) => {
                const number = moment === "before" ? index : method === "PUT" ? proxy.puts.length - 1 : undefined;
                if (number !== held) {
                    return undefined;
                }
                if (moment === "before") {
                    resolve(true);
                    return { answer: { status: 503 }, before: released };
                }
                return {
                    after: () => {
                        resolve(true);
                        return released;
                    },
                };
            };
        });
        const run = bed.start(["--config", config, "--once", "--log-root", bed.root], environment);
        const killed = await Promise.race([reached, run.ended.then(() => false)]);
        run.kill("SIGKILL");
        await run.ended;
        release();
        proxy.reset();
        return killed;
    }

    for (const moment of ["before", "after"] as const) {
        const requests = moment === "before" ? "any request, before S3 has seen it" : "any put that S3 has carried out";
        it(`at ${requests}, ends after the next one as if it had not been`, async () => {
            let held = 0;
            for (; ; held++) {
                const bytes = await fill();
                const bucket = await s3.newBucket();
                const config = await bed.config(bucket.name);
                if (!(await killedAt(config, held, moment))) {
                    break;
                }
                const here = await bed.localFiles();
                const there = await bucket.keys();
                for (const path of archives.filter((one) => !here.includes(one))) {
                    const key = `2025/09/10/archive/${path}`;
                    assert.ok(there.includes(key), `${path} is nowhere after a kill at request ${held}`);
                }
                const run = await bed.once(config, environment);
                assert.equal(run.status, 0, run.stdout);
                assert.deepEqual(await bed.localFiles(), []);
                const keys = archives.map((path) => `2025/09/10/archive/${path}`);
                assert.deepEqual(await bucket.keys(), [...keys, manifestKey]);
                const { entries } = await bucket.manifest(manifestKey);
                assert.deepEqual(
                    entries.map(({ key }) => key),
                    keys,
                );
                for (const { key, size, lines, uploadedAt } of entries) {
                    const content = bytes.get(key.slice("2025/09/10/archive/".length));
                    assert.deepEqual(await bucket.read(key), content);
                    assert.equal(size, content?.length);
                    assert.equal(lines, 1);
                    assert.equal(uploadedAt, (await bucket.head(key)).LastModified?.toISOString());
                }
            }
            // A put for each archive; a list of the day before and after; of the manifest two reads and a write, and one that
            // S3 has to refuse.
            assert.equal(held, moment === "before" ? archives.length + 6 : archives.length + 2);
        }).timeout(300_000);
    }
});
