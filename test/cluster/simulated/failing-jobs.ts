// Tests of what is left of a stack that stands when `pulumi up` makes a set-up Job again and can't: all that ships, keeps
// or holds logs (docs/decisions/0020-order-behind-a-job.md).

import assert from "node:assert/strict";
import { namespaceName } from "../../../components/labels.ts";
import { run } from "../../../lab/tools/run.ts";
import { configureLabStack, failureOf, type LabStack, previewChanges, pulumi } from "../../../scripts/lab-stack.ts";
import { qualified } from "../../../settings/keys.ts";

/** An edit for each set-up Job that makes it run again. */
const jobEdits: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "elastic-setup": { [qualified("search.retentionDays")]: 29 },
    "log-setup": { [qualified("images.node")]: "registry.example/node:1" },
};

/** A Job as the API server has it, as far as it is taken over. */
interface FoundJob {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly labels: object; readonly annotations: object };
    readonly spec: {
        readonly selector: object;
        readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
    };
}

const failedCondition = 'jsonpath={.status.conditions[?(@.type=="Failed")].status}';

/** Registers the tests, in the place of the call: they leave the stack as it was. */
export function testFailingJobs(stackOf: () => LabStack): void {
    const kubectl = (...args: readonly string[]) =>
        run("kubectl", ["-n", namespaceName, ...args], { env: stackOf().environment });
    /** Kind, name and identity of all that ships, keeps or holds logs. */
    const whatLasts = () =>
        kubectl(
            "get",
            "daemonsets,deployments,statefulsets,cronjobs,persistentvolumeclaims",
            "-o",
            'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}',
        );

    /** Puts the same Job in the place of the one that is done, as one that has run and failed. */
    const putFailedJob = async (job: string): Promise<void> => {
        const { metadata, spec, ...type } = JSON.parse(await kubectl("get", "job", job, "-o", "json")) as FoundJob;
        const { name, labels, annotations } = metadata;
        const { selector: _selector, template, ...rest } = spec;
        // What the controller has written into it is of the one that is done.
        const ownLabels = Object.entries(template.metadata.labels).filter(
            ([key]) => !/controller-uid|job-name/.test(key),
        );
        const podMetadata = { ...template.metadata, labels: Object.fromEntries(ownLabels) };
        const again = {
            ...{ apiVersion: type.apiVersion, kind: type.kind },
            metadata: { name, labels, annotations },
            spec: { ...rest, suspend: true, template: { ...template, metadata: podMetadata } },
        };
        await kubectl("delete", "job", job);
        await run("kubectl", ["-n", namespaceName, "create", "--filename=-"], {
            env: stackOf().environment,
            input: JSON.stringify(again),
        });
        const now = new Date().toISOString().replace(/\.\d+/, "");
        const reason = { status: "True", reason: "BackoffLimitExceeded", lastTransitionTime: now };
        const conditions = ["FailureTarget", "Failed"].map((each) => ({ type: each, ...reason }));
        const patch = JSON.stringify({ status: { startTime: now, conditions } });
        await kubectl("patch", "job", job, "--subresource=status", "--type=merge", `--patch=${patch}`);
    };

    describe("when a set-up Job fails", () => {
        for (const [job, config] of Object.entries(jobEdits)) {
            it(`keep all that runs and holds logs without ${job}, until the next good up`, async () => {
                const stack = stackOf();
                const before = await whatLasts();
                assert.match(before, /^DaemonSet filebeat /m);
                assert.match(before, /^Deployment s3-uploader /m);
                await configureLabStack(stack, config);
                await kubectl("create", "quota", "no-jobs", "--hard=count/jobs.batch=0");
                try {
                    const output = await failureOf(pulumi(stack, ["up", "--yes", "--skip-preview"]));
                    assert.match(output, new RegExp(`jobs.batch "${job}" is forbidden: exceeded quota: no-jobs`));
                    assert.equal(await whatLasts(), before);
                } finally {
                    await kubectl("delete", "quota", "no-jobs");
                    await configureLabStack(stack, {});
                }
                await pulumi(stack, ["up", "--yes", "--skip-preview"]);
                assert.equal(await kubectl("get", "job", job, "-o", "jsonpath={.status.succeeded}"), "1");
                assert.equal(await whatLasts(), before);
                assert.deepEqual(await previewChanges(stack), []);
            });

            it(`have ${job} made again by the next up when it has failed, without an edit`, async () => {
                const stack = stackOf();
                const before = await whatLasts();
                await putFailedJob(job);
                assert.equal(await kubectl("get", "job", job, "-o", failedCondition), "True");
                await pulumi(stack, ["up", "--yes", "--skip-preview"]);
                assert.equal(await kubectl("get", "job", job, "-o", "jsonpath={.status.succeeded}"), "1");
                assert.equal(await whatLasts(), before);
                assert.deepEqual(await previewChanges(stack), []);
            });
        }
    });
}
