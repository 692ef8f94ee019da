// Times in the names of archives, which sort in the order of the lines.

const second = 1000;

/**
 * Milliseconds that the last archive's name may be ahead of the clock: 7 days. A clock that went backwards by less keeps
 * the order of the names; by more, it was wrong before, and names follow it again.
 */
const mostAhead = 7 * 24 * 60 * 60 * 1000;

/** Whether a time in a name is one that only a wrong clock gave. */
export function isFromWrongClock(time: number, now: number): boolean {
    return time - now > mostAhead;
}

/**
 * Time for the name of the next archive of a file: now, but later than that of its last one, so that names are never
 * used twice and sort in the order of the lines, even when the clock went backwards.
 *
 * @param last not {@link isFromWrongClock}
 */
export function nextArchiveTime(now: number, last: number | undefined): number {
    const current = Math.floor(now / second) * second;
    return last === undefined ? current : Math.max(current, last + second);
}
