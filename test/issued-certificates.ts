// What cert-manager has made of this system's Certificates, and its renewal of them.

import assert from "node:assert/strict";
import { namespaceName as namespace } from "../components/labels.ts";
import { until } from "./until.ts";

/** The three files of a certificate's Secret, in PEM. */
export interface CertificateFiles {
    readonly "ca.crt": string;
    readonly "tls.crt": string;
    readonly "tls.key": string;
}

/** What cert-manager says of a Certificate. */
export interface CertificateStatus {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    /** ISO 8601. */
    readonly renewalTime?: string;
    /** Counts what was issued. */
    readonly revision?: number;
}

/** The Certificates of this system in one cluster. */
export class IssuedCertificates {
    readonly #kubectl: (...args: string[]) => Promise<string>;

    /** @param kubectl on the cluster */
    constructor(kubectl: (...args: string[]) => Promise<string>) {
        this.#kubectl = (...args) => kubectl(...args, "-n", namespace);
    }

    /** Returns when every Certificate and every Issuer that is there is Ready. */
    async allReady(): Promise<void> {
        await this.#kubectl("wait", "--for=condition=Ready", "issuers,certificates", "--all", "--timeout=120s");
    }

    /** What a pod is given of a Secret that cert-manager has filled. */
    async files(secret: string): Promise<CertificateFiles> {
        const { data } = JSON.parse(await this.#kubectl("get", "secret", secret, "-o", "json"));
        const file = (name: string) =>
            Buffer.from(data[name] ?? assert.fail(`${secret} has no ${name}`), "base64").toString();
        return { "ca.crt": file("ca.crt"), "tls.crt": file("tls.crt"), "tls.key": file("tls.key") };
    }

    /** What cert-manager says of one. */
    async status(name: string): Promise<CertificateStatus> {
        return JSON.parse(await this.#kubectl("get", "certificate", name, "-o", "json")).status;
    }

    /** Asks cert-manager for the next certificate as `cmctl renew` does, and returns when it is there. */
    async renew(name: string): Promise<void> {
        const { revision = 0 } = await this.status(name);
        const asked = {
            type: "Issuing",
            status: "True",
            reason: "ManuallyTriggered",
            message: "Certificate re-issuance manually triggered",
            lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ""),
        };
        const patch = JSON.stringify([{ op: "add", path: "/status/conditions/-", value: asked }]);
        await this.#kubectl("patch", "certificate", name, "--subresource=status", "--type=json", "-p", patch);
        await until(`the next certificate of ${name}`, 60, async () => {
            const { revision: now = 0, conditions = [] } = await this.status(name);
            const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True");
            return now > revision && isReady ? true : undefined;
        });
    }
}
