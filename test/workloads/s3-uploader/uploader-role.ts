// The role that a stack gives the uploader, in the emulated AWS.

import { CreateRoleCommand, type IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { uploaderPolicy } from "../../../components/iam-policies.ts";

const keyArn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/** Makes the role with the rights that the stack's policy gives it on a bucket, and returns its ARN. */
export async function makeUploaderRole(iam: IAMClient, trustPolicy: object, bucketName: string): Promise<string> {
    const { Role } = await iam.send(
        new CreateRoleCommand({ RoleName: "uploader", AssumeRolePolicyDocument: JSON.stringify(trustPolicy) }),
    );
    await iam.send(
        new PutRolePolicyCommand({
            RoleName: "uploader",
            PolicyName: "archive",
            PolicyDocument: JSON.stringify(uploaderPolicy(`arn:aws:s3:::${bucketName}`, keyArn)),
        }),
    );
    return Role?.Arn ?? "";
}
