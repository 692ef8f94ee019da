// Saved objects where Kibana keeps them: in an index of Elasticsearch.

import { HttpError } from "./http.ts";

/** A saved object without what Kibana adds by itself. */
export interface SavedObject {
    readonly type: string;
    readonly id: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly references: readonly { readonly type: string; readonly id: string; readonly name: string }[];
}

const index = ".kibana";

/** The saved objects of one Elasticsearch. */
export class SavedObjects {
    readonly #url: string;
    readonly #headers: Readonly<Record<string, string>>;

    constructor(elasticsearchUrl: string, authorization?: string) {
        this.#url = elasticsearchUrl.replace(/\/$/, "");
        this.#headers = { "content-type": "application/json", ...(authorization && { authorization }) };
    }

    /** Whether Elasticsearch answers and has a master. */
    async isReachable(): Promise<boolean> {
        try {
            const response = await fetch(`${this.#url}/`, {
                headers: this.#headers,
                signal: AbortSignal.timeout(3000),
            });
            return response.ok;
        } catch {
            return false;
        }
    }

    /** The object, or undefined if there is none. */
    async get(type: string, id: string): Promise<SavedObject | undefined> {
        const response = await this.#request("GET", `/${index}/_doc/${this.#key(type, id)}`);
        if (response.status === 404) {
            return undefined;
        }
        const { _source } = (await response.json()) as { _source: { object: string } };
        return JSON.parse(_source.object) as SavedObject;
    }

    /** Stores the object in the place of one of the same type and id. */
    async put(object: SavedObject): Promise<void> {
        await this.#prepare();
        const body = JSON.stringify({ object: JSON.stringify(object) });
        await this.#request("PUT", `/${index}/_doc/${this.#key(object.type, object.id)}?refresh=true`, body);
    }

    /** Makes the index, in which nothing but the ids is searched. */
    async #prepare(): Promise<void> {
        if ((await this.#request("HEAD", `/${index}`)).status === 404) {
            await this.#request(
                "PUT",
                `/${index}`,
                JSON.stringify({
                    settings: { hidden: true, number_of_replicas: 0 },
                    mappings: { dynamic: false, properties: {} },
                }),
            );
        }
    }

    #key(type: string, id: string): string {
        return encodeURIComponent(`${type}:${id}`);
    }

    async #request(method: string, path: string, body?: string): Promise<Response> {
        let response: Response;
        try {
            response = await fetch(`${this.#url}${path}`, { method, headers: this.#headers, body });
        } catch (error) {
            throw new HttpError(503, `Elasticsearch is not reachable: ${error}`);
        }
        if (!response.ok && response.status !== 404) {
            const text = await response.text();
            // Two requests at once both find the index missing.
            if (!text.includes("resource_already_exists_exception")) {
                throw new HttpError(503, `Elasticsearch answered ${response.status} to ${method} ${path}: ${text}`);
            }
        }
        return response;
    }
}
