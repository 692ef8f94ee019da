// What a setting may be, as the rest of `settings/` sees it: text in, a checked value or the reason against it out.

/** A checked value, or why there is none. */
export type Parsed<T> = { readonly value: T } | Refusal;

/** Why a text is not a value. */
export interface Refusal {
    /** What is wrong with it, as half a sentence about the value. */
    readonly wrong: string;
    /** The right value that was most likely meant. */
    readonly suggestion?: string;
}

/** One kind of value, such as a size in bytes within bounds. */
export interface ValueKind<T> {
    /** The type that `Pulumi.yaml` gives a setting of this kind. */
    readonly engineType: "string" | "integer" | "boolean";
    /** The value is a secret: it has to be encrypted in the stack file, and no message shows it. */
    readonly isSecret?: boolean;
    /** What is allowed, for people. */
    readonly allowed: string;
    readonly parse: (text: string) => Parsed<T>;
}

/** The type of the values of a kind. */
export type ValueOf<Kind> = Kind extends ValueKind<infer T> ? T : never;

/** The same kind, with the empty text for "not set". */
export function optional<T>(kind: ValueKind<T>): ValueKind<T | undefined> {
    return {
        engineType: kind.engineType,
        isSecret: kind.isSecret,
        allowed: `${kind.allowed}; empty for none`,
        parse: (text) => (text === "" ? { value: undefined } : kind.parse(text)),
    };
}

/** A kind of text that is described by one pattern. */
export function textLike(allowed: string, pattern: RegExp, maxLength: number): ValueKind<string> {
    return {
        engineType: "string",
        allowed,
        parse: (text) => {
            if (text.length > maxLength) {
                return { wrong: `it has ${text.length} characters, and ${maxLength} is the most` };
            }
            return pattern.test(text) ? { value: text } : { wrong: text === "" ? "it is empty" : "it is not one" };
        },
    };
}
