// When the certificate of a server ends, as a metric: who has to renew it should know it before programs refuse it.

import { Gauge, type Registry } from "prom-client";
import { certificateValidity } from "../server-certificate.ts";

/** A server with a certificate. */
export interface CertifiedServer {
    /** What it is, as a label. */
    readonly name: "elasticsearch" | "kibana";
    /** With `https:`. */
    readonly url: string;
    /** Certificate of the authority that its own comes from, in PEM. */
    readonly authority?: string | undefined;
}

/** The metric of one server. */
export class CertificateMetrics {
    readonly #server: CertifiedServer;
    readonly #end: Gauge;

    constructor(registry: Registry, server: CertifiedServer) {
        this.#server = server;
        this.#end = new Gauge({
            name: "chattingo_certificate_expiry_timestamp_seconds",
            help: "When the certificate that a server shows ends, or that of its authority, whichever is sooner.",
            labelNames: ["server"],
            registers: [registry],
        });
    }

    /** Looks at what the server shows now; one that can't be reached has no value. */
    async update(): Promise<void> {
        const { name, url, authority } = this.#server;
        try {
            const { until } = await certificateValidity(url, authority);
            this.#end.set({ server: name }, until.getTime() / 1000);
        } catch (error) {
            this.#end.reset();
            console.error(`elastic-exporter: the certificate of ${url} can't be read: ${(error as Error).message}`);
        }
    }
}
