// Regular expressions as programs written in Go take them, Filebeat among them: RE2, without backtracking, and so without
// look-around and back references.

import { RE2JS } from "re2js";
import type { ValueKind } from "./value-kind.ts";

const longest = 500;

/**
 * A regular expression for Filebeat.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export const goExpression: ValueKind<string> = {
    engineType: "string",
    allowed: `a regular expression in Go's syntax (RE2) of at most ${longest} characters, such as ^\\d{4}-`,
    parse: (text) => {
        if (text === "" || text.length > longest) {
            return { wrong: text === "" ? "it is empty" : `it has ${text.length} characters` };
        }
        try {
            RE2JS.compile(text);
            return { value: text };
        } catch (error) {
            return { wrong: `it does not compile: ${(error as Error).message}` };
        }
    },
};
