// The order in which logs are rotated when their disk is full: what frees most comes first.

import type { Finding, FoundLog } from "./find-logs.ts";

/** Logs that are put first; the others follow as they are found, because there may be a million. */
const largest = 100;

/**
 * The findings, the largest logs first.
 *
 * @param find looks for them, from the start each time
 */
export function* largestFirst(find: () => Iterable<Finding>): Generator<Finding> {
    const first: FoundLog[] = [];
    for (const finding of find()) {
        if (finding.kind !== "log" || finding.log.diskBytes <= (first[largest - 1]?.diskBytes ?? -1)) {
            continue;
        }
        const place = first.findIndex(({ diskBytes }) => diskBytes < finding.log.diskBytes);
        first.splice(place < 0 ? first.length : place, 0, finding.log);
        first.splice(largest);
    }
    for (const log of first) {
        yield { kind: "log", log };
    }
    const seen = new Set(first.map(({ name }) => name));
    for (const finding of find()) {
        if (finding.kind !== "log" || !seen.has(finding.log.name)) {
            yield finding;
        }
    }
}
