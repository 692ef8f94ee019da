// What elastic-setup is to set up: the file that its ConfigMap holds, checked as a whole.

import { stackName } from "../../formats/data-streams.ts";
import { applicationLabel } from "../../formats/log-tree.ts";

/** One category of log lines. */
export interface PlannedCategory {
    /** Name of the category, such as `authentication`. */
    readonly name: string;
    /** Days for which its lines can be searched. */
    readonly retentionDays: number;
    /** Lines of text are never read as JSON; undefined: what begins as JSON is. */
    readonly format?: "json" | "text";
    /** Zone of the times in its lines that name none, as IANA names it; undefined: UTC. */
    readonly timeZone?: string;
    /** Pattern of java.time for the time at the beginning of its lines of text; undefined: one of the common ones. */
    readonly timeFormat?: string;
}

/** What is to be there when elastic-setup has ended. */
export interface Plan {
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    readonly categories: readonly PlannedCategory[];
    /** Primary shards of each index. */
    readonly shards: number;
    /** Copies of each shard beside the primary. */
    readonly replicas: number;
    /** How soon a line can be found, such as `2s`. */
    readonly refreshInterval: string;
    /** Fields that an index may have; what an application writes beyond them is kept but not indexed. */
    readonly fieldLimit: number;
    /** Keep each line as it was written in `event.original`, where it is found by any part of it; undefined: it does. */
    readonly keepsRawLine?: boolean;
}

/** All that is wrong with the file. */
export class PlanError extends Error {
    constructor(file: string, problems: readonly string[]) {
        super([`${file}: nothing was set up, because`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
        this.name = "PlanError";
    }
}

type Check = (value: unknown) => string | undefined;

const wholeNumber =
    (least: number, most: number): Check =>
    (value) =>
        Number.isInteger(value) && Number(value) >= least && Number(value) <= most
            ? undefined
            : `expected a whole number from ${least} to ${most}`;

const text =
    (pattern: RegExp, example: string): Check =>
    (value) =>
        typeof value === "string" && pattern.test(value) ? undefined : `expected a text such as ${example}`;

const optional =
    (check: Check): Check =>
    (value) =>
        value === undefined ? undefined : check(value);

const checks: Readonly<Record<Exclude<keyof Plan, "categories">, Check>> = {
    stack: text(stackName, "dev"),
    shards: wholeNumber(1, 1024),
    replicas: wholeNumber(0, 100),
    refreshInterval: text(/^([1-9]\d*(ms|s|m)|-1)$/, "2s"),
    fieldLimit: wholeNumber(50, 100_000),
    keepsRawLine: optional((value) => (typeof value === "boolean" ? undefined : "expected true or false")),
};

const categoryChecks: Readonly<Record<keyof PlannedCategory, Check>> = {
    name: text(applicationLabel, "application"),
    retentionDays: wholeNumber(1, 36500),
    format: optional(text(/^(json|text)$/, "json")),
    timeZone: optional(text(/^[A-Za-z0-9_+/-]{1,64}$/, "Europe/Berlin")),
    timeFormat: optional(text(/^.{1,100}$/, "dd.MM.yyyy HH:mm:ss")),
};

/**
 * Reads the plan from the text of the file.
 *
 * @throws PlanError with every mistake
 */
export function readPlan(file: string, content: string): Plan {
    let value: unknown;
    try {
        value = JSON.parse(content);
    } catch (error) {
        throw new PlanError(file, [`it is no JSON: ${error instanceof Error ? error.message : error}`]);
    }
    const problems = problemsOf(value, "", { ...checks, categories: () => undefined });
    const categories = isObject(value) ? value.categories : undefined;
    if (!Array.isArray(categories) || categories.length === 0) {
        problems.push("categories: expected a list with one category or more");
    } else {
        categories.forEach((category, index) => {
            problems.push(...problemsOf(category, `categories[${index}].`, categoryChecks));
        });
        const names = categories.map((category) => (isObject(category) ? category.name : undefined));
        for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
            problems.push(`categories: ${JSON.stringify(name)} is listed twice`);
        }
    }
    if (problems.length > 0) {
        throw new PlanError(file, problems);
    }
    return value as Plan;
}

function problemsOf(value: unknown, path: string, expected: Readonly<Record<string, Check>>): string[] {
    if (!isObject(value)) {
        return [`${path || "it"}: expected an object`];
    }
    const unknown = Object.keys(value)
        .filter((key) => !(key in expected))
        .map((key) => `${path}${key}: there is no such setting; there are ${Object.keys(expected).join(", ")}`);
    const wrong = Object.entries(expected).flatMap(([key, check]) => {
        const reason = check(value[key]);
        return reason === undefined ? [] : [`${path}${key}: ${JSON.stringify(value[key])}: ${reason}`];
    });
    return [...unknown, ...wrong];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
