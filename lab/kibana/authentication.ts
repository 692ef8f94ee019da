// Who asks, as Kibana finds it out where Elasticsearch has users: by HTTP authentication, at each request, from
// Elasticsearch. Kibana's own login form and sessions are not covered.
// elastic/kibana, x-pack/platform/plugins/shared/security/server/authentication/authentication_service.ts

import { HttpError } from "./http.ts";

/** Milliseconds to wait for Elasticsearch. */
const timeout = 10_000;

/** The privilege that the endpoints of saved objects and data views ask for; all features of all spaces have it. */
const application = "kibana-.kibana";
const managing = "saved_object:manage";

/** Asks Elasticsearch who somebody is. */
export class Authentication {
    readonly #url: string;
    readonly #ownAuthorization: string | undefined;
    /** Undefined until Elasticsearch has said it for the first time. */
    #isSecured: boolean | undefined;

    /** @param ownAuthorization Kibana's own, which may make the privileges of its application */
    constructor(elasticsearchUrl: string, ownAuthorization: string | undefined) {
        this.#url = elasticsearchUrl.replace(/\/$/, "");
        this.#ownAuthorization = ownAuthorization;
    }

    /**
     * Whether it is somebody whom Elasticsearch knows; anybody is where it asks nobody.
     *
     * @throws HttpError 401 for a login that is wrong or that nobody can judge now, 503 before Elasticsearch was there
     */
    async isKnown(authorization: string | undefined): Promise<boolean> {
        if (!(await this.#findOut())) {
            return true;
        }
        if (authorization === undefined) {
            return false;
        }
        const response = await this.#ask("GET", "/_security/_authenticate", authorization);
        if (response?.ok) {
            return true;
        }
        throw new HttpError(response?.status ?? 401, "Unauthorized");
    }

    /**
     * Fails unless somebody may read and write saved objects.
     *
     * @throws HttpError 401 or 403
     */
    async demandManager(authorization: string | undefined): Promise<void> {
        if (!(await this.isKnown(authorization))) {
            throw new HttpError(401, "Unauthorized");
        }
        if (!this.#isSecured || authorization === undefined) {
            return;
        }
        const wanted = { application: [{ application, privileges: [managing], resources: ["*"] }] };
        const response = await this.#ask("POST", "/_security/user/_has_privileges", authorization, wanted);
        const answer = response?.ok ? ((await response.json()) as { has_all_requested: boolean }) : undefined;
        if (!answer?.has_all_requested) {
            throw new HttpError(403, "Forbidden");
        }
    }

    /** Whether Elasticsearch has users. */
    async #findOut(): Promise<boolean> {
        if (this.#isSecured === undefined) {
            const response = await this.#ask("GET", "/", undefined);
            if (response === undefined || (response.status !== 401 && !response.ok)) {
                throw new HttpError(503, "License information could not be obtained from Elasticsearch.");
            }
            if (response.status === 401) {
                await this.#makePrivileges();
            }
            this.#isSecured = response.status === 401;
        }
        return this.#isSecured;
    }

    /** The roles kibana_admin and superuser have `all`; Elasticsearch learns from Kibana what that is. */
    async #makePrivileges(): Promise<void> {
        const privileges = { [application]: { all: { actions: ["login:", managing] } } };
        const response = await this.#ask("PUT", "/_security/privilege", this.#ownAuthorization, privileges);
        if (!response?.ok) {
            throw new HttpError(503, `Kibana's own login can't register its privileges: ${response?.status}`);
        }
    }

    /** Undefined: it does not answer. */
    #ask(method: string, path: string, authorization?: string, body?: object): Promise<Response | undefined> {
        return fetch(`${this.#url}${path}`, {
            method,
            headers: { "content-type": "application/json", ...(authorization && { authorization }) },
            body: body && JSON.stringify(body),
            signal: AbortSignal.timeout(timeout),
        }).catch(() => undefined);
    }
}
