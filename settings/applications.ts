// The setting `applications`: whose logs a stack takes beside the six categories. Every entry is checked by itself and
// against the others, because each takes names: of a directory, a data stream, a data view and a category.

import { canaryCategory, deadLetterCategory } from "../formats/data-streams.ts";
import { categories, type LogCategory, unknownCategory } from "../formats/log-categories.ts";
import { applicationLabel, archiveDirectory, componentDirectories, logRoot } from "../formats/log-tree.ts";
import { asText } from "./engine-text.ts";
import { goExpression } from "./go-expression.ts";
import { nearest } from "./nearest.ts";
import { oneOf, wholeNumber } from "./plain-values.ts";
import { timeFormat, timeZone } from "./time-values.ts";
import type { Parsed, ValueField, ValueKind, ValueOf, WrongPart } from "./value-kind.ts";

/**
 * An application that writes logs into a directory of its own. It is a category of its own too, whose name stands in each
 * line, in the names of data stream and data view, in manifests and dashboards.
 */
export type Application = LogCategory;

const label = (what: string): ValueKind<string> => ({
    engineType: "string",
    allowed: `${what} of 1 to 40 lower-case letters, digits and "-", a letter or digit at both ends, such as billing`,
    parse: (text) => {
        if (applicationLabel.test(text)) {
            return { value: text };
        }
        const fixed = text
            .toLowerCase()
            .replace(/[^a-z0-9]+/g, "-")
            .slice(0, 40)
            .replace(/^-|-$/g, "");
        const foreign = /[^a-z0-9-]/u.exec(text)?.[0];
        return {
            wrong:
                text === ""
                    ? "it is empty"
                    : foreign === undefined
                      ? "it is too long, or begins or ends with a dash"
                      : `it has the character "${foreign}"`,
            suggestion: applicationLabel.test(fixed) ? fixed : undefined,
        };
    },
});

/**
 * Encodings that Filebeat reads, by their names in the Encoding Standard: https://encoding.spec.whatwg.org/#names-and-labels.
 * Filebeat has some that look for a byte order mark, too. With these a line's offset lacks the mark's bytes, so that
 * a file is read on in the wrong place (elastic/beats, libbeat/reader/readfile/encoding/utf16.go); the mark is taken out
 * of a line in Elasticsearch instead.
 */
const encodings = [
    ...["utf-8", "utf-16le", "utf-16be", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251"],
    ...["windows-1252", "koi8-r", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"],
];

const kinds = {
    name: label("a name"),
    directory: label("a directory"),
    format: oneOf(["json", "text"]),
    multilineStart: goExpression,
    encoding: oneOf(encodings),
    timeZone,
    timeFormat,
    retentionDays: wholeNumber(1, 36500, "days"),
} as const satisfies { readonly [Field in keyof Required<Application>]: ValueKind<unknown> };

type Field = keyof typeof kinds;

const descriptions: { readonly [F in Field]: Omit<ValueField, "name" | "allowed"> } = {
    name: {
        byDefault: "needed",
        description:
            "The category: data stream `chattingo-<name>-<stack>`, data view `chattingo-<name>-*`, in manifests and dashboards.",
    },
    directory: { byDefault: "the name", description: `Directory of its logs, \`${logRoot}/<directory>/*.log\`.` },
    format: { byDefault: "`json`", description: "Whether a line is a JSON object or a text." },
    multilineStart: {
        byDefault: "none",
        description:
            "Only with `text`: a line that matches begins an event, and those after it that do not belong to it.",
    },
    encoding: {
        byDefault: "`utf-8`",
        description: "How its logs write letters; archives keep the bytes as they are.",
    },
    timeZone: {
        byDefault: "UTC",
        description: "Zone of the times in its lines that name none.",
    },
    timeFormat: {
        byDefault: "the common ones",
        description: "Only with `text`: how its lines write the time that they begin with.",
    },
    retentionDays: {
        byDefault: "`search.retentionDays`",
        description: "Days for which its lines can be searched; never longer than the archive keeps them.",
    },
};

const fieldNames = Object.keys(kinds) as readonly Field[];

/** The list of applications. */
export const applications: ValueKind<readonly Application[]> = {
    engineType: "array",
    allowed:
        "a list of entries with the fields name, directory, format, multilineStart, encoding, timeZone, timeFormat and retentionDays",
    fields: fieldNames.map((name) => ({ name, allowed: kinds[name].allowed, ...descriptions[name] })),
    parse: parseApplications,
};

function parseApplications(text: string): Parsed<readonly Application[]> {
    let list: unknown;
    try {
        list = JSON.parse(text);
    } catch {
        list = undefined;
    }
    if (!Array.isArray(list)) {
        return { wrong: text === "" ? "it is empty" : "it is no list" };
    }
    const parts: WrongPart[] = [];
    const entries = list.map((entry, index) => readEntry(entry, `[${index}]`, parts));
    parts.push(...collisions(entries));
    return { value: entries, parts };
}

/** An entry as far as it is right; what is wrong goes to `parts`. */
function readEntry(entry: unknown, path: string, parts: WrongPart[]): Application {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
        const wrong = "it is no entry with fields";
        parts.push({ path, value: asText(entry), wrong, allowed: applications.allowed, isForeign: true });
        return { name: "", directory: "", format: "json" };
    }
    const given = entry as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(given).filter(([field]) => !Object.hasOwn(kinds, field))) {
        const meant = nearest(name, fieldNames);
        parts.push({
            path: `${path}.${name}`,
            value: asText(value),
            wrong: `there is no such field${meant === undefined ? "" : `; did you mean ${meant}?`}`,
            allowed: `the fields ${fieldNames.join(", ")}`,
            isForeign: true,
            meant: meant && `${path}.${meant}`,
        });
    }
    const read = <F extends Field>(field: F): ValueOf<(typeof kinds)[F]> | undefined => {
        if (!(field in given)) {
            return undefined;
        }
        const value = asText(given[field]);
        const parsed: Parsed<unknown> = kinds[field].parse(value);
        if ("value" in parsed) {
            return parsed.value as ValueOf<(typeof kinds)[F]>;
        }
        parts.push({ path: `${path}.${field}`, value, allowed: kinds[field].allowed, ...parsed });
        return undefined;
    };
    if (!("name" in given)) {
        parts.push({ path: `${path}.name`, value: "", wrong: "it is missing", allowed: kinds.name.allowed });
    }
    const name = read("name") ?? "";
    const [encoding, zone, format] = [read("encoding"), read("timeZone"), read("timeFormat")];
    const application: Application = {
        name,
        directory: read("directory") ?? ("directory" in given ? "" : name),
        format: read("format") ?? "json",
        multilineStart: read("multilineStart"),
        retentionDays: read("retentionDays"),
        ...(encoding !== undefined && { encoding }),
        ...(zone !== undefined && { timeZone: zone }),
        ...(format !== undefined && { timeFormat: format }),
    };
    const isJson = given.format === undefined || given.format === "json";
    const ofText = {
        multilineStart: "only lines of text begin with multilineStart: a JSON object is one line",
        timeFormat: "only lines of text begin with a time: a JSON object has it in a field",
    } as const;
    for (const field of ["multilineStart", "timeFormat"] as const) {
        if (application[field] !== undefined && isJson) {
            parts.push({
                path: `${path}.format`,
                value: asText(given.format),
                wrong: ofText[field],
                allowed: `text, or no ${field}`,
                suggestion: "text",
                because: [`${path}.${field}`],
            });
        }
    }
    return application;
}

/** Whose a name or a directory is already. */
interface Taken {
    readonly word: string;
    readonly owner: string;
    /** Path of the entry's field that takes it; undefined for the system's own. */
    readonly path?: string;
    /** There is a data stream `chattingo-<word>-<stack>`. */
    readonly isStream: boolean;
}

const takenBySystem: readonly Taken[] = [
    ...[...categories].flatMap(([directory, name]) => [
        { word: name, owner: `the category ${name}`, isStream: true },
        ...(directory === name ? [] : [{ word: directory, owner: `the category ${name}`, isStream: false }]),
    ]),
    ...[...componentDirectories, archiveDirectory].map((word) => ({
        word,
        owner: "the logging system's directory of that name",
        isStream: false,
    })),
    { word: canaryCategory, owner: "the lines by which the system tests itself", isStream: false },
    { word: deadLetterCategory, owner: "the lines that Elasticsearch refused", isStream: true },
    { word: unknownCategory, owner: "archives whose application is not known", isStream: false },
];

function collisions(entries: readonly Application[]): readonly WrongPart[] {
    const taken: Taken[] = [...takenBySystem];
    return entries.flatMap(({ name, directory }, index) => {
        const entry = `[${index}]`;
        const wrong = [
            ...(name === "" ? [] : collision("name", name, entry, taken)),
            // A directory that is not given is the name, of which everything is said already.
            ...(directory === "" || directory === name ? [] : collision("directory", directory, entry, taken)),
        ];
        const owner = `the application ${name || directory} (applications${entry})`;
        taken.push(
            { word: name, owner, path: `${entry}.name`, isStream: true },
            { word: directory, owner, path: `${entry}.${directory === name ? "name" : "directory"}`, isStream: false },
        );
        return wrong;
    });
}

function collision(
    field: "name" | "directory",
    value: string,
    entry: string,
    taken: readonly Taken[],
): readonly WrongPart[] {
    const about = { path: `${entry}.${field}`, value, allowed: `${kinds[field].allowed}, that nothing else has` };
    const because = ({ path }: Taken) => (path === undefined ? [] : [path]);
    const same = taken.find(({ word }) => word === value);
    if (same !== undefined) {
        return [{ ...about, wrong: `it belongs to ${same.owner}`, because: because(same) }];
    }
    if (field === "directory") {
        return [];
    }
    // The data view chattingo-a-* shows the data stream chattingo-a-b-<stack> too.
    const streams = taken.filter(({ isStream, word }) => isStream && word !== "");
    const wider = streams.find(({ word }) => value.startsWith(`${word}-`));
    const narrower = streams.find(({ word }) => word.startsWith(`${value}-`));
    return [
        ...(wider === undefined
            ? []
            : [
                  {
                      ...about,
                      wrong: `its lines would show in chattingo-${wider.word}-*, the data view of ${wider.owner}`,
                      because: because(wider),
                  },
              ]),
        ...(narrower === undefined
            ? []
            : [
                  {
                      ...about,
                      wrong: `its data view chattingo-${value}-* would show ${narrower.word}: ${narrower.owner}`,
                      because: because(narrower),
                  },
              ]),
    ];
}
