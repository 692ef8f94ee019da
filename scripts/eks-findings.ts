// What AWS lacks of what a stack on an EKS cluster counts on, asked with the AWS CLI, which makes the cluster's tokens too.

import type { EksCluster } from "../cluster/eks-kubeconfig.ts";
import { howToTrustIssuer } from "../cluster/find-token-issuer.ts";
import type { Settings } from "../settings/index.ts";
import type { Finding } from "./cluster-findings.ts";

/** Runs the AWS CLI and returns what it prints. */
export type AwsCli = (...args: readonly string[]) => Promise<string>;

/** https://docs.aws.amazon.com/cli/latest/reference/eks/describe-cluster.html */
interface DescribedCluster {
    readonly arn: string;
    readonly endpoint: string;
    readonly certificateAuthority: { readonly data: string };
    readonly identity: { readonly oidc: { readonly issuer: string } };
}

/**
 * The EKS cluster of the name, as the program itself finds it.
 *
 * @throws an error that names the setting, the region and what AWS says
 */
export async function describeEksCluster(name: string, region: string, aws: AwsCli): Promise<EksCluster> {
    const text = await aws("eks", "describe-cluster", "--name", name, "--region", region, "--output", "json").catch(
        (error: unknown) => {
            throw new Error(
                `cluster.eksName = ${name}: AWS does not show this EKS cluster in aws:region = ${region} to these credentials: ${error instanceof Error ? error.message : error}`,
            );
        },
    );
    const { cluster } = JSON.parse(text) as { readonly cluster: DescribedCluster };
    const { arn, endpoint, certificateAuthority, identity } = cluster;
    return {
        name,
        arn,
        region,
        endpoint,
        certificateAuthority: certificateAuthority.data,
        issuerUrl: identity.oidc.issuer,
    };
}

/** Whether IAM knows the issuer of the cluster's tokens, where parts of the stack have roles. */
export async function issuerFindings(
    { archive }: Settings,
    { name, region, issuerUrl }: EksCluster,
    aws: AwsCli,
): Promise<readonly Finding[]> {
    if (archive.credentials.kind !== "irsa") {
        return [];
    }
    const text = await aws(...["iam", "list-open-id-connect-providers", "--region", region, "--output", "json"]);
    const { OpenIDConnectProviderList: providers } = JSON.parse(text) as {
        readonly OpenIDConnectProviderList: readonly { readonly Arn: string }[];
    };
    // IAM names a provider after its URL without the scheme.
    const suffix = `:oidc-provider/${issuerUrl.replace("https://", "")}`;
    return providers.some(({ Arn }) => Arn.endsWith(suffix))
        ? []
        : [
              {
                  kind: "open",
                  text: `IAM has no OpenID Connect provider for the token issuer of the EKS cluster ${name}, which archive.credentials = irsa counts on: pulumi up fails at the roles of uploader and restore. Make one: ${howToTrustIssuer(name, region)}`,
              },
          ];
}
