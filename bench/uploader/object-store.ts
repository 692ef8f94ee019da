// An S3 on plain files (versitygw, https://github.com/versity/versitygw), quick enough that it is not it that is measured.
// It verifies checksums and conditions of puts; it knows no KMS.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { freePort } from "../../lab/free-port.ts";
import { toolBinary } from "../../lab/prerequisites.ts";
import { until } from "../../test/until.ts";

const accessKey = "bench";
const secretKey = "bench-secret";
const region = "us-east-1";

/** A running store. */
export class ObjectStore {
    readonly endpoint: string;
    /** What an AWS SDK, and rclone with `env_auth`, need to be let in. */
    readonly environment: Readonly<Record<string, string>>;
    readonly #folder: string;
    readonly #process: ChildProcess;
    readonly #client: S3Client;
    #buckets = 0;

    private constructor(endpoint: string, folder: string, process: ChildProcess) {
        this.endpoint = endpoint;
        this.environment = {
            AWS_ENDPOINT_URL_S3: endpoint,
            AWS_REGION: region,
            AWS_ACCESS_KEY_ID: accessKey,
            AWS_SECRET_ACCESS_KEY: secretKey,
        };
        this.#folder = folder;
        this.#process = process;
        this.#client = new S3Client({
            endpoint,
            region,
            forcePathStyle: true,
            credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
        });
    }

    /** @param parent folder in which it keeps its objects; its file system must have extended attributes */
    static async start(parent: string): Promise<ObjectStore> {
        const port = await freePort();
        const folder = mkdtempSync(join(parent, "store-"));
        const objects = join(folder, "objects");
        mkdirSync(objects);
        const child = spawn(
            await toolBinary("versitygw"),
            ["--port", `127.0.0.1:${port}`, "--region", region, "--keep-alive", "--quiet", "posix", objects],
            {
                env: { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
                cwd: folder,
                stdio: "ignore",
            },
        );
        const store = new ObjectStore(`http://127.0.0.1:${port}`, folder, child);
        await until("the object store", 30, async () => {
            if (child.exitCode !== null) {
                throw new Error(`versitygw ended with status ${child.exitCode}`);
            }
            return fetch(store.endpoint).then(
                () => true,
                () => undefined,
            );
        });
        return store;
    }

    /** Makes an empty bucket, the only one with anything in it, and returns its name. */
    async newBucket(): Promise<string> {
        const objects = join(this.#folder, "objects");
        for (const name of readdirSync(objects)) {
            rmSync(join(objects, name), { recursive: true });
        }
        this.#buckets += 1;
        const name = `bench-${this.#buckets}`;
        await this.#client.send(new CreateBucketCommand({ Bucket: name }));
        return name;
    }

    /** Ends it and removes its objects. */
    async stop(): Promise<void> {
        this.#client.destroy();
        if (this.#process.exitCode === null) {
            this.#process.kill();
            await once(this.#process, "exit");
        }
        rmSync(this.#folder, { recursive: true });
    }
}
