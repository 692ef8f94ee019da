// aws:iam/accessKey:AccessKey. Encryption of the secret with a PGP key and the SES password are not covered.

import {
    CreateAccessKeyCommand,
    DeleteAccessKeyCommand,
    type IAMClient,
    paginateListAccessKeys,
    type StatusType,
    UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { ifThere } from "../refusals.ts";
import { resourceType } from "../resource-type.ts";

interface AccessKeyInputs {
    readonly status: StatusType;
    readonly user: string;
}

export const accessKey = resourceType<AccessKeyInputs>({
    token: "aws:iam/accessKey:AccessKey",
    schema: {
        status: { shape: "string", default: "Active" },
        user: { shape: "string", required: true, change: "replaces" },
    },
    computed: ["createDate", "secret"],
    secrets: ["secret"],
    address: [],
    tagged: false,
    global: true,

    async create({ iam }, { inputs }) {
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: inputs.user }));
        if (AccessKey?.AccessKeyId === undefined || AccessKey.SecretAccessKey === undefined) {
            throw new Error(`AWS made an access key for user ${inputs.user} without showing it`);
        }
        return { id: AccessKey.AccessKeyId, shownOnce: { secret: AccessKey.SecretAccessKey } };
    },

    async finish({ iam }, id, { inputs }) {
        if (inputs.status !== "Active") {
            await setStatus(iam, inputs.user, id, inputs.status);
        }
    },

    async read({ iam }, id, state) {
        if (typeof state.user !== "string") {
            throw new Error(`access key ${id} cannot be imported: AWS shows the secret of a key only when it is made`);
        }
        const found = await ifThere(find(iam, state.user, id), "NoSuchEntityException");
        return (
            found && {
                properties: { createDate: found.CreateDate?.toISOString(), status: found.Status, user: found.UserName },
            }
        );
    },

    async update({ iam }, id, { inputs }) {
        await setStatus(iam, inputs.user, id, inputs.status);
    },

    async delete({ iam }, id, state) {
        await ifThere(
            iam.send(new DeleteAccessKeyCommand({ AccessKeyId: id, UserName: String(state.user) })),
            "NoSuchEntityException",
        );
    },
});

async function find(iam: IAMClient, user: string, id: string) {
    for await (const page of paginateListAccessKeys({ client: iam }, { UserName: user })) {
        const found = page.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
        if (found) {
            return found;
        }
    }
    return undefined;
}

async function setStatus(iam: IAMClient, user: string, id: string, status: StatusType): Promise<void> {
    await iam.send(new UpdateAccessKeyCommand({ AccessKeyId: id, Status: status, UserName: user }));
}
