import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
    CreateRoleCommand,
    IAMClient,
    ListOpenIDConnectProvidersCommand,
    PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { emulatedAwsRegion, operatorCredentials } from "../../../lab/aws/emulated-aws.ts";
import { TestS3 } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";

const subject = "system:serviceaccount:chattingo:s3-uploader";

describe("The uploader with a role of its ServiceAccount", () => {
    let s3: TestS3;
    let bed: UploaderBed;

    before(async () => {
        s3 = await TestS3.start();
        bed = await UploaderBed.make();
    });
    after(async () => {
        await s3.stop();
        await bed.remove();
    });

    it("needs no more than to put and read objects and to list the bucket", async () => {
        const bucket = await s3.newBucket();
        const iam = new IAMClient({
            endpoint: s3.endpoint,
            region: emulatedAwsRegion,
            credentials: operatorCredentials,
        });
        const allow = (Action: string | string[], Resource: string) => ({ Effect: "Allow", Action, Resource });
        const { OpenIDConnectProviderList: providers } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
        const provider = providers?.[0]?.Arn ?? "";
        const issuer = provider.slice(provider.indexOf("/") + 1);
        const trust = {
            Effect: "Allow",
            Action: "sts:AssumeRoleWithWebIdentity",
            Principal: { Federated: provider },
            Condition: { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: "sts.amazonaws.com" } },
        };
        const { Role } = await iam.send(
            new CreateRoleCommand({
                RoleName: "uploader",
                AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
            }),
        );
        await iam.send(
            new PutRolePolicyCommand({
                RoleName: "uploader",
                PolicyName: "archive",
                PolicyDocument: JSON.stringify({
                    Version: "2012-10-17",
                    Statement: [
                        allow(["s3:PutObject", "s3:GetObject"], `arn:aws:s3:::${bucket.name}/*`),
                        allow("s3:ListBucket", `arn:aws:s3:::${bucket.name}`),
                    ],
                }),
            }),
        );
        iam.destroy();
        await bed.archive("app_application_20250910_120000.log.gz", "a\n");
        const token = join(bed.root, "token");
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const claims = { iss: `https://${issuer}`, sub: subject, aud: ["sts.amazonaws.com"] };
        await writeFile(token, `${part({ alg: "RS256" })}.${part(claims)}.${part("signature")}`);
        const run = await bed.once(await bed.config(bucket.name), {
            AWS_ENDPOINT_URL: s3.endpoint,
            AWS_REGION: emulatedAwsRegion,
            AWS_ROLE_ARN: Role?.Arn ?? "",
            AWS_WEB_IDENTITY_TOKEN_FILE: token,
        });
        assert.equal(run.status, 0, run.stdout);
        assert.equal((await bucket.keys()).length, 2);
        assert.deepEqual(await bed.localFiles(), []);
    });
});
