// Tests of which cluster a stack goes to, whatever the kubeconfig of a machine says, and of what is refused there.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { unreachableEksCluster } from "../../../lab/aws/emulated-aws.ts";
import { run } from "../../../lab/tools/run.ts";
import {
    configureLabStack,
    failureOf,
    type LabStack,
    prepareLabStack,
    previewChanges,
    pulumi,
} from "../../../scripts/lab-stack.ts";
import { qualified } from "../../../settings/keys.ts";

/** A stack that names no cluster. */
const ambient = { [qualified("cluster.eksName")]: undefined, [qualified("archive.credentials")]: "static" };

const upNow = ["up", "--yes", "--skip-preview"] as const;

/** Calls `work` with a kubeconfig whose current context is another cluster, which nobody can reach. */
async function withOtherContext<T>(stack: LabStack, work: (KUBECONFIG: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "other-context-"));
    try {
        const file = join(folder, "kubeconfig");
        const config = JSON.parse(await readFile(stack.environment.KUBECONFIG ?? assert.fail("no kubeconfig"), "utf8"));
        const other = { name: "staging", cluster: { server: "https://127.0.0.1:1" } };
        const context = { cluster: other.name, user: config.users[0].name };
        config.clusters.push(other);
        config.contexts.push({ name: other.name, context });
        await writeFile(file, JSON.stringify({ ...config, "current-context": other.name }), { mode: 0o600 });
        return await work(file);
    } finally {
        await rm(folder, { recursive: true });
    }
}

function uidOfNamespace(stack: LabStack): Promise<string> {
    const get = ["get", "namespace", "chattingo", "--output=jsonpath={.metadata.uid}"];
    return run("kubectl", get, { env: stack.environment });
}

/** URNs of what is in the state. */
async function resourcesIn(stack: LabStack): Promise<readonly string[]> {
    const state = JSON.parse(await pulumi(stack, ["stack", "export"])) as {
        readonly deployment: { readonly resources?: readonly { readonly urn: string }[] };
    };
    return (state.deployment.resources ?? []).map(({ urn }) => urn);
}

/** Registers the tests of a stack that is nowhere yet, in the place of the call. */
export function testBeforeFirstUp(stackOf: () => LabStack): void {
    const kubernetesSteps = async (stack: LabStack) =>
        (await previewChanges(stack)).filter(({ type }) => type.startsWith("kubernetes:"));

    it("previews with a warning where the cluster can't be reached, and brings nothing up", async () => {
        const compliance = await prepareLabStack("simulated", "compliance", {
            [qualified("cluster.eksName")]: unreachableEksCluster,
        });
        const said = await pulumi(compliance, ["preview"]);
        assert.match(said, /cluster of stack compliance can't be asked .*This preview goes by the state alone/s);
        assert.match(said, /kubernetes:core\/v1:Namespace/);
        const refused = await failureOf(pulumi(compliance, upNow));
        assert.match(refused, /cluster of stack compliance can't be asked .*127\.0\.0\.1:1.*Nothing was provisioned/s);
        const state = await pulumi(compliance, ["stack", "export"]);
        assert.ok(!state.includes("kubernetes:core/v1:Namespace") && !state.includes("aws:s3/bucket:Bucket"), state);
    });

    it("names the EKS cluster that AWS does not show, and the account that is not allowed", async () => {
        const unknown = await prepareLabStack("simulated", "compliance", {
            [qualified("cluster.eksName")]: "chattingo-complianse",
        });
        const refused = await failureOf(pulumi(unknown, ["preview"]));
        assert.match(refused, /cluster\.eksName = chattingo-complianse: AWS does not show this EKS cluster/);
        assert.match(refused, /aws:region, us-east-1/);
        const elsewhere = await prepareLabStack("simulated", "compliance", {
            "aws:allowedAccountIds": ["210987654321"],
        });
        assert.match(await failureOf(pulumi(elsewhere, ["preview"])), /AWS account ID not allowed: 123456789012/);
        const allowed = await prepareLabStack("simulated", "compliance", { "aws:allowedAccountIds": ["123456789012"] });
        assert.ok((await kubernetesSteps(allowed)).length > 20);
    });

    it("goes by the context that a stack outside EKS names, and refuses one that is not there", async () => {
        const context = qualified("cluster.context");
        const there = { ...ambient, [context]: "chattingo-lab-simulated" };
        const stack = await prepareLabStack("simulated", "compliance", there);
        await withOtherContext(stack, async (KUBECONFIG) => {
            const environment = { KUBECONFIG };
            const said = await pulumi(stack, ["preview"], { environment });
            assert.doesNotMatch(said, /can't be asked/);
            await prepareLabStack("simulated", "compliance", { ...ambient, [context]: "production" });
            const refused = await failureOf(pulumi(stack, ["preview"], { environment }));
            assert.match(refused, /cluster\.context = production: .*nothing was provisioned/);
            assert.match(refused, /Expected: one of chattingo-lab-simulated, staging/);
        });
        await prepareLabStack("simulated", "compliance");
    });

    it("refuses a volume for one node where several have logs, with a single Elasticsearch too", async () => {
        const dev = await prepareLabStack("simulated", "dev");
        for (const command of [["preview"], upNow]) {
            const refused = await failureOf(pulumi(dev, command));
            assert.match(refused, /stack dev does not fit its cluster, and nothing was provisioned/);
            assert.match(refused, /archive\.volumeAccessMode is ReadWriteOnce.*on \d+ nodes.*ReadWriteMany/);
        }
    });

    it("keeps what the stack made before it named its cluster", async () => {
        const stack = stackOf();
        await configureLabStack(stack, ambient);
        try {
            await pulumi(stack, [...upNow, "--target", "**LoggingNamespace**"]);
        } finally {
            await configureLabStack(stack, {});
        }
        const before = await uidOfNamespace(stack);
        assert.deepEqual(
            (await previewChanges(stack)).filter(({ operation }) => /replace|delete/.test(operation)),
            [],
        );
        await pulumi(stack, upNow);
        assert.equal(await uidOfNamespace(stack), before);
    });
}

/** Registers the tests of a stack that is up, in the place of the call: they leave it as it was. */
export function testNamedCluster(stackOf: () => LabStack): void {
    it("goes to its EKS cluster where the kubeconfig leads elsewhere, or is none, and shows no change there", async () => {
        const stack = stackOf();
        const unchanged = ["preview", "--expect-no-changes"];
        const missing = `${stack.configFile}.there-is-no-such-kubeconfig`;
        await pulumi(stack, unchanged, { environment: { KUBECONFIG: missing } });
        await withOtherContext(stack, async (KUBECONFIG) => {
            const said = await pulumi(stack, unchanged, { environment: { KUBECONFIG } });
            assert.doesNotMatch(said, /can't be asked/);
            await pulumi(stack, ["refresh", "--yes", "--skip-preview", "--expect-no-changes"], {
                environment: { KUBECONFIG },
            });
        });
        // The refresh has noted that DaemonSets are not ready on the node that is down, which the next up looks at again.
        await pulumi(stack, upNow);
    });

    it("keeps no path of the machine in its state", async () => {
        const stack = stackOf();
        const state = await pulumi(stack, ["stack", "export"]);
        assert.ok(state.includes("client.authentication.k8s.io"), "the provider's kubeconfig is not there");
        for (const path of [stack.environment.KUBECONFIG ?? assert.fail(), homedir()]) {
            assert.ok(!state.includes(path), path);
        }
    });

    it("says that the AWS CLI gives no token, and leaves the resources in the state", async () => {
        const stack = stackOf();
        const folder = await mkdtemp(join(tmpdir(), "aws-without-token-"));
        try {
            await writeFile(join(folder, "aws"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
            const before = await resourcesIn(stack);
            const PATH = [folder, stack.environment.PATH].join(delimiter);
            const refused = await failureOf(pulumi(stack, upNow, { environment: { PATH } }));
            assert.match(
                refused,
                /cluster of stack prod can't be asked .*executable aws failed.*Nothing was provisioned/s,
            );
            assert.deepEqual(await resourcesIn(stack), before);
        } finally {
            await rm(folder, { recursive: true });
        }
    });
}
