// An S3 with a proxy before it, for suites that hold, change or answer the uploader's requests themselves.

import { tmpdir } from "node:os";
import { ObjectStore } from "../../../lab/object-store.ts";
import { S3Proxy } from "./s3-proxy.ts";
import { TestBucket } from "./test-bucket.ts";

/** Milliseconds for {@link ProxiedStore.start}: where a machine has no object store yet, it is built first. */
export const storeStartTimeout = 600_000;

/** A running object store and the proxy through which the uploader reaches it. */
export class ProxiedStore {
    readonly s3: ObjectStore;
    readonly proxy: S3Proxy;
    /** What the uploader needs to be let in, by way of the proxy. */
    readonly environment: Readonly<Record<string, string>>;

    private constructor(s3: ObjectStore, proxy: S3Proxy) {
        this.s3 = s3;
        this.proxy = proxy;
        this.environment = { ...s3.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    }

    /** Starts both, without any bucket. */
    static async start(): Promise<ProxiedStore> {
        const s3 = await ObjectStore.start(tmpdir());
        try {
            return new ProxiedStore(s3, await S3Proxy.start(s3.endpoint, "at once"));
        } catch (error) {
            await s3.stop();
            throw error;
        }
    }

    /** A new bucket that keeps versions. */
    async newBucket(): Promise<TestBucket> {
        return new TestBucket(this.s3.client, await this.s3.newBucket("versions"));
    }

    async stop(): Promise<void> {
        await this.proxy.stop();
        await this.s3.stop();
    }
}
