// The settings that the stand-in takes from the environment, as the official image does
// (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-kibana-with-docker).

import { readFileSync } from "node:fs";

/** What the stand-in needs to know. */
export interface KibanaSettings {
    readonly elasticsearchUrl: string;
    /** Value of the `Authorization` header for Elasticsearch; undefined: it asks for none. */
    readonly authorization?: string;
    /** Certificate of the authority that Elasticsearch's comes from, in PEM; undefined: one that everybody trusts. */
    readonly certificateAuthority?: string;
    /** Its own certificate and key, in PEM; undefined: it speaks plain HTTP. */
    readonly server?: { readonly cert: string; readonly key: string };
    readonly host: string;
    readonly port: number;
}

/** Keys that Kibana refuses when they are shorter than 32 characters. */
const encryptionKeys = [
    "XPACK_SECURITY_ENCRYPTIONKEY",
    "XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY",
    "XPACK_REPORTING_ENCRYPTIONKEY",
] as const;

/**
 * Reads the settings.
 *
 * @throws an error that names the setting which Kibana would refuse too
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): KibanaSettings {
    for (const name of encryptionKeys) {
        const key = environment[name];
        if (key !== undefined && key.length < 32) {
            throw new Error(`${name}: it has ${key.length} characters, and Kibana asks for at least 32`);
        }
    }
    const elasticsearchUrl = environment.ELASTICSEARCH_HOSTS ?? "http://elasticsearch:9200";
    if (!URL.canParse(elasticsearchUrl)) {
        throw new Error(`ELASTICSEARCH_HOSTS=${elasticsearchUrl}: the stand-in takes exactly one URL`);
    }
    const { ELASTICSEARCH_USERNAME: user, ELASTICSEARCH_PASSWORD: password } = environment;
    const authorityFile = environment.ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES;
    return {
        certificateAuthority: authorityFile === undefined ? undefined : readFileSync(authorityFile, "utf8"),
        elasticsearchUrl,
        authorization:
            user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}`,
        server: serverTls(environment),
        host: environment.SERVER_HOST ?? "0.0.0.0",
        port: Number(environment.SERVER_PORT ?? 5601),
    };
}

/** https://www.elastic.co/docs/reference/kibana/configuration-reference/general-settings#server-ssl-enabled */
function serverTls(environment: Readonly<Record<string, string | undefined>>): KibanaSettings["server"] {
    const { SERVER_SSL_ENABLED, SERVER_SSL_CERTIFICATE, SERVER_SSL_KEY } = environment;
    if (SERVER_SSL_ENABLED !== "true") {
        return undefined;
    }
    if (SERVER_SSL_CERTIFICATE === undefined || SERVER_SSL_KEY === undefined) {
        throw new Error("SERVER_SSL_ENABLED=true: it needs SERVER_SSL_CERTIFICATE and SERVER_SSL_KEY");
    }
    return { cert: readFileSync(SERVER_SSL_CERTIFICATE, "utf8"), key: readFileSync(SERVER_SSL_KEY, "utf8") };
}
