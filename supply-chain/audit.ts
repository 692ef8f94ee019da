// What `npm audit` reports, without what somebody has looked at and excepted for a time.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../settings/project-files.ts";

/** A known vulnerability that is not fixed yet, with the person who answers for that. */
export interface AuditException {
    /** Such as `GHSA-xxxx-xxxx-xxxx`, the end of the address that npm shows. */
    readonly advisory: string;
    /** Name of the package that npm reports it for. */
    readonly package: string;
    /** Why it does no harm here, or what is done instead. */
    readonly reason: string;
    /** Who answers for it: a name or a team on GitHub, such as `@chattingo/logging`. */
    readonly owner: string;
    /** The first day on which it counts no more, as `2026-12-31`. At most {@link longestDays} days ahead. */
    readonly until: string;
}

/** Part of what `npm audit --json` prints (https://docs.npmjs.com/cli/v11/commands/npm-audit#audit-endpoints). */
export interface AuditReport {
    readonly vulnerabilities: Readonly<
        Record<
            string,
            {
                readonly name: string;
                /** An advisory, or the name of another package of the report that brings it in. */
                readonly via: readonly (
                    | string
                    | { readonly title: string; readonly url: string; readonly severity: string }
                )[];
            }
        >
    >;
}

/** Days for which an exception may hold before somebody has to look again. */
const longestDays = 90;

const exceptionsFile = join(projectFolder, "supply-chain/audit-exceptions.json");
const dayMilliseconds = 24 * 3600 * 1000;

/** The exceptions of this repository. */
export function auditExceptions(): readonly AuditException[] {
    return JSON.parse(readFileSync(exceptionsFile, "utf8")) as readonly AuditException[];
}

/** Everything that somebody has to act on, in words; empty when there is nothing. */
export function auditProblems(
    report: AuditReport,
    exceptions: readonly AuditException[],
    today: Date,
): readonly string[] {
    const found = Object.values(report.vulnerabilities).flatMap(({ name, via }) =>
        via.flatMap((each) =>
            typeof each === "string" ? [] : [{ name, advisory: each.url.split("/").at(-1) ?? each.url, ...each }],
        ),
    );
    const covers = (exception: AuditException, one: { readonly name: string; readonly advisory: string }) =>
        exception.package === one.name && exception.advisory === one.advisory;
    return [
        ...exceptions.flatMap((exception) => wrongException(exception, today)),
        ...exceptions
            .filter((exception) => !found.some((one) => covers(exception, one)))
            .map(
                ({ advisory, package: name }) =>
                    `${advisory} of ${name} is excepted and not found any more: take its exception away`,
            ),
        ...found
            .filter((one) => !exceptions.some((exception) => covers(exception, one)))
            .map(
                ({ name, advisory, severity, title, url }) =>
                    `${name} has ${advisory} (${severity}): ${title}, ${url}. Update it; until that is possible, except it in supply-chain/audit-exceptions.json with reason, owner and date`,
            ),
    ];
}

function wrongException(exception: AuditException, today: Date): readonly string[] {
    const { advisory, package: name, reason, owner, until } = exception;
    const of = `the exception for ${advisory} of ${name}`;
    const days = (Date.parse(until) - today.getTime()) / dayMilliseconds;
    return [
        ...(reason && owner ? [] : [`${of} lacks a reason or an owner`]),
        ...(/^\d{4}-\d{2}-\d{2}$/.test(until) && !Number.isNaN(days)
            ? []
            : [`${of} has until: "${until}"; expected a day such as 2026-12-31`]),
        ...(days <= 0 ? [`${of} ended on ${until}: ${owner} has to look again`] : []),
        ...(days > longestDays ? [`${of} holds until ${until}; expected ${longestDays} days at most`] : []),
    ];
}
