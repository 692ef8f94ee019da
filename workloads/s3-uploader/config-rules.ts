// What each key of the uploader's configuration may be.

import { normalize } from "node:path";
import { allowedSchedule, parseSchedule } from "../../formats/cron-schedule.ts";
import { applicationLabel, takenDirectories } from "../../formats/log-tree.ts";
import { bucketName } from "../../settings/bucket-name.ts";
import { type ArchiveStorageClass, archiveStorageClasses } from "../../settings/storage-classes.ts";

type Checked<T> = { readonly value: T } | { readonly wrong: string };

interface Rule<T> {
    readonly allowed: string;
    readonly parse: (value: unknown) => Checked<T>;
}

/** What each key of the configuration file may be. */
export const configRules = {
    "s3.bucket_name": text(bucketName.allowed, bucketName.parse),
    "s3.region": text<string>("the name of an AWS region, such as us-east-1", (name) =>
        /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(name) ? { value: name } : { wrong: "it is not one" },
    ),
    "s3.storage_class": text<ArchiveStorageClass>(`one of ${archiveStorageClasses.join(", ")}`, (name) => {
        const found = archiveStorageClasses.find((one) => one === name);
        return found ? { value: found } : { wrong: "it is none of them" };
    }),
    "s3.kms_key_id": text<string>(
        "the ARN of a KMS key or of an alias, such as arn:aws:kms:us-east-1:123456789012:key/…",
        (arn) =>
            /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/\S+$/.test(arn)
                ? { value: arn }
                : { wrong: "it is not one" },
    ),
    "upload.file_patterns": list('file names with "*" and "?", such as ["*.gz"]', parsePattern),
    "upload.upload_directories": {
        ...list('directories below the log root, relative to it, such as ["archive/"]', parseDirectory),
        parse: parseDirectories,
    },
    "upload.categories": {
        allowed:
            "a mapping of directories of the log tree to the categories of their lines, such as { billing: billing }",
        parse: parseCategories,
    },
    "upload.schedule": text(allowedSchedule, parseSchedule),
    "cleanup.max_age_days": {
        allowed: "a whole number of days from 1 to 3650",
        parse: (value): Checked<number> =>
            typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 3650
                ? { value }
                : { wrong: "it is not one" },
    },
    "cleanup.delete_after_upload": {
        allowed: "true or false",
        parse: (value): Checked<boolean> =>
            typeof value === "boolean" ? { value } : { wrong: "it is neither (YAML takes a quoted word for text)" },
    },
} satisfies Record<string, Rule<unknown>>;

/** A key of the configuration file, such as `s3.region`. */
export type ConfigKey = keyof typeof configRules;

/** What a key stands for once it is checked. */
export type ConfigValue<K extends ConfigKey> = (typeof configRules)[K] extends Rule<infer T> ? T : never;

function text<T>(allowed: string, parse: (value: string) => Checked<T>): Rule<T> {
    return {
        allowed,
        parse: (value) => (typeof value === "string" ? parse(value) : { wrong: "it is no text; quote it" }),
    };
}

function list(each: string, parse: (value: string) => Checked<string>): Rule<readonly string[]> {
    return {
        allowed: `a list of one or more ${each}`,
        parse: (value) => {
            if (!Array.isArray(value) || value.length === 0) {
                return { wrong: Array.isArray(value) ? "it is empty" : "it is no list" };
            }
            const parsed = value.map((item) => ({
                item,
                ...(typeof item === "string" ? parse(item) : { wrong: "it is no text" }),
            }));
            const wrong = parsed.flatMap((one) => ("wrong" in one ? [`${shown(one.item)}: ${one.wrong}`] : []));
            return wrong.length > 0
                ? { wrong: wrong.join("; ") }
                : { value: [...new Set(parsed.flatMap((one) => ("value" in one ? [one.value] : [])))] };
        },
    };
}

function parsePattern(pattern: string): Checked<string> {
    if (pattern === "") {
        return { wrong: "it is empty" };
    }
    const foreign = /[/\\[\]{}!]/.exec(pattern)?.[0];
    return foreign === undefined ? { value: pattern } : { wrong: `it has "${foreign}"` };
}

function parseDirectory(directory: string): Checked<string> {
    const path = normalize(directory).replace(/\/+$/, "");
    if (directory.startsWith("/") || directory.includes("\0")) {
        return { wrong: "it is not relative to the log root" };
    }
    return path === "." || path.split("/").includes("..") ? { wrong: "it is not below the log root" } : { value: path };
}

/** An archive in a directory inside of another one would have two nodes, and two keys. */
function parseDirectories(value: unknown): Checked<readonly string[]> {
    const parsed = list("", parseDirectory).parse(value);
    if ("wrong" in parsed) {
        return parsed;
    }
    const inner = parsed.value.find((one) => parsed.value.some((other) => one.startsWith(`${other}/`)));
    return inner === undefined ? parsed : { wrong: `${shown(inner)} lies in another directory of the list` };
}

function parseCategories(value: unknown): Checked<ReadonlyMap<string, string>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return { wrong: "it is no mapping" };
    }
    const entries = Object.entries(value);
    const wrong = entries.flatMap(([directory, category]) => [
        ...(applicationLabel.test(directory) && !takenDirectories.includes(directory)
            ? []
            : [`${shown(directory)} can't be the directory of an application`]),
        ...(typeof category === "string" && applicationLabel.test(category)
            ? []
            : [`${shown(category)} is no category`]),
    ]);
    return wrong.length > 0 ? { wrong: wrong.join("; ") } : { value: new Map(entries) };
}

/** Names that may come right after a prefix such as `s3.`; those of the first level for an empty one. */
export function configKeysBelow(prefix: string): readonly string[] {
    const below = Object.keys(configRules).filter((key) => key.startsWith(prefix));
    return [...new Set(below.map((key) => key.slice(prefix.length).split(".")[0] ?? ""))];
}

/** A value of the file as messages show it. */
export function shown(value: unknown): string {
    return JSON.stringify(value ?? null);
}
