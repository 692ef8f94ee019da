// The configuration in Pulumi.yaml and in the stack files, with the line of each key.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument, type Scalar } from "yaml";
import { asText } from "./engine-text.ts";
import { qualified } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** Folder of `Pulumi.yaml` and the stack files. */
export const projectFolder = join(import.meta.dirname, "..");

/**
 * Path of a stack's file.
 *
 * @throws Error when there is none, with the stacks that there are, the one most likely meant and how to make a new one
 */
export function stackFile(stack: string, folder: string = projectFolder): string {
    const file = join(folder, `Pulumi.${stack}.yaml`);
    if (!existsSync(file)) {
        const known = readdirSync(folder)
            .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
            .toSorted();
        const meant = nearest(stack, known);
        throw new Error(
            `stack ${stack}: there is no Pulumi.${stack}.yaml beside Pulumi.yaml; there are: ${known.join(", ") || "none"}` +
                `${meant === undefined ? "" : `; did you mean ${meant}?`}\nA new stack is made with: pulumi stack init ${stack}`,
        );
    }
    return file;
}

/** One entry of the mapping `config` of a project file or stack file. */
export interface ConfigEntry {
    readonly key: string;
    readonly value: unknown;
    readonly line: number;
    /** Lines of what is in a list, by their paths: `[0]` for an entry, `[0].name` for a field of it. */
    readonly partLines: ReadonlyMap<string, number>;
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
    const lineOf = (node: unknown) => lineCounter.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0).line;
    return (isMap(config) ? config.items : []).filter(hasScalarKey).map(({ key, value }) => ({
        key: String(key.value),
        value: values[String(key.value)],
        line: lineOf(key),
        partLines: partLines(value, lineOf),
    }));
}

function partLines(value: unknown, lineOf: (node: unknown) => number): ReadonlyMap<string, number> {
    const entries = isSeq(value) ? value.items : [];
    return new Map(
        entries.flatMap((entry, index) => [
            [`[${index}]`, lineOf(entry)] as const,
            ...(isMap(entry) ? entry.items : [])
                .filter(hasScalarKey)
                .map(({ key }) => [`[${index}].${key.value}`, lineOf(key)] as const),
        ]),
    );
}

function hasScalarKey(pair: Pair): pair is Pair<Scalar> {
    return isScalar(pair.key);
}
