// What the exporter is told by its environment.

import { readFileSync } from "node:fs";
import { type Login, loginIn } from "../secret-variable.ts";
import type { CertifiedServer } from "./certificate-metrics.ts";
import type { CanarySettings } from "./log-canary.ts";
import type { SearchAccess } from "./search-request.ts";

/** A Kibana whose metrics are shown. */
export interface KibanaSource {
    readonly kind: "kibana";
    readonly url: string;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: Login | undefined;
    /** Where refused lines are counted; undefined: nowhere. */
    readonly deadLetters?: SearchAccess | undefined;
}

/** Whose metrics are shown. */
export type Source =
    | {
          readonly kind: "filebeat";
          readonly url: string;
          readonly logVolume?: string | undefined;
          /** Undefined: no canary is kept. */
          readonly canary?: CanarySettings | undefined;
      }
    | KibanaSource;

/** Settings of the exporter. */
export interface ExporterSettings {
    readonly source: Source;
    /** The server whose certificate's end is shown; undefined: none is talked to over TLS. */
    readonly server?: CertifiedServer | undefined;
    /** 0 lets the kernel choose one. */
    readonly port: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultPort = 9103;
const defaultCanarySeconds = 60;

/** @throws an error that names the variable, its value and what is expected */
export function readSettings(environment: Environment): ExporterSettings {
    const { FILEBEAT_URL, KIBANA_URL, LOG_VOLUME, METRICS_PORT } = environment;
    if ((FILEBEAT_URL === undefined) === (KIBANA_URL === undefined)) {
        throw new Error("set one of FILEBEAT_URL and KIBANA_URL, such as FILEBEAT_URL=http://localhost:5066");
    }
    const port = Number(METRICS_PORT ?? defaultPort);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
        throw new Error(`METRICS_PORT=${METRICS_PORT}: expected a port, 0 to 65535`);
    }
    const source: Source =
        FILEBEAT_URL === undefined
            ? {
                  kind: "kibana",
                  url: checkedUrl("KIBANA_URL", KIBANA_URL ?? ""),
                  login: loginIn(environment, "KIBANA_", refuse),
                  deadLetters: deadLetterAccess(environment),
              }
            : {
                  kind: "filebeat",
                  url: checkedUrl("FILEBEAT_URL", FILEBEAT_URL),
                  logVolume: LOG_VOLUME,
                  canary: canarySettings(environment),
              };
    return { source, server: certifiedServer(source), port };
}

function certifiedServer(source: Source): CertifiedServer | undefined {
    const server: CertifiedServer | undefined =
        source.kind === "kibana"
            ? { name: "kibana", url: source.url }
            : source.canary && {
                  name: "elasticsearch",
                  url: source.canary.search.url,
                  authority: source.canary.search.authority,
              };
    return server?.url.startsWith("https:") ? server : undefined;
}

function deadLetterAccess(environment: Environment): SearchAccess | undefined {
    return environment.DEAD_LETTER_STREAM === undefined
        ? undefined
        : searchAccess(environment, "DEAD_LETTER_STREAM", "DEAD_LETTER_STREAM");
}

function canarySettings(environment: Environment): CanarySettings | undefined {
    const { CANARY_FOLDER, CANARY_SECONDS } = environment;
    if (CANARY_FOLDER === undefined) {
        return undefined;
    }
    const intervalSeconds = Number(CANARY_SECONDS ?? defaultCanarySeconds);
    if (!(intervalSeconds > 0)) {
        throw new Error(`CANARY_SECONDS=${CANARY_SECONDS}: expected a number above 0`);
    }
    return {
        folder: CANARY_FOLDER,
        intervalSeconds,
        search: {
            ...searchAccess(environment, "CANARY_FOLDER", "CANARY_STREAM"),
            node: needed(environment, "NODE_NAME", "CANARY_FOLDER"),
        },
    };
}

/** How Elasticsearch is reached for the stream that a variable names; `wanted` is the variable that asks for it. */
function searchAccess(environment: Environment, wanted: string, streamVariable: string): SearchAccess {
    const { ELASTICSEARCH_CA_FILE } = environment;
    return {
        url: checkedUrl("ELASTICSEARCH_URL", needed(environment, "ELASTICSEARCH_URL", wanted)),
        stream: needed(environment, streamVariable, wanted),
        login: loginIn(environment, "ELASTICSEARCH_", refuse),
        authority: ELASTICSEARCH_CA_FILE ? readFileSync(ELASTICSEARCH_CA_FILE, "utf8") : undefined,
    };
}

function needed(environment: Environment, variable: string, wanted: string): string {
    const value = environment[variable];
    if (!value) {
        throw new Error(`${variable} is needed with ${wanted}`);
    }
    return value;
}

function refuse(problem: string): never {
    throw new Error(problem);
}

function checkedUrl(variable: string, value: string): string {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
        throw new Error(`${variable}=${value}: expected a URL, such as http://localhost:5066`);
    }
    return url.href.replace(/\/$/, "");
}
