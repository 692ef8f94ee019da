// The Job elastic-setup once more: all that it made has to be as it was made, whatever Elasticsearch and Kibana show of it.

import { setTimeout as delay } from "node:timers/promises";
import type { Finding, RunningStack } from "./running-stack.ts";

const jobName = "elastic-setup";

/** Seconds for the Job to end, pulling of the image included. */
const deadline = 900;
const pause = 3;

interface Job {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
    readonly spec: {
        readonly template: { readonly metadata: { labels?: Record<string, string> }; readonly spec: object };
    };
}

/** Returns when the Job has succeeded or failed, at its deadline at the latest. */
async function ended(stack: RunningStack, name: string): Promise<void> {
    for (let waited = 0; waited <= deadline; waited += pause) {
        const { status } = JSON.parse(await stack.kubectl(["get", "job", name, "-o", "json"])) as {
            status?: { succeeded?: number; failed?: number };
        };
        if (status?.succeeded || status?.failed) {
            return;
        }
        await delay(pause * 1000);
    }
}

/** Runs a copy of the Job, and looks at what it says of each object. */
export async function setupAgain(stack: RunningStack, name: string): Promise<Finding> {
    const job = JSON.parse(await stack.kubectl(["get", "job", jobName, "-o", "json"])) as Job;
    // The Job's own labels, by which its controller finds pods, are made again.
    const labels = Object.fromEntries(
        Object.entries(job.spec.template.metadata.labels ?? {}).filter(([key]) => !/controller-uid|job-name/.test(key)),
    );
    const template = { ...job.spec.template, metadata: { ...job.spec.template.metadata, labels } };
    const copy = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name, labels: job.metadata.labels },
        spec: { backoffLimit: 0, activeDeadlineSeconds: deadline, template },
    };
    await stack.kubectl(["delete", "job", name, "--ignore-not-found", "--wait"]);
    try {
        await stack.kubectl(["create", "-f", "-"], JSON.stringify(copy));
        await ended(stack, name);
        const log = await stack.kubectl(["logs", `job/${name}`]);
        const lines = log.trimEnd().split("\n");
        const counts = lines.at(-1) ?? "";
        const changed = lines.filter((line) => /: (?:created|updated)\b/.test(line));
        const isWell = /^\{"created":0,"updated":0,"unchanged":[1-9]\d*\}$/.test(counts);
        return { passed: isWell, text: isWell ? counts : `${changed.join("; ") || lines.slice(-3).join("; ")}` };
    } finally {
        await stack.kubectl(["delete", "job", name, "--ignore-not-found", "--wait=false"]);
    }
}
