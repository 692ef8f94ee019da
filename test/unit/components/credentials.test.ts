// The two ways in which the uploader gets its AWS credentials.

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { TokenIssuer } from "../../../cluster/find-token-issuer.ts";
import { type PolicyDocument, uploaderPolicy } from "../../../components/iam-policies.ts";
import { ServiceAccountRole } from "../../../components/service-account-role.ts";
import { StaticCredentials } from "../../../components/static-credentials.ts";
import { resolved } from "../../../scripts/recording-engine.ts";
import { declared } from "./mocked-program.ts";

const policy = uploaderPolicy("arn:aws:s3:::chattingo-logs", "arn:aws:kms:us-east-1:123456789012:key/1");

const issuer = "oidc.eks.us-east-1.amazonaws.com/id/ABC";
const tokenIssuer = {
    clusterName: "chattingo-prod",
    url: `https://${issuer}`,
    providerArn: `arn:aws:iam::123456789012:oidc-provider/${issuer}`,
};

const role = (changes: Partial<{ tokenIssuer: TokenIssuer; namespace: string; serviceAccountName: string }> = {}) => {
    const args = { tokenIssuer, namespace: "chattingo", serviceAccountName: "s3-uploader", policy, ...changes };
    return new ServiceAccountRole("s3-uploader", args);
};

describe("ServiceAccountRole", () => {
    it("can be assumed by the ServiceAccount, by the issuer and the provider of the cluster", async () => {
        const { assumeRolePolicy } = (await declared(() => role())).inputs("aws:iam/role:Role");
        const [statement] = (JSON.parse(String(assumeRolePolicy)) as PolicyDocument).Statement;
        assert.ok(statement);
        const { Federated } = statement.Principal as { readonly Federated: string };
        assert.equal(Federated, tokenIssuer.providerArn);
        assert.deepEqual(statement.Condition, {
            StringEquals: {
                [`${issuer}:aud`]: "sts.amazonaws.com",
                [`${issuer}:sub`]: "system:serviceaccount:chattingo:s3-uploader",
            },
        });
    });

    it("is another role in another cluster, namespace or for another ServiceAccount", async () => {
        const trust = async (changes: Parameters<typeof role>[0]) =>
            (await declared(() => role(changes))).inputs("aws:iam/role:Role").assumeRolePolicy;
        const policies = [
            await trust({}),
            await trust({ tokenIssuer: { ...tokenIssuer, url: "https://oidc.eks.us-east-1.amazonaws.com/id/DEF" } }),
            await trust({ namespace: "other" }),
            await trust({ serviceAccountName: "other" }),
        ];
        assert.equal(new Set(policies).size, policies.length);
    });

    it("can do what its policy says", async () => {
        const found = await declared(() => role());
        assert.deepEqual(JSON.parse(String(found.inputs("aws:iam/rolePolicy:RolePolicy").policy)), policy);
        assert.deepEqual(found.types().toSorted(), ["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"]);
    });

    it("has the ARN that the ServiceAccount is annotated with", async () => {
        let component: ServiceAccountRole | undefined;
        await declared(() => {
            component = role();
        });
        assert.equal(await resolved(component?.roleArn), "arn:aws:iam::123456789012:role/s3-uploader");
    });
});

describe("StaticCredentials", () => {
    it("are a user with the policy, and its key", async () => {
        const found = await declared(() => new StaticCredentials("s3-uploader", { policy }));
        const { user, policy: rights } = found.inputs("aws:iam/userPolicy:UserPolicy");
        assert.equal(user, "s3-uploader");
        assert.deepEqual(JSON.parse(String(rights)), policy);
        assert.equal(found.inputs("aws:iam/accessKey:AccessKey").user, "s3-uploader");
    });

    it("keep the secret part secret", async () => {
        let component: StaticCredentials | undefined;
        await declared(() => {
            component = new StaticCredentials("s3-uploader", { policy });
        });
        assert.equal(await pulumi.isSecret(component?.secretAccessKey as pulumi.Output<string>), true);
        assert.equal(await resolved(component?.accessKeyId), "AKIAIOSFODNN7EXAMPLE");
    });
});
