// The settings of the stand-in: from a file like the official image's kibana.yml and from arguments, which come first
// (elastic/kibana, src/platform/packages/shared/kbn-config/src/raw/read_config.ts). A setting that it does not know is
// refused, as Kibana refuses what no plugin knows.

import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** What the stand-in needs to know. */
export interface KibanaSettings {
    readonly name: string;
    readonly elasticsearchUrl: string;
    /** Value of the `Authorization` header for Elasticsearch; undefined: it asks for none. */
    readonly authorization?: string;
    /** Certificate of the authority that Elasticsearch's comes from, in PEM; undefined: one that everybody trusts. */
    readonly certificateAuthority?: string;
    /** Its own certificate and key, in PEM; undefined: it speaks plain HTTP. */
    readonly server?: { readonly cert: string; readonly key: string };
    readonly host: string;
    readonly port: number;
    /** Shows its status in full to those who have not logged in, too. */
    readonly allowAnonymousStatus: boolean;
    /** Milliseconds over which it counts requests before it counts from zero again. */
    readonly collectionInterval: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Values = Readonly<Record<string, unknown>>;

/** The settings that this project may use, and what each may be. */
const known: Readonly<Record<string, "text" | "yes or no" | "list" | "key" | "number">> = {
    "server.name": "text",
    "server.host": "text",
    "server.port": "number",
    "server.publicBaseUrl": "text",
    "server.shutdownTimeout": "text",
    "server.ssl.enabled": "yes or no",
    "server.ssl.certificate": "text",
    "server.ssl.key": "text",
    "elasticsearch.hosts": "list",
    "elasticsearch.username": "text",
    "elasticsearch.password": "text",
    "elasticsearch.ssl.certificateAuthorities": "list",
    "monitoring.ui.container.elasticsearch.enabled": "yes or no",
    "xpack.security.encryptionKey": "key",
    "xpack.encryptedSavedObjects.encryptionKey": "key",
    "xpack.reporting.encryptionKey": "key",
    "xpack.fleet.isAirGapped": "yes or no",
    "telemetry.enabled": "yes or no",
    "newsfeed.enabled": "yes or no",
    "map.includeElasticMapsService": "yes or no",
    "status.allowAnonymous": "yes or no",
    "ops.interval": "number",
    "ops.cGroupOverrides.cpuPath": "text",
    "ops.cGroupOverrides.cpuAcctPath": "text",
};

/**
 * Reads the settings.
 *
 * @param args `--setting=value`; capital letters do not count, because the image's start script makes some from variables
 * @throws an error that names the setting which Kibana would refuse too
 */
export function readSettings(file: string, args: readonly string[], environment: Environment): KibanaSettings {
    const values = { ...settingsOfFile(file, environment), ...Object.fromEntries(args.map(settingOfArgument)) };
    for (const [name, value] of Object.entries(values)) {
        check(name, value);
    }
    const [elasticsearchUrl, ...others] = list(values["elasticsearch.hosts"] ?? "http://elasticsearch:9200");
    if (elasticsearchUrl === undefined || others.length > 0 || !URL.canParse(elasticsearchUrl)) {
        throw new Error(`elasticsearch.hosts=${values["elasticsearch.hosts"]}: the stand-in takes exactly one URL`);
    }
    const { "elasticsearch.username": user, "elasticsearch.password": password } = values;
    const authorities = list(values["elasticsearch.ssl.certificateAuthorities"] ?? []);
    return {
        name: String(values["server.name"] ?? "kibana"),
        certificateAuthority:
            authorities.length === 0 ? undefined : authorities.map((path) => readFileSync(path, "utf8")).join("\n"),
        elasticsearchUrl,
        authorization:
            user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}`,
        server: serverTls(values),
        host: String(values["server.host"] ?? "localhost"),
        port: Number(values["server.port"] ?? 5601),
        allowAnonymousStatus: isTrue(values["status.allowAnonymous"]),
        collectionInterval: Number(values["ops.interval"] ?? 5000),
    };
}

function settingsOfFile(file: string, environment: Environment): Values {
    const flat: Record<string, unknown> = {};
    const add = (path: string, value: unknown): void => {
        if (typeof value === "object" && value !== null && !Array.isArray(value)) {
            for (const [name, inner] of Object.entries(value)) {
                add(path === "" ? name : `${path}.${name}`, inner);
            }
        } else {
            flat[path] = Array.isArray(value)
                ? value.map((each) => withVariables(each, environment))
                : withVariables(value, environment);
        }
    };
    add("", parse(readFileSync(file, "utf8")) ?? {});
    return flat;
}

/** elastic/kibana, src/platform/packages/shared/kbn-config/src/raw/utils.ts, without its defaults. */
function withVariables(value: unknown, environment: Environment): unknown {
    return typeof value !== "string"
        ? value
        : value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
              const found = environment[name];
              if (found === undefined) {
                  throw new Error(`Unknown environment variable referenced in config : ${name}`);
              }
              return found;
          });
}

function settingOfArgument(argument: string): readonly [string, string] {
    const [, given = "", value = ""] = /^--([\w.]+)=(.*)$/s.exec(argument) ?? [];
    const name = Object.keys(known).find((each) => each.toLowerCase() === given.toLowerCase());
    return [name ?? (given || argument), value];
}

/** Kibana asks for at least so many characters. */
const shortestKey = 32;

function check(name: string, value: unknown): void {
    const kind = known[name];
    if (kind === undefined) {
        throw new Error(`Unknown configuration key(s): "${name}"; the stand-in knows those that this project uses`);
    }
    const text = String(value);
    if (kind === "key" && text.length < shortestKey) {
        throw new Error(`${name}: it has ${text.length} characters, and Kibana asks for at least ${shortestKey}`);
    }
    if (kind === "yes or no" && text !== "true" && text !== "false") {
        throw new Error(`${name}=${text}: expected true or false`);
    }
    if (kind === "number" && !/^\d+$/.test(text)) {
        throw new Error(`${name}=${text}: expected a number`);
    }
    if (name === "server.publicBaseUrl" && (!URL.canParse(text) || text.endsWith("/"))) {
        throw new Error(`${name}=${text}: expected a URL that does not end in a slash`);
    }
}

function list(value: unknown): readonly string[] {
    return Array.isArray(value) ? value.map(String) : [String(value)];
}

function isTrue(value: unknown): boolean {
    return String(value) === "true";
}

/** https://www.elastic.co/docs/reference/kibana/configuration-reference/general-settings#server-ssl-enabled */
function serverTls(values: Values): KibanaSettings["server"] {
    if (!isTrue(values["server.ssl.enabled"])) {
        return undefined;
    }
    const { "server.ssl.certificate": certificate, "server.ssl.key": key } = values;
    if (certificate === undefined || key === undefined) {
        throw new Error("server.ssl.enabled: it needs server.ssl.certificate and server.ssl.key");
    }
    return { cert: readFileSync(String(certificate), "utf8"), key: readFileSync(String(key), "utf8") };
}
