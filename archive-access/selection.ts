// Which archives a restore is about.

import { categories } from "../formats/log-categories.ts";
import { applicationLabel } from "../formats/log-tree.ts";
import type { ManifestEntry } from "../formats/manifest.ts";
import { parseObjectKey } from "../formats/object-key.ts";

/** What to restore. */
export interface Selection {
    /** First and last day of rotation, YYYY-MM-DD, UTC. */
    readonly from: string;
    readonly to: string;
    /** Undefined: every category. */
    readonly category: string | undefined;
}

/**
 * Checks what a person asked for. A category goes by its name or by its directory in the log tree. One that is none of
 * the six may be an application's, which only the manifests tell ({@link missingCategory}).
 *
 * @param nameOf how whoever asks writes the name of a part; `--from` by default
 * @throws an error that says what is wrong and what is allowed
 */
export function parseSelection(
    from: string,
    to: string,
    category: string | undefined,
    nameOf: (part: keyof Selection) => string = (part) => `--${part}`,
): Selection {
    for (const [part, day] of [
        ["from", from],
        ["to", to],
    ] as const) {
        if (!isDay(day)) {
            throw new Error(`${nameOf(part)} ${day}: it is no day; write it as 2025-09-10`);
        }
    }
    if (from > to) {
        throw new Error(`${nameOf("from")} ${from} is after ${nameOf("to")} ${to}`);
    }
    if (category === undefined || category === "") {
        return { from, to, category: undefined };
    }
    if (!applicationLabel.test(category)) {
        throw new Error(`${nameOf("category")} ${category}: it can't be a category; there are: ${known()}`);
    }
    return { from, to, category: categories.get(category) ?? category };
}

/** The categories that every stack has, and those of the applications that are given, for people. */
function known(applications: readonly string[] = []): string {
    const everywhere = [...categories].map(([directory, name]) =>
        directory === name ? name : `${directory} (${name})`,
    );
    return [...everywhere, ...applications].join(", ");
}

/** Why the category that is asked for can't be one: it is none of the six, and no manifest of the days names it. */
export function missingCategory(
    entries: readonly ManifestEntry[],
    { category, from, to }: Selection,
): string | undefined {
    const always = [...categories.values()];
    if (category === undefined || always.includes(category) || entries.some((entry) => isOf(entry, category))) {
        return undefined;
    }
    const named = [...new Set(entries.map((entry) => entry.category))].filter((name) => !always.includes(name));
    return `no archive from ${from} to ${to} is of the category ${category}; there are: ${known(named.toSorted())}`;
}

/** Archives of a directory that the uploader knew no category for go by the directory too. */
function isOf(entry: ManifestEntry, category: string): boolean {
    return (
        entry.category === category || (!categories.has(category) && parseObjectKey(entry.key)?.directory === category)
    );
}

function isDay(text: string): boolean {
    const date = new Date(`${text}T00:00:00Z`);
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The entries of a category, those of one log file in the order in which its lines were written. */
export function select(entries: readonly ManifestEntry[], { category }: Selection): readonly ManifestEntry[] {
    const order = ({ key, category: about, sourceNode, rotatedAt }: ManifestEntry): string =>
        [about, sourceNode, ...logOf(key), rotatedAt, key].join("\n");
    return entries
        .filter((entry) => category === undefined || isOf(entry, category))
        .toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** The log that an archive is of. */
function logOf(key: string): readonly string[] {
    const name = parseObjectKey(key);
    return name ? [name.directory, name.logFile] : [key];
}
