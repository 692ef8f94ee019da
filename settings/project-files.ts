// The configuration in Pulumi.yaml and in the stack files, with the line of each key.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument, Scalar, visit } from "yaml";
import { otherNumber } from "./engine-number.ts";
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
    /** Numbers that are not written as plain decimals, by their paths: "" for the value itself, `[0].retentionDays`, `.maxAgeDays`. */
    readonly otherNumbers: ReadonlyMap<string, OtherNumber>;
}

/** A number that is not written as a plain decimal. */
export interface OtherNumber {
    readonly written: string;
    /** What the Pulumi CLI makes of it. */
    readonly read: string;
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
    const otherNumbers = readAsEngine(config);
    const values = (document.toJS() as { config?: Record<string, unknown> } | null)?.config ?? {};
    const lineOf = (node: unknown) => lineCounter.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0).line;
    return (isMap(config) ? config.items : []).filter(hasScalarKey).map(({ key, value }) => ({
        key: String(key.value),
        value: values[String(key.value)],
        line: lineOf(key),
        partLines: partLines(value, lineOf),
        otherNumbers: new Map(
            [...otherNumbers].flatMap(([node, number]) => {
                const path = pathOf(value, node);
                return path === undefined ? [] : [[path, number] as const];
            }),
        ),
    }));
}

/** Gives every number the value that the Pulumi CLI gives it, and returns those that are not written as plain decimals. */
function readAsEngine(config: unknown): ReadonlyMap<unknown, OtherNumber> {
    const found = new Map<unknown, OtherNumber>();
    if (isNode(config)) {
        visit(config, {
            Scalar: (key, node) => {
                const written = key !== "key" && node.type === Scalar.PLAIN ? (node.source ?? "") : "";
                const read = otherNumber(written);
                if (read !== undefined) {
                    node.value = Number(read);
                    found.set(node, { written, read });
                }
            },
        });
    }
    return found;
}

/** Where a scalar is in a value, as the Pulumi CLI writes paths; undefined when it is not in it. */
function pathOf(value: unknown, wanted: unknown): string | undefined {
    if (value === wanted) {
        return "";
    }
    const parts: readonly (readonly [string, unknown])[] = isSeq(value)
        ? value.items.map((item, index) => [`[${index}]`, item])
        : isMap(value)
          ? value.items.filter(hasScalarKey).map((pair) => [`.${pair.key.value}`, pair.value])
          : [];
    for (const [part, inner] of parts) {
        const path = pathOf(inner, wanted);
        if (path !== undefined) {
            return `${part}${path}`;
        }
    }
    return undefined;
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
