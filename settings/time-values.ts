// How lines write their time: a zone and a pattern, as Elasticsearch's Java takes them.

import { nearest } from "./nearest.ts";
import type { ValueKind } from "./value-kind.ts";

const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")];

/**
 * A zone of the time zone database.
 *
 * @see https://www.iana.org/time-zones
 */
export const timeZone: ValueKind<string> = {
    engineType: "string",
    allowed: "a zone of the time zone database, such as Europe/Berlin or UTC",
    parse: (text) =>
        zones.includes(text)
            ? { value: text }
            : { wrong: text === "" ? "it is empty" : "there is no such zone", suggestion: nearest(text, zones) },
};

const longest = 100;

/**
 * A pattern of java.time that has a day and a time of day.
 *
 * @see https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/time/format/DateTimeFormatter.html#patterns
 */
export const timeFormat: ValueKind<string> = {
    engineType: "string",
    allowed: `a pattern of java.time with year, month, day, hour and minute, of at most ${longest} characters, such as dd.MM.yyyy HH:mm:ss`,
    parse: (text) => {
        if (text === "" || text.length > longest) {
            return { wrong: text === "" ? "it is empty" : `it has ${text.length} characters` };
        }
        const quotes = text.split("'").length - 1;
        if (quotes % 2 === 1) {
            return { wrong: "a text in it has a quote at one end only" };
        }
        const letters = text.replace(/'[^']*'/g, "");
        const unknown = /[^a-zA-Z]*([a-zA-Z])/g;
        for (const [, letter = ""] of letters.matchAll(unknown)) {
            if (!"yuMLdEHhmsSaXxZzVO".includes(letter)) {
                return {
                    wrong: `the letter ${letter} means nothing in it, or no part of a time: put texts between quotes`,
                };
            }
        }
        const missing = Object.entries({ year: /[yu]/, month: /[ML]/, day: /d/, hour: /[Hh]/, minute: /m/ }).find(
            ([, part]) => !part.test(letters),
        );
        return missing === undefined ? { value: text } : { wrong: `it has no ${missing[0]}` };
    },
};
