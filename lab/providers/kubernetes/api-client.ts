// Requests to the API server, and where each kind of object lives on it.

import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterAccess } from "./kubeconfig.ts";
import type { KubernetesObject, ObjectAddress } from "./kubernetes-object.ts";

/** Milliseconds after which a request without an answer counts as failed. */
const requestTimeout = 30_000;
/** How often a request is sent that fails for a reason that passes; each of them may be sent twice without harm. */
const attempts = 4;
/** Milliseconds before the second attempt; doubled for each further one. */
const firstPause = 250;
/** Too many requests, or a part of the API server that is starting or overloaded. */
const passingStatuses = [429, 502, 503, 504];
/** A connection that the server closed while it was idle, as it does when it starts again. */
const passingCodes = ["ECONNRESET", "EPIPE"];

/** The API server answered with an error. */
export class ApiError extends Error {
    readonly status: number;
    readonly reason: string;

    constructor(status: number, reason: string, message: string) {
        super(message);
        this.status = status;
        this.reason = reason;
    }

    /** The same error about an object of another name. */
    about(name: string, otherName: string): ApiError {
        return new ApiError(this.status, this.reason, this.message.replaceAll(name, otherName));
    }
}

/** The API server has no such kind of object. */
export class UnknownKindError extends Error {
    /** A CustomResourceDefinition may bring it; the API server's own kinds are there from the start. */
    readonly mayComeLater: boolean;

    constructor(apiVersion: string, kind: string, server: string) {
        super(
            `${kind} (${apiVersion}): the API server at ${server} has no such kind; is its CustomResourceDefinition installed?`,
        );
        const group = apiVersion.split("/").at(-2) ?? "";
        this.mayComeLater = group.includes(".") && !group.endsWith(".k8s.io");
    }
}

interface ApiResource {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
}

interface RequestOptions {
    readonly body?: string;
    readonly contentType?: string;
    readonly query?: Readonly<Record<string, string>>;
}

/** A client of one cluster. */
export class ApiClient {
    readonly #access: ClusterAccess;
    readonly #agent: Agent;
    readonly #resources = new Map<string, Promise<readonly ApiResource[]>>();

    constructor(access: ClusterAccess) {
        this.#access = access;
        this.#agent = new Agent({
            keepAlive: true,
            maxSockets: 16,
            ca: access.certificateAuthority,
            cert: access.clientCertificate,
            key: access.clientKey,
        });
    }

    /** The object, or `undefined` when it is not there, or when nothing of its kind can be. */
    async get(address: ObjectAddress): Promise<KubernetesObject | undefined> {
        try {
            return JSON.parse(await this.text("GET", await this.path(address))) as KubernetesObject;
        } catch (error) {
            if (isAbsence(error)) {
                return undefined;
            }
            throw error;
        }
    }

    /** Asks for the deletion of the object; one that is not there is no error. */
    async delete(address: ObjectAddress, propagationPolicy: string): Promise<void> {
        try {
            await this.text("DELETE", await this.path(address), {
                body: JSON.stringify({ propagationPolicy }),
                contentType: "application/json",
            });
        } catch (error) {
            if (!isAbsence(error)) {
                throw error;
            }
        }
    }

    /** The objects of a kind in a namespace that carry the labels. */
    async list(
        address: Omit<ObjectAddress, "name">,
        query: Readonly<Record<string, string>>,
    ): Promise<readonly KubernetesObject[]> {
        const text = await this.text("GET", await this.path({ ...address, name: "" }), { query });
        return (JSON.parse(text) as { readonly items: readonly KubernetesObject[] }).items;
    }

    /** Path of the object on the API server. */
    async path(address: ObjectAddress): Promise<string> {
        const { apiVersion, kind, name, namespace } = address;
        const resource = await this.#resource(apiVersion, kind);
        if (!resource) {
            throw new UnknownKindError(apiVersion, kind, this.#access.server);
        }
        const parts = [
            groupPath(apiVersion),
            ...(resource.namespaced ? ["namespaces", namespace ?? "default"] : []),
            resource.name,
            ...(name ? [encodeURIComponent(name)] : []),
        ];
        return parts.join("/");
    }

    /** Whether objects of the kind live in namespaces; most of those that are not known yet do. */
    async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
        return (await this.#resource(apiVersion, kind))?.namespaced ?? true;
    }

    /** Sends a request and returns the text of the answer; throws {@link ApiError} for any status but 2xx. */
    async text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
        for (let attempt = 1; ; attempt++) {
            try {
                return await this.#send(method, path, options);
            } catch (error) {
                if (attempt === attempts || !isPassing(error)) {
                    throw error instanceof ApiError ? error : this.#unreachable(error);
                }
                await sleep(firstPause * 2 ** (attempt - 1));
            }
        }
    }

    #send(method: string, path: string, options: RequestOptions): Promise<string> {
        const url = new URL(this.#access.server + path);
        for (const [name, value] of Object.entries(options.query ?? {})) {
            url.searchParams.set(name, value);
        }
        return new Promise((resolve, reject) => {
            const outgoing = request(url, {
                method,
                agent: this.#agent,
                timeout: requestTimeout,
                headers: {
                    accept: "application/json, */*",
                    // Node.js sends the body of a DELETE without any framing unless it is told its length.
                    ...(options.body === undefined ? {} : { "content-length": Buffer.byteLength(options.body) }),
                    ...(options.contentType ? { "content-type": options.contentType } : {}),
                    ...(this.#access.token ? { authorization: `Bearer ${this.#access.token}` } : {}),
                },
            });
            outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${requestTimeout / 1000} s`)));
            outgoing.on("error", reject);
            outgoing.on("response", (response) => {
                let text = "";
                response.setEncoding("utf8");
                response.on("data", (piece: string) => {
                    text += piece;
                });
                response.on("error", reject);
                response.on("end", () => {
                    const status = response.statusCode ?? 0;
                    if (status >= 200 && status < 300) {
                        resolve(text);
                    } else {
                        reject(this.#refusal(status, text));
                    }
                });
            });
            outgoing.end(options.body);
        });
    }

    async #resource(apiVersion: string, kind: string): Promise<ApiResource | undefined> {
        const find = async () => (await this.#resourcesOf(apiVersion)).find((resource) => resource.kind === kind);
        const found = await find();
        if (found) {
            return found;
        }
        // The same update may have made its definition since the API server was asked.
        this.#resources.delete(apiVersion);
        return find();
    }

    #resourcesOf(apiVersion: string): Promise<readonly ApiResource[]> {
        const known = this.#resources.get(apiVersion);
        if (known) {
            return known;
        }
        const asked = this.text("GET", groupPath(apiVersion))
            .then((text) => (JSON.parse(text) as { readonly resources: readonly ApiResource[] }).resources)
            // Names with a slash are parts of objects, such as `deployments/scale`.
            .then((resources) => resources.filter(({ name }) => !name.includes("/")))
            .catch((error: unknown) => {
                this.#resources.delete(apiVersion);
                if (error instanceof ApiError && error.status === 404) {
                    return [];
                }
                throw error;
            });
        this.#resources.set(apiVersion, asked);
        return asked;
    }

    #unreachable(error: unknown): Error {
        const reason = error instanceof Error ? error.message : String(error);
        return new Error(
            `the Kubernetes API server at ${this.#access.server} can't be reached (${reason}). Is the cluster up, and is this its address? It comes from ${this.#access.source}; \`kubectl cluster-info\` tries the same. The state is intact: run the command again when the cluster answers`,
        );
    }

    #refusal(status: number, text: string): ApiError {
        const { reason = "", message = text } = parsedStatus(text);
        return status === 401
            ? new ApiError(
                  status,
                  reason,
                  `the Kubernetes API server at ${this.#access.server} refuses the credentials (${message}); they come from ${this.#access.source}. Have they expired? The state is intact`,
              )
            : new ApiError(status, reason, message || `the API server answered with status ${status}`);
    }
}

function isPassing(error: unknown): boolean {
    return error instanceof ApiError
        ? passingStatuses.includes(error.status)
        : passingCodes.includes((error as NodeJS.ErrnoException).code ?? "");
}

function isAbsence(error: unknown): boolean {
    return error instanceof UnknownKindError || (error instanceof ApiError && error.status === 404);
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The API server's account of an error; a proxy before it answers with anything. */
function parsedStatus(text: string): { readonly reason?: string; readonly message?: string } {
    try {
        return JSON.parse(text) as { readonly reason?: string; readonly message?: string };
    } catch {
        return {};
    }
}
