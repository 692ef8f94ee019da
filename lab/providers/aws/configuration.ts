// The provider's own settings (`aws:region`, `aws:defaultTags`, ...), read from what the engine hands over.

import type { Tags } from "./tags.ts";

/** Services that the provider talks to, by the names that the provider setting `endpoints` uses. */
export const services = ["eks", "iam", "kms", "s3", "sts"] as const;

/** Settings of the provider, as its clients need them. */
export interface Configuration {
    readonly region: string;
    /** Access key given in the settings; without one the SDK's standard chain is asked. */
    readonly credentials?: {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string;
    };
    readonly profile?: string;
    /** Endpoint URLs by service name; what is missing is left to `AWS_ENDPOINT_URL` and to AWS itself. */
    readonly endpoints: Readonly<Record<string, string>>;
    /** Buckets in the path of the URL instead of the host name. */
    readonly pathStyle: boolean;
    /** Attempts of one call, the first included. */
    readonly maxAttempts?: number;
    readonly defaultTags: Tags;
    readonly validateCredentials: boolean;
    /** Accounts whose credentials are taken; empty: those of any. */
    readonly allowedAccountIds: readonly string[];
}

/** Settings that cannot be used; the message names each of them. */
export class ConfigurationError extends Error {
    constructor(problems: readonly string[]) {
        super(problems.join("\n"));
        this.name = "ConfigurationError";
    }
}

/**
 * Settings that change nothing here: they tell the official provider to leave out checks that this one never makes,
 * or come from the engine.
 */
const settled = [
    "pluginDownloadURL",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "version",
];

/** Names of all settings that are understood. */
const settingNames: readonly string[] = [
    "accessKey",
    "allowedAccountIds",
    "defaultTags",
    "endpoints",
    "maxRetries",
    "profile",
    "region",
    "s3UsePathStyle",
    "secretKey",
    "skipCredentialsValidation",
    "token",
    ...settled,
];

/**
 * Reads the settings. The engine hands over every structured value, number and boolean as JSON text.
 *
 * @param environment where the region is looked for when no setting names it
 * @throws ConfigurationError with everything that is wrong
 */
export function readConfiguration(
    settings: Readonly<Record<string, unknown>>,
    environment: Readonly<Record<string, string | undefined>>,
): Configuration {
    const problems: string[] = [];
    for (const name of Object.keys(settings)) {
        if (!settingNames.includes(name) && !name.startsWith("__")) {
            problems.push(`setting aws:${name} is not covered by the lab's stand-in for the AWS provider`);
        }
    }
    const region = settings.region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION;
    if (typeof region !== "string" || region === "") {
        problems.push("no AWS region is set; set one with pulumi config set aws:region us-east-1, or in AWS_REGION");
    }
    const { accessKey, secretKey, token, profile } = settings;
    if ((accessKey === undefined) !== (secretKey === undefined)) {
        problems.push("aws:accessKey and aws:secretKey have to be set together; set both, or neither");
    }
    const endpoints = readEndpoints(decoded(settings.endpoints), problems);
    if (problems.length > 0) {
        throw new ConfigurationError(problems);
    }
    const maxRetries = decoded(settings.maxRetries);
    return {
        region: String(region),
        ...(accessKey !== undefined && {
            credentials: {
                accessKeyId: String(accessKey),
                secretAccessKey: String(secretKey),
                ...(token !== undefined && { sessionToken: String(token) }),
            },
        }),
        ...(profile !== undefined && { profile: String(profile) }),
        endpoints,
        pathStyle: decoded(settings.s3UsePathStyle) === true,
        ...(typeof maxRetries === "number" && { maxAttempts: maxRetries + 1 }),
        defaultTags: (decoded(settings.defaultTags) as { tags?: Tags } | undefined)?.tags ?? {},
        validateCredentials: decoded(settings.skipCredentialsValidation) !== true,
        allowedAccountIds: [decoded(settings.allowedAccountIds) ?? []].flat().map(String),
    };
}

function readEndpoints(value: unknown, problems: string[]): Readonly<Record<string, string>> {
    const entries = (Array.isArray(value) ? value : []).flatMap((entry) => Object.entries(entry ?? {}));
    for (const [service] of entries) {
        if (!(services as readonly string[]).includes(service)) {
            problems.push(
                `aws:endpoints names ${service}, but the lab's stand-in talks to ${services.join(", ")} only`,
            );
        }
    }
    return Object.fromEntries(entries.map(([service, url]) => [service, String(url)]));
}

function decoded(value: unknown): unknown {
    if (typeof value !== "string" || value === "") {
        return value === "" ? undefined : value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}
