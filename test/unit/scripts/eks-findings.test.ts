// What is said of AWS's side of a stack on an EKS cluster, with the answers of the AWS CLI in the place of it.

import assert from "node:assert/strict";
import { type AwsCli, describeEksCluster, issuerFindings } from "../../../scripts/eks-findings.ts";
import { parseSettings } from "../../../settings/index.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";

const issuer = "oidc.eks.us-east-1.amazonaws.com/id/ABC";
const described = {
    name: "chattingo-prod",
    arn: "arn:aws:eks:us-east-1:123456789012:cluster/chattingo-prod",
    endpoint: "https://ABC.gr7.us-east-1.eks.amazonaws.com",
    certificateAuthority: { data: "Y2E=" },
    identity: { oidc: { issuer: `https://${issuer}` } },
};

function awsWith(providers: readonly string[]): AwsCli {
    return async (service, command, ...rest) => {
        switch (`${service} ${command}`) {
            case "eks describe-cluster":
                assert.deepEqual(rest, ["--name", "chattingo-prod", "--region", "us-east-1", "--output", "json"]);
                return JSON.stringify({ cluster: described });
            case "iam list-open-id-connect-providers":
                return JSON.stringify({ OpenIDConnectProviderList: providers.map((Arn) => ({ Arn })) });
            default:
                return assert.fail(`calls aws ${service} ${command}`);
        }
    };
}

function settingsOf(changes: Readonly<Record<string, string>> = {}) {
    const { values, origins } = readStackConfig("prod");
    return parseSettings("prod", { ...values, ...changes }, origins);
}

describe("the EKS cluster of a stack", () => {
    it("has no finding where IAM knows its token issuer", async () => {
        const aws = awsWith([`arn:aws:iam::123456789012:oidc-provider/${issuer}`]);
        const cluster = await describeEksCluster("chattingo-prod", "us-east-1", aws);
        assert.equal(cluster.endpoint, described.endpoint);
        assert.deepEqual(await issuerFindings(settingsOf(), cluster, aws), []);
    });

    it("is told of with the command that has IAM know its token issuer, where parts have roles", async () => {
        const aws = awsWith([`arn:aws:iam::123456789012:oidc-provider/${issuer}D`]);
        const cluster = await describeEksCluster("chattingo-prod", "us-east-1", aws);
        const [finding, ...others] = await issuerFindings(settingsOf(), cluster, aws);
        assert.deepEqual(others, []);
        assert.match(
            finding?.text ?? "",
            /IAM has no OpenID Connect provider.*archive\.credentials = irsa.*eksctl utils associate-iam-oidc-provider --cluster chattingo-prod/,
        );
        const withKeys = { "chattingo-logging:archive.credentials": "static" };
        assert.deepEqual(await issuerFindings(settingsOf(withKeys), cluster, aws), []);
    });

    it("is named with region and AWS's own words where AWS does not show it", async () => {
        const nobody = () => Promise.reject(new Error("ResourceNotFoundException"));
        await assert.rejects(describeEksCluster("chattingo-prod", "us-east-1", nobody), {
            message: /cluster\.eksName = chattingo-prod: .*aws:region = us-east-1.*ResourceNotFoundException/,
        });
    });
});
