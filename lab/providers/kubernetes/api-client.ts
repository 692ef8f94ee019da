// Requests to the API server, and where each kind of object lives on it.

import { Agent, request } from "node:https";
import type { ClusterAccess } from "./kubeconfig.ts";
import type { KubernetesObject, ObjectAddress } from "./kubernetes-object.ts";

/** Milliseconds after which a request without an answer counts as failed. */
const requestTimeout = 30_000;

/** The API server answered with an error. */
export class ApiError extends Error {
    readonly status: number;
    readonly reason: string;

    constructor(status: number, reason: string, message: string) {
        super(message);
        this.status = status;
        this.reason = reason;
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

    /** The object, or `undefined` when it is not there. */
    async get(address: ObjectAddress): Promise<KubernetesObject | undefined> {
        try {
            return JSON.parse(await this.text("GET", await this.path(address))) as KubernetesObject;
        } catch (error) {
            if (error instanceof ApiError && error.status === 404) {
                return undefined;
            }
            throw error;
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
        const resource = (await this.resourcesOf(apiVersion)).find((candidate) => candidate.kind === kind);
        if (!resource) {
            throw new Error(
                `${kind} (${apiVersion}): the API server at ${this.#access.server} has no such kind; is its CustomResourceDefinition installed?`,
            );
        }
        const parts = [
            groupPath(apiVersion),
            ...(resource.namespaced ? ["namespaces", namespace ?? "default"] : []),
            resource.name,
            ...(name ? [encodeURIComponent(name)] : []),
        ];
        return parts.join("/");
    }

    /** Whether objects of the kind live in namespaces. */
    async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
        const resources = await this.resourcesOf(apiVersion);
        return resources.find((resource) => resource.kind === kind)?.namespaced ?? true;
    }

    /** Sends a request and returns the text of the answer; throws {@link ApiError} for any status but 2xx. */
    text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
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
            outgoing.on("error", (error) => reject(this.#unreachable(error)));
            outgoing.on("response", (response) => {
                let text = "";
                response.setEncoding("utf8");
                response.on("data", (piece: string) => {
                    text += piece;
                });
                response.on("error", (error) => reject(this.#unreachable(error)));
                response.on("end", () => {
                    const status = response.statusCode ?? 0;
                    if (status >= 200 && status < 300) {
                        resolve(text);
                    } else {
                        reject(apiError(status, text));
                    }
                });
            });
            outgoing.end(options.body);
        });
    }

    private resourcesOf(apiVersion: string): Promise<readonly ApiResource[]> {
        const known = this.#resources.get(apiVersion);
        if (known) {
            return known;
        }
        const asked = this.text("GET", groupPath(apiVersion))
            .then((text) => (JSON.parse(text) as { readonly resources: readonly ApiResource[] }).resources)
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

    #unreachable(error: Error): Error {
        return new Error(
            `the Kubernetes API server at ${this.#access.server} can't be reached (${error.message}): is the cluster up, and is this its address? \`kubectl cluster-info\` shows what the kubeconfig says; the state is as it was`,
        );
    }
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function apiError(status: number, text: string): ApiError {
    try {
        const answer = JSON.parse(text) as { readonly reason?: string; readonly message?: string };
        return new ApiError(status, answer.reason ?? "", answer.message ?? text);
    } catch {
        return new ApiError(status, "", `the API server answered ${status}: ${text}`);
    }
}
