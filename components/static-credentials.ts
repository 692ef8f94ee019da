// An IAM user with an access key, for clusters that cannot give a ServiceAccount an IAM role.

import { AccessKey } from "@pulumi/aws/iam/accessKey.js";
import { User } from "@pulumi/aws/iam/user.js";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyDocument } from "./iam-policies.ts";

/** What {@link StaticCredentials} need. */
export interface StaticCredentialsArgs {
    /** What the user may do. */
    readonly policy: pulumi.Input<PolicyDocument>;
}

/** Provisions the user and its key. */
export class StaticCredentials extends pulumi.ComponentResource {
    /** Known when the user has its rights. */
    readonly accessKeyId: pulumi.Output<string>;
    /** Secret, in the state too. */
    readonly secretAccessKey: pulumi.Output<string>;

    constructor(name: string, args: StaticCredentialsArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:StaticCredentials", name, {}, options);

        const user = new User(name, {}, { parent: this });
        const rights = new UserPolicy(
            name,
            { user: user.name, policy: pulumi.jsonStringify(args.policy) },
            { parent: this },
        );
        const key = new AccessKey(name, { user: rights.user }, { parent: this });

        this.accessKeyId = key.id;
        this.secretAccessKey = pulumi.secret(key.secret);
        this.registerOutputs({ accessKeyId: this.accessKeyId, secretAccessKey: this.secretAccessKey });
    }
}
