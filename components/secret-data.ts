// The `data` of a Secret. Not `stringData`, which providers turn into `data`: what is compared later has to be what was given.

/** Texts as the data of a Secret. */
export function secretData(texts: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
        Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
    );
}
