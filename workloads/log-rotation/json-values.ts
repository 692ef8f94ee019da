// What values are that were read from files which anything may have damaged.

/** An object or a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}

/** A number of bytes, an offset or a count. */
export function isCount(value: unknown): value is number {
    return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Milliseconds since 1970 that a name of an archive can tell: its year has four digits. */
export function isTime(value: unknown): value is number {
    return isCount(value) && value < Date.UTC(10_000, 0);
}

/** A text, or none. */
export function isOptionalText(value: unknown): value is string | undefined {
    return value === undefined || typeof value === "string";
}

/** The value that the text is in JSON; undefined when it is none. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
