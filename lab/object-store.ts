// An S3 on plain files (versitygw, https://github.com/versity/versitygw), for what sends many requests: it takes a fraction of
// the processor time of the emulated AWS. It verifies signatures, clocks, checksums and conditions of puts, of which two
// may meet, and keeps versions; it keeps no storage class, and knows neither KMS nor AWS's users and roles.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { endProgram } from "./end-program.ts";
import { freePort } from "./free-port.ts";
import { toolBinary } from "./prerequisites.ts";

const accessKey = "object-store";
const secretKey = "good-for-this-store-alone";
const region = "us-east-1";

const startSeconds = 30;

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

    /**
     * Starts a store, which ends with this process at the latest.
     *
     * @param parent folder in which it keeps its objects; its file system must have extended attributes
     * @throws an error with what it said when it does not start
     */
    static async start(parent: string): Promise<ObjectStore> {
        const binary = await toolBinary("versitygw");
        const port = await freePort();
        const folder = mkdtempSync(join(parent, "store-"));
        const [objects, versions] = [join(folder, "objects"), join(folder, "versions")];
        mkdirSync(objects);
        mkdirSync(versions);
        const child = spawn(
            "setpriv",
            [
                ...["--pdeathsig=SIGKILL", binary],
                ...["--port", `127.0.0.1:${port}`, "--region", region, "--keep-alive", "--quiet"],
                ...["posix", "--versioning-dir", versions, objects],
            ],
            {
                env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
                cwd: folder,
                stdio: ["ignore", "ignore", "pipe"],
            },
        );
        const store = new ObjectStore(`http://127.0.0.1:${port}`, folder, child);
        try {
            await answers(store.endpoint, child);
            return store;
        } catch (error) {
            await store.stop();
            throw error;
        }
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
        await endProgram(this.#process);
        rmSync(this.#folder, { recursive: true, force: true });
    }
}

/** Returns when the store answers. */
async function answers(endpoint: string, child: ChildProcess): Promise<void> {
    let said = "";
    child.stderr?.on("data", (text) => {
        said += text;
    });
    const end = Date.now() + startSeconds * 1000;
    while (child.exitCode === null && child.signalCode === null && Date.now() < end) {
        const isThere = await fetch(endpoint).then(
            () => true,
            () => false,
        );
        if (isThere) {
            return;
        }
        await delay(50);
    }
    throw new Error(`versitygw did not start within ${startSeconds} s; it said: ${said.trim() || "nothing"}`);
}
