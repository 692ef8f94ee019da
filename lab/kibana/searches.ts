// Import and export of saved searches: https://www.elastic.co/docs/api/doc/kibana/group/endpoint-saved-objects

import { type KibanaVersion, keptSearch } from "./discover-session.ts";
import { type Answer, type Call, HttpError, members } from "./http.ts";
import type { SavedObject, SavedObjects } from "./saved-objects.ts";

/** Attributes of a saved search that this project uses. */
const searchAttributes = {
    title: "string",
    description: "string",
    columns: "array",
    sort: "array",
    timeRestore: "boolean",
    timeRange: "object",
    kibanaSavedObjectMeta: "object",
} as const;

/** Imports saved searches from a file of one JSON object a line. */
export async function importedSearches(objects: SavedObjects, call: Call, version: KibanaVersion): Promise<Answer> {
    for (const name of call.query.keys()) {
        if (name !== "overwrite") {
            throw new HttpError(400, `[request query.${name}]: definition for this key is missing`);
        }
    }
    if (!call.contentType.startsWith("multipart/form-data")) {
        throw new HttpError(415, "Unsupported Media Type");
    }
    const overwrite = call.query.get("overwrite") === "true";
    const form = await new Response(new Uint8Array(call.bytes), {
        headers: { "content-type": call.contentType },
    }).formData();
    const file = form.get("file");
    if (!(file instanceof Blob) || !("name" in file) || !String(file.name).endsWith(".ndjson")) {
        throw new HttpError(400, "[request body.file]: expected a file whose name ends with .ndjson");
    }
    const lines = (await file.text()).split("\n").filter((line) => line.trim() !== "");
    const errors: object[] = [];
    for (const object of lines.map(searchOf)) {
        const { type, id } = object;
        if (!overwrite && (await objects.get(type, id))) {
            errors.push({ type, id, error: { type: "conflict" } });
            continue;
        }
        const missing = [];
        for (const reference of object.references) {
            if (!(await objects.get(reference.type, reference.id))) {
                missing.push({ type: reference.type, id: reference.id });
            }
        }
        if (missing.length > 0) {
            errors.push({ type, id, error: { type: "missing_references", references: missing } });
            continue;
        }
        await objects.put(keptSearch(object, version));
    }
    const successCount = lines.length - errors.length;
    return { status: 200, body: { success: errors.length === 0, successCount, ...(errors.length > 0 && { errors }) } };
}

/** Exports the objects that the request names, one JSON object a line. */
export async function exportedObjects(objects: SavedObjects, { body }: Call): Promise<Answer> {
    const request = members(body, "", { objects: "array", excludeExportDetails: "boolean" });
    if (request.excludeExportDetails !== true) {
        throw new HttpError(400, "the stand-in exports without details only: excludeExportDetails has to be true");
    }
    const found: SavedObject[] = [];
    for (const wanted of request.objects as readonly unknown[]) {
        const { type, id } = members(wanted, ".objects", { type: "string", id: "string" }) as Record<string, string>;
        const object = await objects.get(String(type), String(id));
        if (!object) {
            // Kibana names all that are missing in the attributes of this error.
            throw new HttpError(400, `Error fetching objects to export: ${type}/${id} was not found`);
        }
        found.push(object);
    }
    return { status: 200, body: found.map((object) => JSON.stringify(object)).join("\n") };
}

function searchOf(line: string): SavedObject {
    let value: unknown;
    try {
        value = JSON.parse(line);
    } catch (error) {
        throw new HttpError(400, `a line of the file is no JSON: ${error}`);
    }
    const object = members(value, ".file", { type: "string", id: "string", attributes: "object", references: "array" });
    if (object.type !== "search") {
        throw new HttpError(400, `the stand-in imports saved searches only, not ${String(object.type)}`);
    }
    const attributes = members(object.attributes, ".file.attributes", searchAttributes);
    const meta = members(attributes.kibanaSavedObjectMeta, ".file.attributes.kibanaSavedObjectMeta", {
        searchSourceJSON: "string",
    });
    JSON.parse(String(meta.searchSourceJSON));
    if (attributes.title === undefined || object.id === undefined) {
        throw new HttpError(400, "a saved search needs an id and a title");
    }
    return {
        type: "search",
        id: String(object.id),
        attributes,
        references: (object.references ?? []) as SavedObject["references"],
    };
}
