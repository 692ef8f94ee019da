// Values of configuration as text, which is all that the engine hands to a program.

/** A value of a YAML file as the engine hands it to a program: text, and JSON for lists and objects. */
export function asText(value: unknown): string {
    if (value === null || value === undefined) {
        return "";
    }
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}
