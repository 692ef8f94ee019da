// The uploader's store in the process of the tests, for what can't be seen from outside the program.

import { ArchiveStore } from "../../../workloads/s3-uploader/archive-store.ts";

/** The store of a bucket, by the settings that the program has without a configuration. */
export function archiveStoreOf(bucketName: string): ArchiveStore {
    return new ArchiveStore({
        bucketName,
        region: "us-east-1",
        storageClass: "STANDARD",
        pathStyle: true,
        timeoutSeconds: 10,
    });
}

/**
 * Does work with the store of a bucket. The AWS SDK takes endpoint and credentials from the environment of the process,
 * which has these variables meanwhile.
 */
export async function withArchiveStore<T>(
    bucketName: string,
    environment: Readonly<Record<string, string>>,
    work: (store: ArchiveStore) => Promise<T>,
): Promise<T> {
    const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, environment);
    const store = archiveStoreOf(bucketName);
    try {
        return await work(store);
    } finally {
        store.close();
        for (const [name, value] of before) {
            if (value === undefined) {
                delete process.env[name];
            } else {
                process.env[name] = value;
            }
        }
    }
}
