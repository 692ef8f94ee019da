// The inputs that a live object stands for: what the program set, with the values that are there now. Fields that the
// API server or a controller filled in are left out, so that a refresh shows drift and nothing else.

import type { PlainMap, PlainValue } from "../protocol/property-values.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** Fields of an object that nobody sets. */
const serverMetadata = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"];

/** `inputs` with the live object's values. */
export function liveInputs(inputs: PlainMap, live: KubernetesObject): PlainMap {
    if (Object.keys(inputs).length === 0) {
        return importedInputs(live);
    }
    const { stringData, ...others } = inputs;
    const current = restrict(others, live as unknown as PlainMap) as PlainMap;
    return stringData === undefined
        ? current
        : { ...current, stringData: liveStringData(stringData as PlainMap, live.data as PlainMap | undefined) };
}

function importedInputs(live: KubernetesObject): PlainMap {
    const { status: _status, metadata, ...others } = live as unknown as PlainMap;
    const set = Object.entries(metadata as PlainMap).filter(([name]) => !serverMetadata.includes(name));
    return { ...others, metadata: Object.fromEntries(set) };
}

function restrict(wanted: PlainValue | undefined, live: PlainValue | undefined): PlainValue | undefined {
    if (isPlainMap(wanted) && isPlainMap(live)) {
        const names = Object.keys(wanted).filter((name) => live[name] !== undefined || isEmpty(wanted[name]));
        return Object.fromEntries(
            names.map((name) => [name, live[name] === undefined ? wanted[name] : restrict(wanted[name], live[name])]),
        );
    }
    if (Array.isArray(wanted) && Array.isArray(live) && wanted.length === live.length) {
        return wanted.map((item: PlainValue, index) => restrict(item, live[index] as PlainValue) ?? null);
    }
    return isSameQuantity(wanted, live) ? wanted : live;
}

function isPlainMap(value: PlainValue | undefined): value is PlainMap {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The API server drops empty maps and lists, zeros and `false` where they mean the default. */
function isEmpty(value: PlainValue | undefined): boolean {
    return (
        value === null ||
        value === false ||
        value === 0 ||
        value === "" ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}

/** Data of a Secret comes back as base64 under `data`, whatever it was set with. */
function liveStringData(wanted: PlainMap, data: PlainMap | undefined): PlainMap {
    const decoded = Object.keys(wanted)
        .filter((name) => typeof data?.[name] === "string")
        .map((name) => [name, Buffer.from(String(data?.[name]), "base64").toString("utf8")]);
    return Object.fromEntries(decoded);
}

const suffixes: Readonly<Record<string, number>> = {
    "": 1,
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
};

/** Whether both are the same amount: the API server writes `1000m` as `1` and `1024Mi` as `1Gi`. */
function isSameQuantity(wanted: PlainValue | undefined, live: PlainValue | undefined): boolean {
    const one = amount(wanted);
    return one !== undefined && one === amount(live);
}

function amount(value: PlainValue | undefined): number | undefined {
    const match = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(
        typeof value === "number" ? String(value) : typeof value === "string" ? value : "",
    );
    const factor = suffixes[match?.[2] ?? "?"];
    return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}
