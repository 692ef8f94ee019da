// What the stand-in takes from Filebeat's own configuration, so that it needs none itself.

import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** An input and where its events go. */
export interface FilebeatInput {
    readonly id: string;
    readonly type: string;
    readonly index: string;
}

/** The part of Filebeat's configuration that the stand-in needs. */
export interface FilebeatConfiguration {
    /** Where Filebeat's figures are to be found; undefined: nowhere. */
    readonly endpoint?: { readonly host: string; readonly port: number };
    readonly inputs: readonly FilebeatInput[];
    /** Where lines go that Elasticsearch refuses; undefined: nowhere. */
    readonly deadLetterIndex?: string;
    /** Filebeat 9 would write these lines to a file, too. */
    readonly writesRefusedLines: boolean;
    readonly elasticsearchUrl: string;
    /** Value of the `Authorization` header for Elasticsearch; undefined: it asks for none. */
    readonly authorization?: string;
    /** Certificates of the authorities that Elasticsearch's may come from, in PEM. */
    readonly certificateAuthorities: readonly string[];
}

interface FilebeatFile {
    readonly "filebeat.inputs"?: readonly Partial<FilebeatInput>[];
    readonly output?: {
        readonly elasticsearch?: {
            readonly hosts?: readonly string[];
            readonly username?: string;
            readonly password?: string;
            readonly non_indexable_policy?: { readonly dead_letter_index?: { readonly index?: string } };
            readonly ssl?: { readonly certificate_authorities?: readonly string[] };
        };
    };
    readonly logging?: { readonly event_data?: { readonly to_files?: boolean } };
    readonly http?: { readonly enabled?: boolean; readonly host?: string; readonly port?: number };
}

/** Filebeat's defaults. */
const defaultHost = "localhost";
const defaultPort = 5066;

/**
 * Reads the file; `${NAME}` in it is the value of that variable of the environment, as it is for Filebeat.
 *
 * @throws an error that names what the stand-in can't read, where Filebeat's figures are to be found at all
 */
export function readConfiguration(
    file: string,
    environment: Readonly<Record<string, string | undefined>>,
): FilebeatConfiguration {
    const text = readFileSync(file, "utf8").replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => {
        return environment[name] ?? whole;
    });
    const { http, output, logging, ...rest } = parse(text) as FilebeatFile;
    if (http?.enabled !== true) {
        return { inputs: [], writesRefusedLines: false, elasticsearchUrl: "", certificateAuthorities: [] };
    }
    const elasticsearch = output?.elasticsearch;
    const [elasticsearchUrl, ...others] = elasticsearch?.hosts ?? [];
    if (elasticsearchUrl === undefined || others.length > 0 || !URL.canParse(elasticsearchUrl)) {
        throw new Error(`${file}: output.elasticsearch.hosts: the stand-in for /inputs/ takes exactly one URL`);
    }
    const inputs = (rest["filebeat.inputs"] ?? []).map(({ id, type, index }) => {
        if (id === undefined || type === undefined || index === undefined) {
            throw new Error(`${file}: filebeat.inputs: the stand-in for /inputs/ needs id, type and index of each`);
        }
        return { id, type, index };
    });
    const { username, password = "" } = elasticsearch ?? {};
    return {
        endpoint: { host: http.host ?? defaultHost, port: http.port ?? defaultPort },
        inputs,
        deadLetterIndex: elasticsearch?.non_indexable_policy?.dead_letter_index?.index,
        writesRefusedLines: logging?.event_data?.to_files !== false,
        elasticsearchUrl,
        ...(username !== undefined && {
            authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
        }),
        certificateAuthorities: (elasticsearch?.ssl?.certificate_authorities ?? []).map((path) =>
            readFileSync(path, "utf8"),
        ),
    };
}
