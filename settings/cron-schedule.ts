// Cron lines as a Kubernetes CronJob takes them.

import { Cron } from "croner";
import type { Parsed, ValueKind } from "./value-kind.ts";

const fields = ["minute", "hour", "day of month", "month", "day of week"] as const;

/** What a field may look like in Kubernetes; other cron programs, and the parser used below, know more (L, #, H). */
const numbers = /^(\*|\?|\d+(-\d+)?)(\/[1-9]\d*)?$/;
const numbersOrNames = /^(\*|\?|(\d+|[A-Za-z]{3})(-(\d+|[A-Za-z]{3}))?)(\/[1-9]\d*)?$/;

/**
 * A cron line of exactly five fields that comes due at some time.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export const cronSchedule: ValueKind<string> = {
    engineType: "string",
    allowed: `a cron line of five fields (${fields.join(", ")}), such as "30 * * * *" for half past every hour`,
    parse: parseSchedule,
};

function parseSchedule(text: string): Parsed<string> {
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
    // As a CronJob takes it: "5/15" is every 15 minutes from the fifth on, "?" is "*".
    const line = schedule.replaceAll("?", "*");
    return new Cron(line, { timezone: "UTC", mode: "5-part", sloppyRanges: true }).nextRun(after) ?? undefined;
}

/** A line of four fields lacks the day of the week, most likely; one of six begins with seconds. */
function likelySchedules(given: readonly string[]): readonly string[] {
    const four = given.length === fields.length - 1 ? [[...given, "*"].join(" ")] : [];
    const six = given.length === fields.length + 1 ? [given.slice(1).join(" ")] : [];
    return [...four, ...six];
}
