// aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider

import {
    GetOpenIDConnectProviderCommand,
    type IAMClient,
    ListOpenIDConnectProvidersCommand,
} from "@aws-sdk/client-iam";
import type { AwsFunction } from "../function.ts";
import { ifThere } from "../refusals.ts";
import { fromAwsTags } from "../tags.ts";

export const getOpenIdConnectProvider: AwsFunction = {
    token: "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider",
    schema: { arn: { shape: "string" }, url: { shape: "string" } },

    async call({ iam }, { arn, url }) {
        if ((arn === undefined) === (url === undefined)) {
            throw new Error("getOpenIdConnectProvider wants either arn or url");
        }
        const found = typeof arn === "string" ? arn : await findByUrl(iam, String(url));
        const provider =
            found &&
            (await ifThere(
                iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: found })),
                "NoSuchEntityException",
            ));
        if (!provider) {
            throw new Error(
                `IAM has no OpenID Connect provider ${arn ?? url}; make one for the cluster (eksctl utils associate-iam-oidc-provider)`,
            );
        }
        return {
            arn: found,
            clientIdLists: provider.ClientIDList ?? [],
            id: found,
            tags: fromAwsTags(provider.Tags),
            thumbprintLists: provider.ThumbprintList ?? [],
            url: provider.Url,
        };
    },
};

/** ARN of the provider of an issuer, which IAM names after the issuer's URL without its scheme. */
async function findByUrl(iam: IAMClient, url: string): Promise<string | undefined> {
    const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    const suffix = `:oidc-provider/${url.replace(/^https:\/\//, "")}`;
    return OpenIDConnectProviderList.find(({ Arn }) => Arn?.endsWith(suffix))?.Arn;
}
