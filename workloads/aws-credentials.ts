// Where programs in pods have their AWS credentials from: the role of their ServiceAccount, or the Secret with static ones.
// It stands in bundles for the chain of the AWS SDK, which knows a dozen sources more that no pod of this system has, among
// them the node's own credentials, which none is to use.

import { fromEnv } from "@aws-sdk/credential-provider-env";
import { memoizeChain } from "@aws-sdk/credential-provider-node/dist-es/runtime/memoize-chain.js";
import { fromTokenFile } from "@aws-sdk/credential-provider-web-identity";

type TokenFileInit = NonNullable<Parameters<typeof fromTokenFile>[0]>;
type Credentials = Awaited<ReturnType<ReturnType<typeof fromEnv>>>;

/** Milliseconds before their end at which credentials are fetched anew, as the SDK's own chain does. */
const freshFor = 300_000;

/** Credentials are given for a time, and have to be fetched again. */
export function credentialsWillNeedRefresh({ expiration }: Credentials): boolean {
    return expiration !== undefined;
}

/** Whether credentials are to be fetched again now. */
export function credentialsTreatedAsExpired({ expiration }: Credentials): boolean {
    return expiration !== undefined && expiration.getTime() - Date.now() < freshFor;
}

/**
 * The default of the SDK's clients in a bundle: `AWS_ACCESS_KEY_ID` and its secret, else the token that
 * `AWS_WEB_IDENTITY_TOKEN_FILE` names, as EKS sets it up
 * (https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html).
 *
 * @throws an error, when credentials are asked for, that names both
 */
export function defaultProvider(init: TokenFileInit = {}) {
    const none = async (): Promise<never> => {
        throw Object.assign(
            new Error(
                "there are no AWS credentials: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
            ),
            { name: "CredentialsProviderError" },
        );
    };
    return memoizeChain([fromEnv(init), fromTokenFile(init), none], credentialsTreatedAsExpired);
}
