// Property values as the engine sends them to a provider: JSON, plus marks for what is secret and what is not known yet.
// https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/types.html

/** A value that must not be shown in plain text. */
export class Secret {
    readonly value: PropertyValue;

    constructor(value: PropertyValue) {
        this.value = value;
    }
}

/** A value that only an update can tell: it stands where a preview does not know. */
export class Unknown {
    /** Tells the class from others without fields. */
    readonly isUnknown = true;
}

/** The one unknown value there is. */
export const unknown = new Unknown();

/** What a property can hold. */
export type PropertyValue =
    | null
    | boolean
    | number
    | string
    | Secret
    | Unknown
    | readonly PropertyValue[]
    | { readonly [name: string]: PropertyValue | undefined };

/** Properties of a resource by name. */
export type PropertyMap = Readonly<Record<string, PropertyValue | undefined>>;

/** A value without marks: what an API takes and gives. */
export type PlainValue =
    | null
    | boolean
    | number
    | string
    | readonly PlainValue[]
    | { readonly [name: string]: PlainValue | undefined };

/** Properties without marks. */
export type PlainMap = Readonly<Record<string, PlainValue | undefined>>;

/** Whether the value is an object with names, not a list and not a mark. */
export function isMap(value: unknown): value is PropertyMap {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Secret) &&
        !(value instanceof Unknown)
    );
}

/** Whether the value, or anything in it, is not known yet. */
export function hasUnknown(value: PropertyValue | undefined): boolean {
    if (value instanceof Unknown) {
        return true;
    }
    if (value instanceof Secret) {
        return hasUnknown(value.value);
    }
    if (Array.isArray(value)) {
        return value.some(hasUnknown);
    }
    return isMap(value) && Object.values(value).some(hasUnknown);
}

/**
 * The value without secret marks.
 *
 * @param unknownAs what stands for a value that is not known; without it, such a value is an error
 */
export function toPlain(value: PropertyValue | undefined, unknownAs?: PlainValue): PlainValue | undefined {
    if (value instanceof Secret) {
        return toPlain(value.value, unknownAs);
    }
    if (value instanceof Unknown) {
        if (unknownAs === undefined) {
            throw new Error("a value that is not known yet reached a place that needs it");
        }
        return unknownAs;
    }
    if (Array.isArray(value)) {
        return value.map((item: PropertyValue) => toPlain(item, unknownAs) ?? null);
    }
    if (isMap(value)) {
        return toPlainMap(value, unknownAs);
    }
    return value as PlainValue | undefined;
}

/** {@link toPlain} of each property. */
export function toPlainMap(properties: PropertyMap, unknownAs?: PlainValue): PlainMap {
    return Object.fromEntries(
        Object.entries(properties)
            .map(([name, value]) => [name, toPlain(value, unknownAs)] as const)
            .filter(([, value]) => value !== undefined),
    );
}

/** Whether the value, or anything in it, is secret. */
export function hasSecret(value: PropertyValue | undefined): boolean {
    if (value instanceof Secret) {
        return true;
    }
    if (Array.isArray(value)) {
        return value.some(hasSecret);
    }
    return isMap(value) && Object.values(value).some(hasSecret);
}

/**
 * `value` with a secret mark wherever `like` has one at the same place. A list that is not as long as the other one
 * is secret as a whole when the other one holds a secret: which item is which can't be told then.
 */
export function markSecretsLike(value: PlainValue | undefined, like: PropertyValue | undefined): PropertyValue {
    if (like instanceof Secret) {
        return new Secret(value ?? null);
    }
    if (Array.isArray(value) && Array.isArray(like)) {
        return value.length === like.length || !hasSecret(like)
            ? value.map((item: PlainValue, index) => markSecretsLike(item, like[index] as PropertyValue | undefined))
            : new Secret(value);
    }
    if (isMap(value) && isMap(like)) {
        return Object.fromEntries(
            Object.entries(value as PlainMap).map(([name, item]) => [name, markSecretsLike(item, like[name])]),
        );
    }
    return value ?? null;
}
