// The configuration of a stack, put together from the defaults of Pulumi.yaml and what the stack sets.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { asText } from "./engine-text.ts";
import { keys, qualified } from "./keys.ts";
import {
    type ConfigEntry,
    type OtherNumber,
    projectFolder,
    readConfigEntries,
    readDeclarations,
    stackFile,
} from "./project-files.ts";

/** Where the value of a setting was set. */
export interface Origin {
    /** For people, such as `Pulumi.prod.yaml, line 12`. */
    readonly place: string;
    /** The value must not be shown. */
    readonly secret?: boolean;
    /** The value is part of an object, as `pulumi config set --path` writes it. */
    readonly nested?: boolean;
    /** Places of what is in a list, by their paths, such as `[0].name`. */
    readonly parts?: ReadonlyMap<string, string>;
    /** Numbers of it that are not written as plain decimals, by their paths in the value. */
    readonly otherNumbers?: ReadonlyMap<string, OtherNumber>;
    /** A second place that sets the same key. */
    readonly alsoIn?: string;
}

/** Values by their key with namespace, as text like the engine's, and where each was set. */
export interface StackConfig {
    readonly values: Readonly<Record<string, string>>;
    readonly origins: Readonly<Record<string, Origin>>;
}

/** Stands for a value that is encrypted in a stack file; as long as a secret has to be. */
const hidden = "[secret, which is not read here]";

/** What a stack is given by `pulumi config set --secret` before its first `pulumi up`, and a file alone may lack. */
const neededSecret = qualified("search.passwordKey");
const needsSecret = qualified("search.security");

/**
 * The configuration that the engine would give to the program for a stack, read from the files alone. A value that is
 * encrypted there, or that is secret and missing, reads as a text that says so.
 *
 * @throws Error when the stack has no file
 */
export function readStackConfig(stack: string, folder: string = projectFolder): StackConfig {
    const entries = readConfigEntries(stackFile(stack, folder));
    const given = Object.fromEntries(entries.map(({ key, value }) => [key, asText(withoutSecrets(value))]));
    const secretKeys = entries.filter(({ key, value }) => given[key] !== asText(value)).map(({ key }) => key);
    const { values, origins } = mergeConfig(stack, given, secretKeys, folder);
    return values[neededSecret] !== "" || values[needsSecret] === "false"
        ? { values, origins }
        : {
              values: { ...values, [neededSecret]: hidden },
              origins: { ...origins, [neededSecret]: { place: "a file that is not read here", secret: true } },
          };
}

/**
 * Puts together the defaults of `Pulumi.yaml` and what the engine gave to the program.
 *
 * The engine takes the dots of a key in `Pulumi.yaml` for a path: it hands `rotation.maxAgeDays` over inside an object
 * `rotation` that is filled with the defaults, beside the flat key of the stack file. So the defaults are read from
 * `Pulumi.yaml` here, and the engine's copy of them is passed over (see docs/decisions/0003-settings.md).
 *
 * @param given values by key with namespace, as in `pulumi.runtime.allConfig()`
 * @param secretKeys keys of `given` whose values are secret
 */
export function mergeConfig(
    stack: string,
    given: Readonly<Record<string, string>>,
    secretKeys: readonly string[],
    folder: string = projectFolder,
): StackConfig {
    const declarations = readDeclarations(folder);
    const defaults = new Map(declarations.map((declaration) => [declaration.key, declaration.default]));
    const values = Object.fromEntries(defaults);
    const origins: Record<string, Origin> = Object.fromEntries(
        declarations.map(({ key, line }) => [key, { place: `Pulumi.yaml, line ${line} (default)` }]),
    );
    const stackFile = readStackFile(`Pulumi.${stack}.yaml`, folder);
    const seen = new Set<string>();
    for (const [givenKey, givenText] of Object.entries(given)) {
        const secret = secretKeys.includes(givenKey);
        for (const { key, text, nested } of settingsIn(givenKey, givenText)) {
            const found = stackFile.get(lineKey(key, nested, secret ? hidden : text));
            const isEnginesCopyOfDefault = text === defaults.get(key) && found === undefined;
            if (isEnginesCopyOfDefault) {
                continue;
            }
            const placeOf = (line: number) => `Pulumi.${stack}.yaml, line ${line}`;
            const place = found === undefined ? "stack configuration" : placeOf(found.line);
            const parts = found && new Map([...found.partLines].map(([path, line]) => [path, placeOf(line)]));
            const otherNumbers = found?.otherNumbers;
            const alsoIn = seen.has(key) ? origins[key]?.place : undefined;
            seen.add(key);
            values[key] = text;
            origins[key] = { place, secret, nested, parts, otherNumbers, alsoIn };
        }
    }
    return { values, origins };
}

interface Setting {
    readonly key: string;
    readonly text: string;
    readonly nested: boolean;
}

/** Every setting; the value of one can be an object. */
const settingKeys = new Set(keys.map(qualified));

/** Objects into which the engine puts dotted keys, such as `chattingo-logging:rotation`. */
const groups = new Set(keys.filter((key) => key.includes(".")).map((key) => qualified(key.split(".", 1).join())));

/** The settings inside the object of a group; any other key is a setting by itself. */
function settingsIn(key: string, text: string): readonly Setting[] {
    const group = groups.has(key) ? parseObject(text) : undefined;
    return group === undefined ? [{ key, text, nested: false }] : nestedSettings(key, group);
}

function nestedSettings(path: string, group: Readonly<Record<string, unknown>>): readonly Setting[] {
    return Object.entries(group).flatMap(([name, value]) => {
        const key = `${path}.${name}`;
        return isObject(value) && !settingKeys.has(key)
            ? nestedSettings(key, value)
            : [{ key, text: asText(value), nested: true }];
    });
}

/**
 * Lines of the stack's file by key, way of writing and value: the engine may have been given another file, and a line
 * of this one is right only if it says the same.
 */
function readStackFile(file: string, folder: string): ReadonlyMap<string, FoundEntry> {
    const path = join(folder, file);
    const lines = new Map<string, FoundEntry>();
    for (const entry of existsSync(path) ? readConfigEntries(path) : []) {
        for (const { key, text, nested } of settingsIn(entry.key, asText(withoutSecrets(entry.value)))) {
            // Of a group, those of the setting inside it.
            const inner = nested ? key.slice(entry.key.length) : "";
            const otherNumbers = new Map(
                [...entry.otherNumbers].flatMap(([path, number]) =>
                    path.startsWith(inner) ? [[path.slice(inner.length), number] as const] : [],
                ),
            );
            lines.set(lineKey(key, nested, text), { ...entry, otherNumbers });
        }
    }
    return lines;
}

type FoundEntry = Pick<ConfigEntry, "line" | "partLines" | "otherNumbers">;

function lineKey(key: string, nested: boolean, text: string): string {
    return JSON.stringify([key, nested, sortedFields(text)]);
}

/** The same text, but for JSON with the fields in one order: the engine sorts them, and people do not. */
function sortedFields(text: string): string {
    const sorted = (value: unknown): unknown => {
        if (Array.isArray(value)) {
            return value.map(sorted);
        }
        return isObject(value)
            ? Object.entries(value)
                  .map(([name, inner]) => [name, sorted(inner)] as const)
                  .toSorted(([one], [other]) => (one < other ? -1 : 1))
            : value;
    };
    try {
        return JSON.stringify(sorted(JSON.parse(text)));
    } catch {
        return text;
    }
}

/** The same value with {@link hidden} in place of what the Pulumi CLI has encrypted. */
function withoutSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutSecrets);
    }
    if (!isObject(value)) {
        return value;
    }
    return Object.keys(value).join() === "secure"
        ? hidden
        : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutSecrets(inner)]));
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return isObject(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
