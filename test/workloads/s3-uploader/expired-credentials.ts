// Asks an S3 whose answer is that credentials expired, again and again, and prints by how many bytes the heap has grown.
// Run with --expose-gc and the name of a bucket; endpoint and credentials come from the environment.

import assert from "node:assert/strict";
import { archiveStoreOf } from "./archive-store-in-process.ts";

const [bucketName = ""] = process.argv.slice(2);
const store = archiveStoreOf(bucketName);
const { signal } = new AbortController();

/** Bytes of the heap after so many attempts, without what can be collected. */
async function heapAfter(attempts: number): Promise<number> {
    for (let attempt = 0; attempt < attempts; attempt++) {
        await assert.rejects(store.reach(signal), /expired/);
    }
    assert.ok(global.gc, "needs node --expose-gc");
    await global.gc();
    return process.memoryUsage().heapUsed;
}

const before = await heapAfter(50);
console.log((await heapAfter(300)) - before);
store.close();
