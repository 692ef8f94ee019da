// Keeps what is secret out of messages: the API server may quote the value that it refuses.

import { isMap, type PropertyMap, type PropertyValue, Secret } from "../protocol/property-values.ts";

/** Shorter texts are in every message by chance; replacing them would hide nothing and make it unreadable. */
const shortestSecret = 3;

/** The message with every secret of the properties replaced, also where it stands as base64. */
export function withoutSecrets(message: string, properties: PropertyMap): string {
    const secrets = [...secretTexts(properties, false)].flatMap((text) => [
        text,
        Buffer.from(text).toString("base64"),
        Buffer.from(text, "base64").toString(),
    ]);
    return secrets
        .filter((text) => text.length >= shortestSecret)
        .toSorted((one, other) => other.length - one.length)
        .reduce((rest, text) => rest.replaceAll(text, "[secret]"), message);
}

function* secretTexts(value: PropertyValue | undefined, isSecret: boolean): Generator<string> {
    if (value instanceof Secret) {
        yield* secretTexts(value.value, true);
    } else if (Array.isArray(value)) {
        for (const item of value) {
            yield* secretTexts(item, isSecret);
        }
    } else if (isMap(value)) {
        for (const item of Object.values(value)) {
            yield* secretTexts(item, isSecret);
        }
    } else if (isSecret && (typeof value === "string" || typeof value === "number")) {
        yield String(value);
    }
}
