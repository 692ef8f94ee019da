// aws:kms/alias:Alias

import {
    type AliasListEntry,
    CreateAliasCommand,
    DeleteAliasCommand,
    type KMSClient,
    paginateListAliases,
    UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import { ifThere } from "../refusals.ts";
import { regionRule, resourceType, type Value } from "../resource-type.ts";

interface AliasInputs {
    readonly name: string;
    readonly region?: string;
    readonly targetKeyId: string;
}

export const alias = resourceType<AliasInputs>({
    token: "aws:kms/alias:Alias",
    schema: {
        name: { shape: "string", required: true, change: "replaces" },
        region: regionRule,
        targetKeyId: { shape: "string", required: true, same: sameKey },
    },
    computed: ["arn", "targetKeyArn"],
    address: ["name"],
    tagged: false,

    async create({ kms }, { inputs }) {
        await kms.send(new CreateAliasCommand({ AliasName: inputs.name, TargetKeyId: inputs.targetKeyId }));
        return { id: inputs.name };
    },

    async read({ kms }, id) {
        const found = await find(kms, id);
        return (
            found && {
                properties: {
                    name: id,
                    targetKeyId: found.TargetKeyId,
                    arn: found.AliasArn,
                    targetKeyArn: found.AliasArn?.replace(/:alias\/.*$/, `:key/${found.TargetKeyId}`),
                },
            }
        );
    },

    async update({ kms }, id, { inputs }) {
        await kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: inputs.targetKeyId }));
    },

    async delete({ kms }, id) {
        await ifThere(kms.send(new DeleteAliasCommand({ AliasName: id })), "NotFoundException");
    },
});

/** Whether two references name one key: AWS takes a key's ARN as well as its id, and shows the id. */
function sameKey(one: Value, other: Value): boolean {
    const id = (reference: Value) => String(reference).replace(/^arn:.*:key\//, "");
    return id(one) === id(other);
}

async function find(kms: KMSClient, name: string): Promise<AliasListEntry | undefined> {
    for await (const page of paginateListAliases({ client: kms }, {})) {
        const found = page.Aliases?.find(({ AliasName }) => AliasName === name);
        if (found) {
            return found;
        }
    }
    return undefined;
}
