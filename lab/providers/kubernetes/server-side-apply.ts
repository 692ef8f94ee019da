// Server-side apply with strict field validation: a field that the API server does not know is an error.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/

import { randomBytes } from "node:crypto";
import { isMap, type PlainMap } from "../protocol/property-values.ts";
import { annotations } from "./annotations.ts";
import { type ApiClient, ApiError } from "./api-client.ts";
import type { KubernetesObject, ObjectAddress } from "./kubernetes-object.ts";

/** An object to apply, without unknown values. */
export interface Application {
    readonly address: ObjectAddress;
    readonly body: PlainMap;
    /** Name under which the API server records who set which field: {@link newFieldManager}, kept in the state. */
    readonly fieldManager: string;
    /** Only to have it checked: the answer shows the object as it would be. */
    readonly isDryRun: boolean;
}

/** How the field managers of all resources begin. */
export const fieldManagerPrefix = "pulumi-kubernetes-";

/**
 * A name of its own for each resource, as the official provider gives it: a field that somebody else set to another
 * value is a conflict then, even when that was another stack.
 */
export function newFieldManager(): string {
    return `${fieldManagerPrefix}${randomBytes(4).toString("hex")}`;
}

/**
 * Applies the object, whether it exists or not, and returns it as the API server has it then.
 *
 * @throws ApiError that names the field, when the API server refuses it, or the other manager, when it is a conflict
 */
export async function apply(application: Application, api: ApiClient): Promise<KubernetesObject> {
    const { address, body, fieldManager, isDryRun } = application;
    const metadata = (isMap(body.metadata) ? body.metadata : {}) as unknown as KubernetesObject["metadata"];
    try {
        const text = await api.text("PATCH", await api.path(address), {
            body: JSON.stringify(withEncodedText(body)),
            contentType: "application/apply-patch+yaml",
            query: {
                fieldManager,
                fieldValidation: "Strict",
                ...(annotations(metadata).forcesConflicts ? { force: "true" } : {}),
                ...(isDryRun ? { dryRun: "All" } : {}),
            },
        });
        return JSON.parse(text) as KubernetesObject;
    } catch (error) {
        if (error instanceof ApiError && error.reason === "Conflict") {
            const advice = `somebody else manages fields of ${address.kind} ${address.name}: take them out of this program, or take them over with the annotation pulumi.com/patchForce: "true"`;
            throw new ApiError(error.status, error.reason, `${error.message}\n${advice}`);
        }
        throw error;
    }
}

/**
 * A Secret's `stringData` as `data`: the API server would turn it into that anyway, but would not remember whose the
 * entries are, and keep those that the program drops.
 */
function withEncodedText(body: PlainMap): PlainMap {
    const { stringData, ...others } = body;
    if (body.kind !== "Secret" || !isMap(stringData)) {
        return body;
    }
    const encoded = Object.entries(stringData).map(([name, text]) => [
        name,
        Buffer.from(String(text)).toString("base64"),
    ]);
    return { ...others, data: { ...(body.data as PlainMap | undefined), ...Object.fromEntries(encoded) } };
}
