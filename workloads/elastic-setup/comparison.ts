// Whether an object is as it is wanted, although Elasticsearch shows it with defaults added and numbers as texts.

import { createHash } from "node:crypto";
import type { Json, JsonObject } from "./json-object.ts";

/** Who made the object, and from what: changes when anything in the wanted object does, also what is left out. */
export function withOrigin(body: JsonObject): JsonObject {
    const contentHash = createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 16);
    return { ...body, _meta: { managed_by: "chattingo-logging", content_hash: contentHash } };
}

/** Whether everything that is wanted is there as it is wanted; more may be there. */
export function contains(found: unknown, wanted: Json): boolean {
    if (Array.isArray(wanted)) {
        return (
            Array.isArray(found) &&
            found.length === wanted.length &&
            wanted.every((item, index) => contains(found[index], item))
        );
    }
    if (typeof wanted === "object" && wanted !== null) {
        const members = typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
        return Object.entries(wanted).every(([name, value]) =>
            isEmpty(value) ? true : contains(members[name], value),
        );
    }
    return String(found) === String(wanted);
}

/** Elasticsearch may leave out an object that says nothing. */
function isEmpty(value: Json): boolean {
    return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
