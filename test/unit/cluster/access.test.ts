// How a stack's cluster is reached, and what is refused before anything is made there.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import { clusterAccess } from "../../../cluster/access.ts";
import { type EksCluster, eksKubeconfig } from "../../../cluster/eks-kubeconfig.ts";
import { assertContext } from "../../../cluster/known-context.ts";
import { withKubectl } from "../../../cluster/kubectl.ts";
import { refuseOtherCluster } from "../../../cluster/other-cluster.ts";

const eks: EksCluster = {
    name: "chattingo-prod",
    arn: "arn:aws:eks:us-east-1:123456789012:cluster/chattingo-prod",
    region: "us-east-1",
    endpoint: "https://ABC.gr7.us-east-1.eks.amazonaws.com",
    certificateAuthority: "Y2E=",
    issuerUrl: "https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
};
const nothingSet = () => undefined;

/** Fails unless the work is refused without a stack trace, in words that match. */
async function refused(work: () => unknown, words: RegExp): Promise<void> {
    await assert.rejects(
        async () => work(),
        (error) => RunError.isInstance(error) && words.test(error.message),
    );
}

describe("the way to a stack's cluster", () => {
    it("is what AWS tells of an EKS cluster, with a token of the AWS CLI, and holds neither path nor secret", () => {
        const { kubeconfig = "", context } = clusterAccess({ eksName: eks.name }, eks, nothingSet);
        assert.equal(context, undefined);
        const { clusters, users, contexts, ...rest } = JSON.parse(kubeconfig);
        assert.deepEqual(clusters, [
            { name: eks.arn, cluster: { server: eks.endpoint, "certificate-authority-data": "Y2E=" } },
        ]);
        assert.deepEqual(contexts, [{ name: eks.arn, context: { cluster: eks.arn, user: eks.arn } }]);
        assert.equal(rest["current-context"], eks.arn);
        const { command, args } = users[0].user.exec;
        assert.equal(
            [command, ...args].join(" "),
            "aws --region us-east-1 eks get-token --cluster-name chattingo-prod --output json",
        );
        assert.equal(eksKubeconfig(eks), kubeconfig);
    });

    it("takes the profile of the AWS provider along", () => {
        const { kubeconfig = "" } = clusterAccess({ eksName: eks.name }, eks, (key) =>
            key === "aws:profile" ? "logging" : undefined,
        );
        assert.deepEqual(JSON.parse(kubeconfig).users[0].user.exec.args.slice(-2), ["--profile", "logging"]);
    });

    it("is the context of a cluster outside EKS, and the provider's own settings where the stack names none", () => {
        assert.deepEqual(clusterAccess({ context: "on-premises" }, undefined, nothingSet), { context: "on-premises" });
        assert.deepEqual(clusterAccess({}, undefined, nothingSet), { kubeconfig: undefined, context: undefined });
        const folder = mkdtempSync(join(tmpdir(), "cluster-access-"));
        try {
            const file = join(folder, "kubeconfig");
            writeFileSync(file, "kind: Config");
            for (const value of [file, "kind: Config"]) {
                assert.deepEqual(
                    clusterAccess({}, undefined, (key) => (key === "kubernetes:kubeconfig" ? value : undefined)),
                    { kubeconfig: "kind: Config", context: undefined },
                );
            }
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("is refused when settings of the Kubernetes provider name another one beside it", async () => {
        const beside = (key: string) => (key === "kubernetes:context" ? "staging" : undefined);
        await refused(
            () => clusterAccess({ eksName: eks.name }, eks, beside),
            /kubernetes:context is set beside cluster\.eksName = chattingo-prod.*pulumi config rm kubernetes:context/,
        );
        await refused(
            () => clusterAccess({ context: "on-premises" }, undefined, beside),
            /kubernetes:context is set beside cluster\.context = on-premises/,
        );
    });
});

describe("the context that a stack names", () => {
    it("is refused with those that there are and the fix, where the kubeconfig has it not", async () => {
        const kubectl = async (...args: readonly string[]) => {
            assert.deepEqual(args, ["config", "get-contexts", "--output=name"]);
            return "kind-chattingo\nstaging\n";
        };
        await assertContext("onprem", "staging", kubectl);
        await refused(
            () => assertContext("onprem", "production", kubectl),
            /cluster\.context = production: .*no such context.*Expected: one of kind-chattingo, staging.*pulumi config set --stack onprem chattingo-logging:cluster\.context/,
        );
        await refused(
            () => assertContext("onprem", "production", async () => ""),
            /Expected: one of none: KUBECONFIG names no kubeconfig/,
        );
    });
});

describe("a stack that is in another EKS cluster", () => {
    const other = eks.arn.replace("prod", "staging");

    it("is refused while that one is there, with both names and the ways out", async () => {
        await refused(
            () => refuseOtherCluster("prod", other, eks, async (name) => name === "chattingo-staging"),
            /cluster\.eksName = chattingo-prod: the stack is in the EKS cluster chattingo-staging.*Expected: chattingo-staging.*pulumi destroy --stack prod/,
        );
    });

    it("is let go on when that one is gone, when it is the same, and when there was none", async () => {
        const nobody = async () => false;
        await refuseOtherCluster("prod", other, eks, nobody);
        const askNobody = () => assert.fail("AWS is asked");
        for (const last of [eks.arn, null, undefined]) {
            await refuseOtherCluster("prod", last, eks, askNobody);
        }
    });
});

describe("kubectl for a cluster", () => {
    it("reads a given kubeconfig from a file of this user alone, which is gone afterwards", async () => {
        const before = process.env.TMPDIR;
        const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
        process.env.TMPDIR = folder;
        try {
            const shown = await withKubectl({ kubeconfig: eksKubeconfig(eks) }, async (kubectl) => {
                const [own = ""] = readdirSync(folder);
                assert.equal(statSync(join(folder, own, "kubeconfig")).mode & 0o777, 0o600);
                return kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");
            });
            assert.equal(shown, eks.endpoint);
            assert.deepEqual(readdirSync(folder), []);
        } finally {
            process.env.TMPDIR = before;
            if (before === undefined) {
                delete process.env.TMPDIR;
            }
            rmSync(folder, { recursive: true });
        }
    });

    it("goes by the context that it is given, and fails with the last line that kubectl prints", async () => {
        const missing = withKubectl({ kubeconfig: eksKubeconfig(eks), context: "none" }, (kubectl) =>
            kubectl("get", "--raw", "/apis"),
        );
        await assert.rejects(missing, { message: 'error: context "none" does not exist' });
    });
});
