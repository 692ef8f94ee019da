import assert from "node:assert/strict";
import type { ApiClient } from "../../../../lab/providers/kubernetes/api-client.ts";
import type { KubernetesObject } from "../../../../lab/providers/kubernetes/kubernetes-object.ts";
import { waitUntilGone, waitUntilReady } from "../../../../lab/providers/kubernetes/waiting/wait.ts";
import type { PlainMap } from "../../../../lab/providers/protocol/property-values.ts";

const address = { apiVersion: "batch/v1", kind: "Job", name: "set-up", namespace: "shop" };
const job = (fields: { readonly spec?: PlainMap; readonly status?: PlainMap; readonly uid?: string }) =>
    ({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "set-up", namespace: "shop", uid: fields.uid ?? "1" },
        spec: { selector: { matchLabels: { job: "set-up" } }, ...fields.spec },
        status: fields.status ?? {},
    }) satisfies KubernetesObject;
const failedJob = job({ status: { conditions: [{ type: "Failed", status: "True", message: "too often" }] } });

/** An API server that has these states of the object one after the other, the last one for good. */
function apiServer(
    states: readonly (KubernetesObject | Error | undefined)[],
    others: Partial<ApiClient> = {},
): ApiClient {
    const left = [...states];
    const get = async () => {
        const state = left.length > 1 ? left.shift() : left[0];
        if (state instanceof Error) {
            throw state;
        }
        return state;
    };
    return { get, list: async () => [], ...others } as unknown as ApiClient;
}

const options = (signal = new AbortController().signal, timeoutSeconds = 1) => {
    const lines: string[] = [];
    return { timeoutSeconds, report: (line: string) => void lines.push(line), signal, lines };
};

describe("the wait for an object", () => {
    it("reports where it stands when that changes, and nothing when it is over", async () => {
        const complete = job({ status: { conditions: [{ type: "Complete", status: "True" }] } });
        const how = options();
        const { object, problems } = await waitUntilReady(job({}), address, apiServer([job({}), complete]), how);
        assert.equal(object, complete);
        assert.deepEqual(problems, []);
        assert.deepEqual(how.lines, ["0 of 1 pods finished, 0 failed", ""]);
    });

    it("ends at the time that is allowed, and says so", async () => {
        const { problems } = await waitUntilReady(job({}), address, apiServer([job({})]), options());
        assert.deepEqual(problems, ["Job set-up: not what it should be after 1 s: 0 of 1 pods finished, 0 failed"]);
    });

    it("does not begin where an annotation says so", async () => {
        const metadata = { ...failedJob.metadata, annotations: { "pulumi.com/skipAwait": "true" } };
        const { problems } = await waitUntilReady({ ...failedJob, metadata }, address, apiServer([]), options());
        assert.deepEqual(problems, []);
    });

    it("goes on when the API server does not answer for a moment", async () => {
        const complete = job({ status: { conditions: [{ type: "Complete", status: "True" }] } });
        const how = options();
        const api = apiServer([new Error("can't be reached"), complete]);
        assert.deepEqual((await waitUntilReady(job({}), address, api, how)).problems, []);
        assert.ok(how.lines.includes("can't be reached"));
    });

    it("takes a finished Job that removed itself for complete, and any other that is gone for deleted", async () => {
        const passing = job({ spec: { ttlSecondsAfterFinished: 0 } });
        assert.deepEqual((await waitUntilReady(passing, address, apiServer([undefined]), options())).problems, []);
        const { problems } = await waitUntilReady(job({}), address, apiServer([undefined]), options());
        assert.deepEqual(problems, ["Job set-up: it was deleted while it was waited for"]);
    });

    it("ends when the person interrupts the update, and keeps the object", async () => {
        const interruption = new AbortController();
        interruption.abort();
        const result = await waitUntilReady(job({}), address, apiServer([job({})]), options(interruption.signal, 600));
        assert.match(result.problems[0] ?? "", /^Job set-up: the wait was interrupted/);
        assert.equal(result.object.metadata.name, "set-up");
    });

    it("tells of a failed Job its pod's state, the end of its log and the last warnings", async () => {
        const pod = {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "set-up-abc", namespace: "shop" },
            status: {
                phase: "Failed",
                containerStatuses: [{ name: "main", state: { terminated: { exitCode: 3, reason: "Error" } } }],
            },
        };
        const warning = (name: string, message: string, lastTimestamp: string) => ({
            involvedObject: { kind: "Pod", name },
            reason: "BackOff",
            message,
            lastTimestamp,
        });
        const asked: unknown[] = [];
        const api = apiServer([failedJob], {
            list: (async ({ kind }: { kind: string }) =>
                kind === "Pod"
                    ? [pod]
                    : [
                          warning("set-up-abc", "later", "2026-01-02T00:00:00Z"),
                          warning("set-up-abc", "first", "2026-01-01T00:00:00Z"),
                          warning("set-upper", "of another", "2026-01-03T00:00:00Z"),
                      ]) as unknown as ApiClient["list"],
            text: async (_method, path, { query } = {}) => {
                asked.push([path, query]);
                return "line 1\nno space left\n";
            },
        });
        const { problems } = await waitUntilReady(failedJob, address, api, options());
        assert.deepEqual(problems, [
            "Job set-up: the Job failed: too often",
            "pod set-up-abc: Failed",
            "  container main ended with status 3; its log ends:",
            "    line 1",
            "    no space left",
            "warning about Pod set-up-abc: BackOff: first",
            "warning about Pod set-up-abc: BackOff: later",
        ]);
        assert.deepEqual(asked, [
            ["/api/v1/namespaces/shop/pods/set-up-abc/log", { container: "main", tailLines: "20", previous: "false" }],
        ]);
    });
});

describe("the wait for an object's end", () => {
    it("ends when it is gone, or when another one has its name", async () => {
        await waitUntilGone(address, apiServer([job({}), undefined]), options());
        await waitUntilGone(address, apiServer([job({}), job({ uid: "2" })]), options());
    });

    it("says what holds it when the time is up", async () => {
        const held = job({ status: { conditions: [{ message: "1 pod is left" }] } });
        const metadata = { ...held.metadata, finalizers: ["foregroundDeletion"] };
        await assert.rejects(
            waitUntilGone(address, apiServer([{ ...held, metadata }]), options()),
            /^Error: Job set-up is still there 1 s after its deletion \(finalizers: foregroundDeletion\)\n1 pod is left$/,
        );
    });
});
