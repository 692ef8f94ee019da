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
        }
    });
}
