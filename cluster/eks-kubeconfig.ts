// The kubeconfig of an EKS cluster: the same on every machine, without a secret and without a path.

/** An EKS cluster, as AWS tells of it. */
export interface EksCluster {
    readonly name: string;
    readonly arn: string;
    readonly region: string;
    /** URL of the API server. */
    readonly endpoint: string;
    /** Certificate of the authority that signed the API server's, base64 of PEM. */
    readonly certificateAuthority: string;
    /** URL of the issuer of the cluster's service account tokens. */
    readonly issuerUrl: string;
}

/**
 * Asks the AWS CLI for a token, with the AWS credentials of the person or job that runs it, as the kubeconfig of
 * `aws eks update-kubeconfig` does.
 *
 * @param profile the AWS CLI's profile, where the stack names one in `aws:profile`
 * @see https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html
 */
export function eksKubeconfig(cluster: EksCluster, profile?: string): string {
    const { arn, endpoint, certificateAuthority, name, region } = cluster;
    const getToken = ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"];
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: arn, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } }],
        users: [
            {
                name: arn,
                user: {
                    exec: {
                        apiVersion: "client.authentication.k8s.io/v1beta1",
                        command: "aws",
                        args: [...getToken, ...(profile === undefined ? [] : ["--profile", profile])],
                        interactiveMode: "Never",
                        installHint:
                            "the stack names an EKS cluster, whose tokens the AWS CLI makes: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
                    },
                },
            },
        ],
        contexts: [{ name: arn, context: { cluster: arn, user: arn } }],
        "current-context": arn,
    });
}
