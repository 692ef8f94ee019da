// Which archives a restore is about.

import { categories, parseObjectKey } from "../workloads/s3-uploader/archive-name.ts";
import type { ManifestEntry } from "../workloads/s3-uploader/manifest.ts";

/** What to restore. */
export interface Selection {
    /** First and last day of rotation, YYYY-MM-DD, UTC. */
    readonly from: string;
    readonly to: string;
    /** Undefined: every category. */
    readonly category: string | undefined;
}

/**
 * Checks what a person asked for. A category goes by its name or by its directory in the log tree.
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
    const found = categories.get(category) ?? [...categories.values()].find((name) => name === category);
    if (found === undefined) {
        const known = [...categories].map(([directory, name]) =>
            directory === name ? name : `${directory} (${name})`,
        );
        throw new Error(`${nameOf("category")} ${category}: there is no such category; there are: ${known.join(", ")}`);
    }
    return { from, to, category: found };
}

function isDay(text: string): boolean {
    const date = new Date(`${text}T00:00:00Z`);
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The entries of a category, those of one log file in the order in which its lines were written. */
export function select(entries: readonly ManifestEntry[], { category }: Selection): readonly ManifestEntry[] {
    const order = ({ key, category: about, sourceNode, rotatedAt }: ManifestEntry): string =>
        [about, sourceNode, parseObjectKey(key)?.logFile ?? key, rotatedAt, key].join("\n");
    return entries
        .filter((entry) => category === undefined || entry.category === category)
        .toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
