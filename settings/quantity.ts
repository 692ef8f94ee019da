// Kubernetes quantities as settings: sizes such as 5Gi and CPU such as 500m, within bounds.

import { quantityValue } from "../formats/quantity.ts";
import type { Parsed, ValueKind } from "./value-kind.ts";

/** The quantity of bytes that was most likely meant by a text such as `5Gb`, `5 GiB` or `500mb`. */
function likelyByteQuantity(text: string): string | undefined {
    const [, digits, letter] = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe])i?(?:b|bytes?)?\s*$/i.exec(text) ?? [];
    return digits && letter ? `${digits}${letter.toUpperCase()}i` : undefined;
}

/** The quantity of CPU that was most likely meant by a text such as `500 m`, `0,5` or `2 cores`. */
function likelyCpuQuantity(text: string): string | undefined {
    const [, whole, fraction, milli] =
        /^\s*(\d+)(?:[.,](\d+))?\s*(m)?(?:illi)?(?:v?cpus?|cores?|c)?\s*$/i.exec(text) ?? [];
    return whole ? `${whole}${fraction ? `.${fraction}` : ""}${milli ? "m" : ""}` : undefined;
}

interface QuantityBounds {
    readonly least: string;
    readonly most: string;
    readonly example: string;
}

/** A whole number of bytes between two quantities. */
export function bytes(bounds: QuantityBounds): ValueKind<string> {
    return quantity(`of bytes from ${bounds.least} to ${bounds.most}`, bounds, 1, likelyByteQuantity);
}

/** CPU cores, in thousandths, between two quantities. */
export function cpu(bounds: QuantityBounds): ValueKind<string> {
    return quantity(`of CPU from ${bounds.least} to ${bounds.most}`, bounds, 1000, likelyCpuQuantity);
}

/** @param parts into how many parts one unit can be divided: a byte cannot, a CPU core into 1000 */
function quantity(
    what: string,
    { least, most, example }: QuantityBounds,
    parts: number,
    likely: (text: string) => string | undefined,
): ValueKind<string> {
    const leastValue = quantityValue(least) ?? 0;
    const mostValue = quantityValue(most) ?? Number.POSITIVE_INFINITY;
    const check = (text: string): Parsed<string> => {
        const value = quantityValue(text);
        if (value === undefined) {
            return { wrong: text === "" ? "it is empty" : "it is not a Kubernetes quantity" };
        }
        if (value < leastValue) {
            return { wrong: "it is too small", suggestion: least };
        }
        if (value > mostValue) {
            return { wrong: "it is too large", suggestion: most };
        }
        // A tolerance, because 0.7 * 1000 is not quite 700 in binary.
        const divided = value * parts;
        return Math.abs(divided - Math.round(divided)) < 1e-6
            ? { value: text }
            : { wrong: "Kubernetes does not divide the unit that finely" };
    };
    return {
        engineType: "string",
        allowed: `a Kubernetes quantity ${what}, such as ${example}`,
        parse: (text) => {
            const meant = likely(text);
            const checked = check(text);
            const hasBetter = !("value" in checked) && !checked.suggestion && meant && "value" in check(meant);
            return hasBetter ? { ...checked, suggestion: meant } : checked;
        },
    };
}
