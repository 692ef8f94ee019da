// Cron lines as a Kubernetes CronJob takes them.

import { Cron } from "croner";

const fields = ["minute", "hour", "day of month", "month", "day of week"] as const;

/** What a field may look like in Kubernetes; other cron programs, and the parser used below, know more (L, #, H). */
const numbers = /^(\*|\?|\d+(-\d+)?)(\/[1-9]\d*)?$/;
const numbersOrNames = /^(\*|\?|(\d+|[A-Za-z]{3})(-(\d+|[A-Za-z]{3}))?)(\/[1-9]\d*)?$/;

/** What a schedule may be, for people. */
export const allowedSchedule = `a cron line of five fields (${fields.join(", ")}), such as "30 * * * *" for half past every hour`;

/**
 * Reads a cron line of exactly five fields that comes due at some time.
 *
 * @returns the line with single blanks, or in words why it is none, and the one that was most likely meant
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function parseSchedule(
    text: string,
): { readonly value: string } | { readonly wrong: string; readonly suggestion?: string } {
    const given = text.trim().split(/\s+/).filter(Boolean);
    if (given.length !== fields.length) {
        const wrong = `it has ${given.length} field${given.length === 1 ? "" : "s"}`;
        return { wrong, suggestion: likelySchedules(given).find((line) => "value" in parseSchedule(line)) };
    }
    for (const [position, name] of fields.entries()) {
        const pattern = position < 3 ? numbers : numbersOrNames;
        const field = given[position] ?? "";
        if (!field.split(",").every((part) => pattern.test(part))) {
            return { wrong: `its ${name} "${field}" is not what a CronJob understands` };
        }
        // Kubernetes counts the days of the week from 0 (Sunday) to 6; the parser would take 7 for Sunday too.
        if (name === "day of week" && /(^|[,-])7(?!\d)/.test(field)) {
            return { wrong: "a CronJob counts the days of the week from 0 (Sunday) to 6" };
        }
    }
    try {
        return nextRun(given.join(" "), new Date()) === undefined
            ? { wrong: "it never comes due" }
            : { value: given.join(" ") };
    } catch (error) {
        return { wrong: `it is out of range (${error instanceof Error ? error.message : error})` };
    }
}

/**
 * When a schedule comes due first after a moment, in UTC as Kubernetes counts; undefined if never.
 *
 * @throws Error when a number of the line is out of range
 */
export function nextRun(schedule: string, after: Date): Date | undefined {
    return cronOf(schedule).nextRun(after) ?? undefined;
}

/** As a CronJob takes it: "5/15" is every 15 minutes from the fifth on, "?" is "*". */
function cronOf(schedule: string): Cron {
    return new Cron(schedule.replaceAll("?", "*"), { timezone: "UTC", mode: "5-part", sloppyRanges: true });
}

const dayMilliseconds = 24 * 3600 * 1000;
/** Days that are looked at for the longest time between two runs: a year, wherever in it a gap lies. */
const daysLookedAt = 400;

/** Gaps that were reckoned before: a schedule is looked at each time that settings are checked. */
const reckonedGaps = new Map<string, number>();

/** Hours between two runs of a schedule, where they are longest within a year; infinite where there is one run or none. */
export function longestGapHours(schedule: string): number {
    const hours = reckonedGaps.get(schedule) ?? reckonGap(schedule);
    reckonedGaps.set(schedule, hours);
    return hours;
}

function reckonGap(schedule: string): number {
    const [minute, hour, ...ofDay] = schedule.split(" ");
    const start = Date.UTC(2027, 0, 1);
    const times = runsBetween(`${minute} ${hour} * * *`, start, start + dayMilliseconds).map((time) => time - start);
    const line = ofDay.join(" ");
    const days =
        line === "* * *"
            ? [start, start + dayMilliseconds]
            : runsBetween(`0 0 ${line}`, start, start + daysLookedAt * dayMilliseconds);
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined || days.length < 2) {
        return Number.POSITIVE_INFINITY;
    }
    const within = differences(times);
    const overnight = differences(days).map((gap) => gap - last + first);
    return [...within, ...overnight].reduce((most, each) => Math.max(most, each), 0) / 3_600_000;
}

/** Moments from `start` on and before `end` at which a schedule comes due. */
function runsBetween(schedule: string, start: number, end: number): readonly number[] {
    const cron = cronOf(schedule);
    const runs: number[] = [];
    let time = cron.nextRun(new Date(start - 1000))?.getTime();
    while (time !== undefined && time < end) {
        runs.push(time);
        time = cron.nextRun(new Date(time))?.getTime();
    }
    return runs;
}

function differences(times: readonly number[]): readonly number[] {
    return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** A line of four fields lacks the day of the week, most likely; one of six begins with seconds. */
function likelySchedules(given: readonly string[]): readonly string[] {
    const four = given.length === fields.length - 1 ? [[...given, "*"].join(" ")] : [];
    const six = given.length === fields.length + 1 ? [given.slice(1).join(" ")] : [];
    return [...four, ...six];
}
