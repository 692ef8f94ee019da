// Data views: https://www.elastic.co/docs/api/doc/kibana/group/endpoint-data-views

import { type Answer, HttpError, members } from "./http.ts";
import type { SavedObjects } from "./saved-objects.ts";

const type = "index-pattern";
const fields = { id: "string", title: "string", name: "string", timeFieldName: "string" } as const;

/** The endpoints of data views, for the members of a view that this project uses. */
export class DataViews {
    readonly #objects: SavedObjects;

    constructor(objects: SavedObjects) {
        this.#objects = objects;
    }

    async get([id = ""]: readonly string[]): Promise<Answer> {
        const found = await this.#objects.get(type, id);
        if (!found) {
            throw new HttpError(404, `Saved object [${type}/${id}] not found`);
        }
        return shown(id, found.attributes);
    }

    async create(body: unknown): Promise<Answer> {
        const request = members(body, "", { data_view: "object", override: "boolean" });
        const { id, ...attributes } = members(request.data_view, ".data_view", fields);
        if (attributes.title === undefined) {
            throw new HttpError(
                400,
                "[request body.data_view.title]: expected value of type [string] but got [undefined]",
            );
        }
        if (typeof id !== "string") {
            throw new HttpError(400, "the stand-in makes no ids: give data_view.id");
        }
        if (request.override !== true && (await this.#objects.get(type, id))) {
            throw new HttpError(400, `Duplicate data view: ${String(attributes.title)}`);
        }
        await this.#objects.put({ type, id, attributes, references: [] });
        return shown(id, attributes);
    }

    async update([id = ""]: readonly string[], body: unknown): Promise<Answer> {
        const request = members(body, "", { data_view: "object", refresh_fields: "boolean" });
        const { title, name, timeFieldName } = fields;
        const changed = members(request.data_view, ".data_view", { title, name, timeFieldName });
        const found = await this.#objects.get(type, id);
        if (!found) {
            throw new HttpError(404, `Saved object [${type}/${id}] not found`);
        }
        const attributes = { ...found.attributes, ...changed };
        await this.#objects.put({ ...found, attributes });
        return shown(id, attributes);
    }
}

function shown(id: string, attributes: Readonly<Record<string, unknown>>): Answer {
    return { status: 200, body: { data_view: { id, ...attributes } } };
}
