// The setting `applications`: what an entry may be, what it may not share, and how each fault is told.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { applicationLabel, takenDirectories } from "../../formats/log-tree.ts";
import { type Application, applications } from "../../settings/applications.ts";
import { parseSettings, readStackConfig, SettingsError } from "../../settings/index.ts";
import { projectFolder } from "../../settings/project-files.ts";
import type { Problem } from "../../settings/report.ts";
import { mergeConfig } from "../../settings/stack-config.ts";

const key = "chattingo-logging:applications";
/** For tests of something else: neither a secret nor a cluster of EKS is needed then. */
const others = { "chattingo-logging:search.security": "false", "chattingo-logging:archive.credentials": "static" };

function settingsOf(entries: unknown, more: Readonly<Record<string, string>> = {}, secretKeys: readonly string[] = []) {
    const text = typeof entries === "string" ? entries : JSON.stringify(entries);
    const { values, origins } = mergeConfig("dev", { ...others, ...more, [key]: text }, secretKeys);
    return parseSettings("dev", values, origins);
}

function errorOf(run: () => unknown): SettingsError {
    try {
        run();
    } catch (error) {
        assert.ok(error instanceof SettingsError, String(error));
        return error;
    }
    throw new assert.AssertionError({ message: "the applications should be refused" });
}

const problemsOf = (...parameters: Parameters<typeof settingsOf>): readonly Problem[] =>
    errorOf(() => settingsOf(...parameters)).problems;

/** The one problem of a list. */
function problemOf(...parameters: Parameters<typeof settingsOf>): Problem {
    const problems = problemsOf(...parameters);
    assert.equal(problems.length, 1, JSON.stringify(problems, undefined, 2));
    return problems[0] as Problem;
}

describe("a field of an application's entry", () => {
    it("is foreign also when every object of JavaScript has it", () => {
        for (const field of ["constructor", "__proto__", "toString"]) {
            const parsed = applications.parse(`[{"name":"billing","${field}":{"a":1}}]`);
            assert.ok("value" in parsed);
            assert.deepEqual(
                parsed.parts?.map(({ path, isForeign }) => [path, isForeign]),
                [[`[0].${field}`, true]],
            );
        }
    });
});

describe("the applications of a stack", () => {
    it("are none unless the stack names some", () => {
        assert.deepEqual(settingsOf([]).applications, []);
    });

    it("need nothing but a name", () => {
        const [application] = settingsOf([{ name: "billing" }]).applications;
        assert.deepEqual(application, {
            name: "billing",
            directory: "billing",
            format: "json",
            multilineStart: undefined,
            retentionDays: undefined,
        });
    });

    it("are what their entries say", () => {
        const entry = {
            name: "payments",
            directory: "billing",
            format: "text",
            multilineStart: "^\\d{4}-",
            encoding: "utf-16le",
            timeZone: "America/New_York",
            timeFormat: "yyyy-MM-dd'T'HH:mm:ss.SSS",
            retentionDays: 14,
        };
        assert.deepEqual(settingsOf([entry]).applications, [entry]);
        assert.equal(settingsOf([{ ...entry, retentionDays: "14" }]).applications[0]?.retentionDays, 14);
    });

    for (const [what, entry, field, wrong, allowed] of [
        ["no name", { directory: "billing" }, ".name", /^it is missing$/, /a name of 1 to 40 lower-case letters/],
        ["a name of other letters", { name: "Billing" }, ".name", /the character "B"/, /lower-case letters/],
        ["a name that is too long", { name: "b".repeat(41) }, ".name", /too long/, /1 to 40/],
        ["an empty name", { name: "" }, ".name", /^it is empty$/, /such as billing/],
        [
            "a directory with a slash",
            { name: "b", directory: "a/b" },
            ".directory",
            /the character "\/"/,
            /digits and "-"/,
        ],
        ["a directory with a dot", { name: "b", directory: ".rotation" }, ".directory", /the character "\."/, /digits/],
        ["a directory with a _", { name: "b", directory: "a_b" }, ".directory", /the character "_"/, /digits/],
        ["a format that is none", { name: "b", format: "jsn" }, ".format", /none of them/, /one of json, text/],
        [
            "an expression that does not compile",
            { name: "b", format: "text", multilineStart: "[a" },
            ".multilineStart",
            /does not compile: .*missing closing \]/,
            /in Go's syntax \(RE2\)/,
        ],
        [
            "an expression that only others take",
            { name: "b", format: "text", multilineStart: "(?=\\d)" },
            ".multilineStart",
            /does not compile: .*unsupported Perl syntax/,
            /in Go's syntax \(RE2\)/,
        ],
        [
            "an empty expression",
            { name: "b", format: "text", multilineStart: "" },
            ".multilineStart",
            /^it is empty$/,
            /such as \^\\d\{4\}-/,
        ],
        [
            "a zone that is none",
            { name: "b", timeZone: "Europe/Berln" },
            ".timeZone",
            /^there is no such zone$/,
            /such as Europe\/Berlin or UTC/,
        ],
        ["an empty zone", { name: "b", timeZone: "" }, ".timeZone", /^it is empty$/, /time zone database/],
        [
            "a pattern without a year",
            { name: "b", format: "text", timeFormat: "dd.MM. HH:mm" },
            ".timeFormat",
            /^it has no year$/,
            /year, month, day, hour and minute/,
        ],
        [
            "a pattern with a letter that means nothing in it",
            { name: "b", format: "text", timeFormat: "yyyy-MM-ddTHH:mm" },
            ".timeFormat",
            /^the letter T means nothing in it/,
            /pattern of java\.time/,
        ],
        [
            "a pattern with an open quote",
            { name: "b", format: "text", timeFormat: "yyyy-MM-dd'T HH:mm" },
            ".timeFormat",
            /quote at one end only/,
            /pattern of java\.time/,
        ],
        [
            "an empty pattern",
            { name: "b", format: "text", timeFormat: "" },
            ".timeFormat",
            /^it is empty$/,
            /at most 100 characters/,
        ],
        [
            "a pattern that is too long",
            { name: "b", format: "text", timeFormat: `yyyy-MM-dd HH:mm${" ".repeat(90)}` },
            ".timeFormat",
            /^it has 106 characters$/,
            /at most 100 characters/,
        ],
        [
            "a pattern for JSON",
            { name: "b", timeFormat: "yyyy-MM-dd HH:mm" },
            ".format",
            /a JSON object has it in a field/,
            /^text, or no timeFormat$/,
        ],
        [
            "an encoding that is none",
            { name: "b", encoding: "utf16le" },
            ".encoding",
            /^it is none of them$/,
            /one of utf-8, utf-16le, /,
        ],
        [
            "a start of events of JSON",
            { name: "b", multilineStart: "^a" },
            ".format",
            /a JSON object is one line/,
            /^text, or no multilineStart$/,
        ],
        ["no day", { name: "b", retentionDays: 0 }, ".retentionDays", /too small/, /a whole number of days from 1/],
        ["half a day", { name: "b", retentionDays: 1.5 }, ".retentionDays", /no.* whole number/, /a whole number/],
        [
            "days beyond the archive's",
            { name: "b", retentionDays: 366 },
            ".retentionDays",
            /lines could be searched whose archive is gone/,
            /^at most 365$/,
        ],
        ["what is no entry", "billing", "", /it is no entry with fields/, /the fields name, directory, format/],
    ] as const) {
        it(`are refused with ${what}, by place, value, reason and what is allowed`, () => {
            const problem = problemOf([{ name: "first" }, entry]);
            assert.equal(problem.key, `${key}[1]${field}`);
            assert.match(problem.wrong, wrong);
            assert.match(problem.allowed ?? "", allowed);
            assert.ok(problem.fix.includes(`--stack dev --path '${key}[1]${field}'`), problem.fix);
        });
    }

    it("are refused for a field that there is not, with the nearest that there is", () => {
        const problem = problemOf([{ name: "billing", retentiondays: 9 }]);
        assert.equal(problem.value, "9");
        assert.match(problem.wrong, /did you mean retentionDays\?/);
        assert.equal(
            problem.fix,
            `pulumi config rm --stack dev --path '${key}[0].retentiondays' && ` +
                `pulumi config set --stack dev --path '${key}[0].retentionDays' 9`,
        );
        assert.equal(problemOf([{ name: "billing", owner: "x" }]).wrong, "there is no such field");
    });

    it("are what the operators' handbook says", () => {
        const handbook = readFileSync(join(projectFolder, "docs/operations.md"), "utf8");
        const [, section = ""] = handbook.split("## Onboard an application\n");
        const stackFile = /^```yaml\n(.*?)^```$/ms.exec(section)?.[1] ?? "";
        const { config } = parse(stackFile) as { config: Readonly<Record<string, unknown>> };
        assert.deepEqual(Object.keys(config), [key]);
        assert.deepEqual(settingsOf(config[key]).applications, [
            {
                name: "billing",
                directory: "billing",
                format: "json",
                multilineStart: undefined,
                retentionDays: undefined,
            },
            {
                name: "payments",
                directory: "pay",
                format: "text",
                multilineStart: "^\\d{4}-\\d{2}-\\d{2} ",
                retentionDays: 14,
            },
        ]);
    });

    it("are refused altogether where they are no list", () => {
        assert.equal(problemOf("billing").wrong, "it is no list");
        assert.equal(problemOf({ name: "billing" }).wrong, "it is no list");
        assert.equal(problemOf("").wrong, "it is empty");
    });

    it("are never secret, and nothing secret is shown", () => {
        const error = errorOf(() => settingsOf([{ name: "hush" }, { name: "Hush hush" }], {}, [key]));
        assert.equal(error.problems.length, 1);
        assert.match(error.message, /value {4}\(secret\)\n {4}wrong {4}it is secret/);
        assert.doesNotMatch(error.message, /hush/i);
    });

    it("are refused with every fault at once, those of other settings among them", () => {
        const entries = [{ name: "A" }, { name: "b", format: "yaml", retentionDays: 400 }, { directory: "x/y" }];
        const problems = problemsOf(entries, { "chattingo-logging:rotation.compress": "yes" });
        assert.deepEqual(problems.map((problem) => problem.key.replace("chattingo-logging:", "")).toSorted(), [
            "applications[0].name",
            "applications[1].format",
            "applications[1].retentionDays",
            "applications[2].directory",
            "applications[2].name",
            "rotation.compress",
        ]);
    });

    it("are named with the line of the stack file, in whatever order it has the fields", () => {
        const folder = mkdtempSync(join(tmpdir(), "applications-"));
        try {
            execFileSync("cp", [join(projectFolder, "Pulumi.yaml"), folder]);
            const file = ["config:", `  ${key}:`, "    - name: billing", "      format: xml", "    - name: billing"];
            writeFileSync(join(folder, "Pulumi.dev.yaml"), `${file.join("\n")}\n`);
            // The engine hands a list over with the fields sorted.
            const text = '[{"format":"xml","name":"billing"},{"name":"billing"}]';
            for (const { values, origins } of [
                readStackConfig("dev", folder),
                mergeConfig("dev", { [key]: text }, [], folder),
            ]) {
                const problems = errorOf(() => parseSettings("dev", { ...values, ...others }, origins)).problems;
                assert.deepEqual(
                    problems.map(({ place, because }) => [place, ...because]),
                    [
                        ["Pulumi.dev.yaml, line 4"],
                        ["Pulumi.dev.yaml, line 5", `${key}[0].name (Pulumi.dev.yaml, line 3)`],
                    ],
                );
            }
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

describe("what an application may not share", () => {
    for (const [what, entry, field, wrong] of [
        ["a category's name", { name: "authentication" }, ".name", /belongs to the category authentication/],
        ["a category's directory as name", { name: "app" }, ".name", /belongs to the category application/],
        ["a category's directory", { name: "b", directory: "auth" }, ".directory", /the category authentication/],
        ["the directory of the archives", { name: "archive" }, ".name", /the logging system's directory/],
        ["a part's directory", { name: "b", directory: "filebeat" }, ".directory", /the logging system's directory/],
        ["the name of refused lines", { name: "dead-letter" }, ".name", /the lines that Elasticsearch refused/],
        ["the name of unknown archives", { name: "unknown" }, ".name", /archives whose application is not known/],
        ["the system's own lines", { name: "canary" }, ".name", /by which the system tests itself/],
        ["a category's data view", { name: "error-reports" }, ".name", /chattingo-error-\*, the data view of the cat/],
        ["a view of refused lines", { name: "dead" }, ".name", /chattingo-dead-\* would show dead-letter/],
    ] as const) {
        it(`with the system is ${what}`, () => {
            const problem = problemOf([entry]);
            assert.equal(problem.key, `${key}[0]${field}`);
            assert.match(problem.wrong, wrong);
        });
    }

    const billing = { name: "billing", directory: "pay" };
    for (const [what, entry, field, wrong, because] of [
        ["a name", { name: "billing" }, ".name", /belongs to the application billing \(applications\[0\]\)/, ".name"],
        ["a directory", { name: "x", directory: "pay" }, ".directory", /the application billing/, ".directory"],
        ["a directory as name", { name: "pay", directory: "x" }, ".name", /the application billing/, ".directory"],
        ["a name as directory", { name: "x", directory: "billing" }, ".directory", /the application billing/, ".name"],
        ["a data view", { name: "billing-eu" }, ".name", /chattingo-billing-\*, the data view of the app/, ".name"],
        ["a wider data view", { name: "bill" }, undefined, /./, undefined],
    ] as const) {
        it(`with another application is ${what}; both are named`, () => {
            if (field === undefined) {
                assert.equal(settingsOf([billing, entry]).applications.length, 2, "only a whole part counts");
                return;
            }
            const problem = problemOf([billing, entry]);
            assert.equal(problem.key, `${key}[1]${field}`);
            assert.match(problem.wrong, wrong);
            assert.deepEqual(problem.because, [`${key}[0]${because} (stack configuration)`]);
        });
    }

    it("is nothing that two accepted entries have in common, whatever they are", () => {
        const label = fc.oneof(
            fc.stringMatching(/^[a-c](-[a-c]){0,2}$/),
            fc.constantFrom("app", "error", "error-x", "dead", "restored", "archive", "unknown"),
        );
        const entries = fc.array(fc.record({ name: label, directory: label }, { requiredKeys: ["name"] }), {
            maxLength: 4,
        });
        fc.assert(
            fc.property(entries, (list) => {
                const parsed = applications.parse(JSON.stringify(list));
                assert.ok("value" in parsed);
                if ((parsed.parts ?? []).length > 0) {
                    return;
                }
                const accepted: readonly Application[] = parsed.value;
                const words = accepted.flatMap(({ name, directory }) => [...new Set([name, directory])]);
                assert.equal(new Set(words).size, words.length);
                const streams = [
                    "application",
                    "authentication",
                    "chat",
                    "error",
                    "system",
                    "websocket",
                    "dead-letter",
                ];
                for (const { name, directory } of accepted) {
                    assert.match(name, applicationLabel);
                    assert.ok(!takenDirectories.includes(directory));
                    const shown = [...accepted.map((other) => other.name), ...streams].filter((stream) =>
                        `chattingo-${stream}-dev`.startsWith(`chattingo-${name}-`),
                    );
                    assert.deepEqual(shown, [name], "its data view shows its lines alone");
                }
            }),
        );
    });

    it("is never a reason to throw, whatever the list is", () => {
        fc.assert(
            fc.property(fc.json(), (text) => {
                applications.parse(text);
            }),
        );
    });
});
