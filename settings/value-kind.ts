// What a setting may be, as the rest of `settings/` sees it: text in, a checked value or the reason against it out.

/** A checked value, or why there is none. With `parts`, the value is what is right of it, and the parts are what is not. */
export type Parsed<T> = { readonly value: T; readonly parts?: readonly WrongPart[] } | Refusal;

/** Why a text is not a value. */
export interface Refusal {
    /** What is wrong with it, as half a sentence about the value. */
    readonly wrong: string;
    /** The right value that was most likely meant. */
    readonly suggestion?: string;
}

/** What is wrong with one part of a list. */
export interface WrongPart extends Refusal {
    /** Where it is in the list, as the Pulumi CLI writes it: `[1].name`. */
    readonly path: string;
    readonly value: string;
    /** What is allowed, for people. */
    readonly allowed: string;
    /** Paths of other parts of the list that it does not go with. */
    readonly because?: readonly string[];
    /** There is nothing that it could be: it has to go. */
    readonly isForeign?: boolean;
    /** Path that was most likely meant by one that is foreign. */
    readonly meant?: string;
}

/** One field of the entries of a list, for the reference. */
export interface ValueField {
    readonly name: string;
    /** What holds where an entry lacks it. */
    readonly byDefault: string;
    readonly description: string;
    readonly allowed: string;
}

/** One kind of value, such as a size in bytes within bounds. */
export interface ValueKind<T> {
    /** The type that `Pulumi.yaml` gives a setting of this kind. */
    readonly engineType: "string" | "integer" | "boolean" | "array" | "object";
    /** The value is a secret: it has to be encrypted in the stack file, and no message shows it. */
    readonly isSecret?: boolean;
    /** Of a list: the fields of its entries. Nothing in a list is secret. */
    readonly fields?: readonly ValueField[];
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
