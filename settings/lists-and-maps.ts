// Settings that hold several values: lists of addresses, labels and annotations.

import { isIP } from "node:net";
import { asText } from "./engine-text.ts";
import type { Parsed, ValueKind, WrongPart } from "./value-kind.ts";

/** Whether a text is a block of addresses as a NetworkPolicy takes it, such as `10.0.0.0/16` or `fd00::/8`. */
function isCidr(text: string): boolean {
    const [, address = "", length = ""] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
    const bits = { 4: 32, 6: 128 }[isIP(address)];
    return bits !== undefined && Number(length) <= bits && String(Number(length)) === length;
}

const cidrAllowed = "a block of IP addresses, such as 10.0.0.0/16 or fd00::/8; a single address ends with /32 or /128";

/**
 * Blocks of IP addresses.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicyPeer
 */
export const addressBlocks: ValueKind<readonly string[]> = {
    engineType: "array",
    allowed: `a list, each entry ${cidrAllowed}`,
    parse: (text) => {
        const list = parsed(text);
        if (!Array.isArray(list)) {
            return { wrong: text === "" ? "it is empty" : "it is no list" };
        }
        const parts = list.flatMap((entry, index): WrongPart[] => {
            const value = asText(entry);
            const single = { 4: "/32", 6: "/128" }[isIP(value)];
            return typeof entry === "string" && isCidr(entry)
                ? []
                : [
                      {
                          path: `[${index}]`,
                          value,
                          wrong: "it is no block of addresses",
                          allowed: cidrAllowed,
                          suggestion: single && `${value}${single}`,
                      },
                  ];
        });
        return { value: list.filter((entry): entry is string => typeof entry === "string" && isCidr(entry)), parts };
    },
};

/** A key of a label or annotation: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const qualifiedName =
    /^((?=[^/]{1,253}\/)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** Labels of an object, by their keys. */
export const labels: ValueKind<Readonly<Record<string, string>>> = map(
    "labels",
    "a text of up to 63 letters, digits, -, _ and ., a letter or digit at both ends",
    (value) => labelValue.test(value),
);

/** Annotations of an object, by their keys. */
export const annotations: ValueKind<Readonly<Record<string, string>>> = map("annotations", "a text", () => true);

function map(
    what: string,
    valueAllowed: string,
    isValue: (value: string) => boolean,
): ValueKind<Readonly<Record<string, string>>> {
    const allowed = `${what}: keys such as release or example.com/team, and for each ${valueAllowed}`;
    return { engineType: "object", allowed, parse: (text) => parseMap(text, allowed, isValue) };
}

function parseMap(
    text: string,
    allowed: string,
    isValue: (value: string) => boolean,
): Parsed<Readonly<Record<string, string>>> {
    const given = parsed(text);
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
        return { wrong: text === "" ? "it is empty" : "it is no map of keys and values" };
    }
    const wrongOf = (key: string, value: unknown): string | undefined =>
        !qualifiedName.test(key)
            ? "its key is none that Kubernetes takes"
            : typeof value !== "string"
              ? "it is no text; put it in quotes"
              : isValue(value)
                ? undefined
                : "it is none that Kubernetes takes";
    const entries = Object.entries(given);
    return {
        value: Object.fromEntries(
            entries.filter((entry): entry is [string, string] => wrongOf(...entry) === undefined),
        ),
        parts: entries.flatMap(([key, value]): WrongPart[] => {
            const wrong = wrongOf(key, value);
            return wrong === undefined
                ? []
                : [{ path: `[${JSON.stringify(key)}]`, value: asText(value), wrong, allowed }];
        }),
    };
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
