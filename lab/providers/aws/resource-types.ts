// Every resource type that the provider covers.

import type { ResourceType } from "./resource-type.ts";
import { accessKey } from "./resources/iam-access-key.ts";
import { policy } from "./resources/iam-policy.ts";
import { role } from "./resources/iam-role.ts";
import { rolePolicy } from "./resources/iam-role-policy.ts";
import { rolePolicyAttachment } from "./resources/iam-role-policy-attachment.ts";
import { user } from "./resources/iam-user.ts";
import { userPolicy } from "./resources/iam-user-policy.ts";
import { userPolicyAttachment } from "./resources/iam-user-policy-attachment.ts";
import { alias } from "./resources/kms-alias.ts";
import { key } from "./resources/kms-key.ts";
import { bucket } from "./resources/s3-bucket.ts";
import { bucketEncryption } from "./resources/s3-bucket-encryption.ts";
import { bucketLifecycle } from "./resources/s3-bucket-lifecycle.ts";
import { bucketObjectLock } from "./resources/s3-bucket-object-lock.ts";
import { bucketOwnershipControls } from "./resources/s3-bucket-ownership-controls.ts";
import { bucketPolicy } from "./resources/s3-bucket-policy.ts";
import { bucketPublicAccessBlock } from "./resources/s3-bucket-public-access-block.ts";
import { bucketVersioning } from "./resources/s3-bucket-versioning.ts";

/** Resource types by their Pulumi tokens. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
    [
        accessKey,
        alias,
        bucket,
        bucketEncryption,
        bucketLifecycle,
        bucketObjectLock,
        bucketOwnershipControls,
        bucketPolicy,
        bucketPublicAccessBlock,
        bucketVersioning,
        key,
        policy,
        role,
        rolePolicy,
        rolePolicyAttachment,
        user,
        userPolicy,
        userPolicyAttachment,
    ].map((type) => [type.token, type]),
);
