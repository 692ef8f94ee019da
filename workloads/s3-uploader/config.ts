// The uploader's configuration: a YAML file in, one checked value out, all that is wrong reported together.

import { readFile } from "node:fs/promises";
import { type Document, isMap, isScalar, type Node, parseDocument } from "yaml";
import { nearest } from "../../settings/nearest.ts";
import type { ArchiveStorageClass } from "../../settings/storage-classes.ts";
import { type ConfigKey, type ConfigValue, configKeysBelow, configRules, shown } from "./config-rules.ts";

/** What the configuration file says, defaults filled in. */
export interface UploaderConfig {
    readonly s3: {
        readonly bucketName: string;
        /** Region of the bucket; `us-east-1` by default. */
        readonly region: string;
        /** Class in which archives are uploaded; `STANDARD_IA` by default. */
        readonly storageClass: ArchiveStorageClass;
        /** ARN of the KMS key that encrypts every object; undefined: the bucket's own default. */
        readonly kmsKeyId?: string;
    };
    readonly upload: {
        /** Patterns of file names with `*` and `?`; `*.gz` by default. */
        readonly filePatterns: readonly string[];
        /** Relative to the log root; `archive/` by default. */
        readonly directories: readonly string[];
        /** Cron line of five fields, UTC; every two hours by default. */
        readonly schedule: string;
        /** Categories of applications by their directories in the log tree; none by default. */
        readonly categories: ReadonlyMap<string, string>;
    };
    readonly cleanup: {
        /** Days for which a confirmed archive stays when it is not deleted after upload; 30 by default. */
        readonly maxAgeDays: number;
        /** True by default. */
        readonly deleteAfterUpload: boolean;
    };
}

/** One wrong key of the file. */
export interface ConfigProblem {
    readonly key: string;
    /** As it is in the file; undefined when it is not there. */
    readonly value?: string;
    readonly wrong: string;
    readonly allowed?: string;
    /** Line of the file, from 1. */
    readonly line?: number;
}

/** All that is wrong with a configuration file. */
export class ConfigError extends Error {
    readonly problems: readonly ConfigProblem[];

    constructor(file: string, problems: readonly ConfigProblem[]) {
        const count = problems.length === 1 ? "1 thing is" : `${problems.length} things are`;
        super([`${file}: ${count} wrong, and nothing was uploaded`, ...problems.map(render)].join("\n\n"));
        this.problems = problems;
    }
}

/**
 * Reads and checks a configuration file.
 *
 * @throws ConfigError
 */
export async function loadConfig(file: string): Promise<UploaderConfig> {
    let text: string;
    try {
        text = await readFile(file, "utf8");
    } catch (error) {
        throw new ConfigError(file, [{ key: "--config", value: file, wrong: (error as Error).message }]);
    }
    return parseConfig(text, file);
}

/**
 * The configuration that a YAML text stands for.
 *
 * @param file where the text is from, for the error message
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string): UploaderConfig {
    const document = parseDocument(text);
    const lineAt = (offset: number | undefined) =>
        offset === undefined ? undefined : text.slice(0, offset).split("\n").length;
    if (document.errors.length > 0) {
        const problems = document.errors.map((error) => ({
            key: "(the file)",
            wrong: error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:$/, "") ?? "it is no YAML",
            line: lineAt(error.pos[0]),
        }));
        throw new ConfigError(file, problems);
    }
    const { given, problems } = checkedKeys(document, lineAt);
    if (!given.has("s3.bucket_name") && !problems.some(({ key }) => key === "s3" || key === "s3.bucket_name")) {
        problems.push({
            key: "s3.bucket_name",
            wrong: "it is missing",
            allowed: configRules["s3.bucket_name"].allowed,
        });
    }
    if (problems.length > 0) {
        throw new ConfigError(file, problems);
    }
    const value = <K extends ConfigKey>(key: K, byDefault: ConfigValue<K>) =>
        (given.get(key) as ConfigValue<K> | undefined) ?? byDefault;
    return {
        s3: {
            bucketName: value("s3.bucket_name", ""),
            region: value("s3.region", "us-east-1"),
            storageClass: value("s3.storage_class", "STANDARD_IA"),
            kmsKeyId: given.get("s3.kms_key_id") as string | undefined,
        },
        upload: {
            filePatterns: value("upload.file_patterns", ["*.gz"]),
            directories: value("upload.upload_directories", ["archive"]),
            schedule: value("upload.schedule", "0 */2 * * *"),
            categories: value("upload.categories", new Map()),
        },
        cleanup: {
            maxAgeDays: value("cleanup.max_age_days", 30),
            deleteAfterUpload: value("cleanup.delete_after_upload", true),
        },
    };
}

/** Every known key with the value that it stands for, and all that is wrong. */
function checkedKeys(
    document: Document,
    lineAt: (offset: number | undefined) => number | undefined,
): { readonly given: ReadonlyMap<string, unknown>; readonly problems: ConfigProblem[] } {
    const given = new Map<string, unknown>();
    const problems: ConfigProblem[] = [];
    const readMapping = (node: unknown, prefix: string): void => {
        const known = configKeysBelow(prefix);
        if (!isMap(node)) {
            problems.push({
                key: prefix.replace(/\.$/, "") || "(the file)",
                value: shown((node as Node | null)?.toJS(document)),
                wrong: "it is no mapping",
                allowed: `a mapping with the keys ${known.join(", ")}`,
                line: lineAt((node as Node | null)?.range?.[0]),
            });
            return;
        }
        for (const item of node.items) {
            const name = String(isScalar(item.key) ? item.key.value : item.key);
            const key = `${prefix}${name}`;
            if (known.includes(name) && !(key in configRules)) {
                readMapping(item.value, `${key}.`);
                continue;
            }
            const value = (item.value as Node | null)?.toJS(document) ?? null;
            const parsed = known.includes(name) ? configRules[key as ConfigKey].parse(value) : unknownKey(name, prefix);
            if ("wrong" in parsed) {
                const allowed = known.includes(name)
                    ? configRules[key as ConfigKey].allowed
                    : `the keys ${known.join(", ")}`;
                const line = lineAt((item.key as Node).range?.[0]);
                problems.push({ key, value: shown(value), wrong: parsed.wrong, allowed, line });
            } else {
                given.set(key, parsed.value);
            }
        }
    };
    readMapping(document.contents, "");
    return { given, problems };
}

function unknownKey(name: string, prefix: string): { readonly wrong: string } {
    const meant = nearest(name, configKeysBelow(prefix));
    return { wrong: `there is no such key${meant === undefined ? "" : `; did you mean "${prefix}${meant}"?`}` };
}

function render(problem: ConfigProblem): string {
    const line = (label: string, text: string | undefined) =>
        text === undefined ? [] : [`    ${label.padEnd(8)} ${text}`];
    return [
        `  ${problem.key}${problem.line === undefined ? "" : ` (line ${problem.line})`}`,
        ...line("value", problem.value),
        ...line("wrong", problem.wrong),
        ...line("allowed", problem.allowed),
    ].join("\n");
}
