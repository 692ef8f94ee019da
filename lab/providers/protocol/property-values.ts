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
