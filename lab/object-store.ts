// An S3 on plain files (versitygw, https://github.com/versity/versitygw), for what sends many requests: it answers one in a
// tenth of the processor time that the emulated AWS takes. It verifies signatures, clocks, checksums and conditions of
// puts, and keeps versions; it knows no KMS, roles or Object Lock of AWS.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { until } from "../test/until.ts";
import { freePort } from "./free-port.ts";
import { toolBinary } from "./prerequisites.ts";

const accessKey = "object-store";
const secretKey = "good-for-this-store-alone";
const region = "us-east-1";

/** A running store. */
export class ObjectStore {
    readonly endpoint: string;
    /** What an AWS SDK, and rclone with `env_auth`, need to be let in. */
    readonly environment: Readonly<Record<string, string>>;
    readonly #folder: string;
    readonly #process: ChildProcess;
    /** Lets its user do everything. */
    readonly client: S3Client;
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
        this.client = new S3Client({
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
        const [objects, versions] = [join(folder, "objects"), join(folder, "versions")];
        mkdirSync(objects);
        mkdirSync(versions);
        const child = spawn(
            await toolBinary("versitygw"),
            [
                ...["--port", `127.0.0.1:${port}`, "--region", region, "--keep-alive", "--quiet"],
                ...["posix", "--versioning-dir", versions, objects],
            ],
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

    /** Makes an empty bucket, the only one with anything in it, with versions or without, and returns its name. */
    async newBucket(versions: "versions" | "no versions"): Promise<string> {
        for (const kind of ["objects", "versions"]) {
            const folder = join(this.#folder, kind);
            for (const name of readdirSync(folder)) {
                rmSync(join(folder, name), { recursive: true });
            }
        }
        this.#buckets += 1;
        const Bucket = `bucket-${this.#buckets}`;
        await this.client.send(new CreateBucketCommand({ Bucket }));
        if (versions === "versions") {
            const VersioningConfiguration = { Status: "Enabled" } as const;
            await this.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
        }
        return Bucket;
    }

    /** Ends it and removes its objects. */
    async stop(): Promise<void> {
        this.client.destroy();
        if (this.#process.exitCode === null) {
            this.#process.kill();
            await once(this.#process, "exit");
        }
        rmSync(this.#folder, { recursive: true });
    }
}
