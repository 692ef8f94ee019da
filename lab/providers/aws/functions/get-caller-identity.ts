// aws:index/getCallerIdentity:getCallerIdentity

import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { AwsFunction } from "../function.ts";

export const getCallerIdentity: AwsFunction = {
    token: "aws:index/getCallerIdentity:getCallerIdentity",
    schema: {},

    async call({ sts }) {
        const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
        return { accountId: Account, arn: Arn, id: Account, userId: UserId };
    },
};
