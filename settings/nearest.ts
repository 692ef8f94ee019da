// Finds what somebody most likely meant by a word that was mistyped.

/** The candidate nearest to `word`, letter case aside; undefined when none is near enough to be a likely meaning. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
    const typed = word.toLowerCase();
    const mostEdits = Math.max(2, Math.floor(word.length / 4));
    const ranked = candidates
        .map((candidate) => ({ candidate, edits: editDistance(typed, candidate.toLowerCase()) }))
        .sort((a, b) => a.edits - b.edits);
    const best = ranked[0];
    return best && best.edits <= mostEdits ? best.candidate : undefined;
}

/** Levenshtein distance: how many letters have to be added, left out or changed to make one word of the other. */
export function editDistance(from: string, to: string): number {
    let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
    for (let row = 1; row <= from.length; row++) {
        const current = [row];
        for (let column = 1; column <= to.length; column++) {
            const change = from[row - 1] === to[column - 1] ? 0 : 1;
            current.push(
                Math.min(
                    (previous[column] ?? 0) + 1,
                    (current[column - 1] ?? 0) + 1,
                    (previous[column - 1] ?? 0) + change,
                ),
            );
        }
        previous = current;
    }
    return previous[to.length] ?? 0;
}
