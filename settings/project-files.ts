// The configuration in Pulumi.yaml and in the stack files, with the line of each key.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, LineCounter, type Pair, parseDocument, type Scalar } from "yaml";
import { qualified } from "./keys.ts";

/** Folder of `Pulumi.yaml` and the stack files. */
export const projectFolder = join(import.meta.dirname, "..");

/** One entry of the mapping `config` of a project file or stack file. */
export interface ConfigEntry {
    readonly key: string;
    readonly value: unknown;
    readonly line: number;
}

/** What `Pulumi.yaml` says of one setting. */
export interface Declaration {
    /** Key with its namespace. */
    readonly key: string;
    /** Undefined for a key of another namespace, which the engine wants untyped. */
    readonly type?: string;
    readonly default: string;
    readonly description?: string;
    readonly line: number;
}

/** The settings that `Pulumi.yaml` declares. */
export function readDeclarations(folder: string): readonly Declaration[] {
    return readConfigEntries(join(folder, "Pulumi.yaml")).map(({ key, value, line }) => {
        const declared = value as { type?: string; default?: unknown; value?: unknown; description?: string };
        const { type, description } = declared;
        return { key: qualified(key), type, default: asText(declared.default ?? declared.value), description, line };
    });
}

/**
 * The configuration in a project file or stack file.
 *
 * @throws Error when the file is not YAML, or cannot be read
 */
export function readConfigEntries(path: string): readonly ConfigEntry[] {
    const lineCounter = new LineCounter();
    const document = parseDocument(readFileSync(path, "utf8"), { lineCounter });
    const [error] = document.errors;
    if (error) {
        throw new Error(`${path}: ${error.message}`);
    }
    const config = document.get("config");
    const values = (document.toJS() as { config?: Record<string, unknown> } | null)?.config ?? {};
    return (isMap(config) ? config.items : []).filter(hasScalarKey).map(({ key }) => ({
        key: String(key.value),
        value: values[String(key.value)],
        line: lineCounter.linePos(key.range?.[0] ?? 0).line,
    }));
}

function hasScalarKey(pair: Pair): pair is Pair<Scalar> {
    return isScalar(pair.key);
}

/** A value of a YAML file as the engine hands it to a program: text, and JSON for lists and objects. */
export function asText(value: unknown): string {
    if (value === null || value === undefined) {
        return "";
    }
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}
