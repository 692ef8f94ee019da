// Whether AWS accepts the credentials: asked once, before anything is planned or changed.

import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Clients } from "./clients.ts";

/** Credentials that are missing, expired or refused, or an AWS that does not answer. */
class CredentialsError extends Error {
    constructor(message: string, cause: unknown) {
        super(message, { cause });
        this.name = "CredentialsError";
    }
}

const howToSet =
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (for example after aws sso login), or pulumi config set aws:profile";

/**
 * Asks AWS who the credentials belong to.
 *
 * @throws CredentialsError that says what is wrong with them and how to fix it; nothing has been changed then
 */
export async function validateCredentials({ region, sts }: Clients): Promise<void> {
    try {
        await sts.send(new GetCallerIdentityCommand({}));
    } catch (error) {
        throw explain(error, region);
    }
}

/**
 * Asks AWS which account the credentials are of.
 *
 * @throws Error, in the words of the official provider, when it is none of the allowed ones
 */
export async function assertAllowedAccount({ sts }: Clients, allowedAccountIds: readonly string[]): Promise<void> {
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined || !allowedAccountIds.includes(Account)) {
        throw new Error(`AWS account ID not allowed: ${Account}`);
    }
}

/** The error of a first call to AWS in words that say what to do. */
export function explain(error: unknown, region: string): CredentialsError {
    const { name, message, code } = describe(error);
    const say = (what: string) =>
        new CredentialsError(`${what} (AWS says: ${name}: ${message}). Nothing has been changed.`, error);
    switch (name) {
        case "CredentialsProviderError":
            return say(`no AWS credentials were found; ${howToSet}`);
        case "ExpiredToken":
        case "ExpiredTokenException":
        case "RequestExpired":
            return say("the AWS credentials have expired; renew them (for example with aws sso login) and try again");
        case "InvalidClientTokenId":
        case "UnrecognizedClientException":
            return say(`AWS does not know the access key; ${howToSet}`);
        case "SignatureDoesNotMatch":
            return say("the AWS secret access key does not belong to the access key; correct AWS_SECRET_ACCESS_KEY");
        default:
            return code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "ETIMEDOUT" || code === "ECONNRESET"
                ? say(`AWS cannot be reached in region ${region}; check the network and AWS_ENDPOINT_URL`)
                : say("AWS does not accept the credentials");
    }
}

function describe(error: unknown): { name: string; message: string; code: string | undefined } {
    if (!(error instanceof Error)) {
        return { name: "error", message: String(error), code: undefined };
    }
    const { code } = error as NodeJS.ErrnoException;
    return { name: error.name, message: error.message || code || "no reason given", code };
}
