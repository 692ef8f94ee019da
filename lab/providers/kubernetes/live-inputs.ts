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

function restrict(
    wanted: PlainValue | undefined,
    live: PlainValue | undefined,
    isAmount = false,
): PlainValue | undefined {
    if (isPlainMap(wanted) && isPlainMap(live)) {
        const names = Object.keys(wanted).filter((name) => live[name] !== undefined || isEmpty(wanted[name]));
        return Object.fromEntries(
            names.map((name) => [
                name,
                live[name] === undefined
                    ? wanted[name]
                    : restrict(wanted[name], live[name], isAmount || amountFields.includes(name)),
            ]),
        );
    }
    if (Array.isArray(wanted) && Array.isArray(live)) {
        return restrictList(wanted, live);
    }
    return isAmount && isSameQuantity(wanted, live) ? wanted : live;
}

/** Items that have a name are told apart by it: others may add items of their own, which the program does not mind. */
function restrictList(wanted: readonly PlainValue[], live: readonly PlainValue[]): PlainValue {
    const nameOf = (item: PlainValue) => (isPlainMap(item) && typeof item.name === "string" ? item.name : undefined);
    const names = wanted.map(nameOf);
    const isNamed = [...names, ...live.map(nameOf)].every((name) => name !== undefined);
    if (isNamed && new Set(names).size === names.length) {
        return wanted.flatMap((item) => {
            const found = live.find((candidate) => nameOf(candidate) === nameOf(item));
            return found === undefined ? [] : [restrict(item, found) ?? null];
        });
    }
    return wanted.length === live.length ? wanted.map((item, index) => restrict(item, live[index]) ?? null) : live;
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

/** Fields that hold quantities, or maps of them (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */
const amountFields = ["limits", "requests", "capacity", "hard", "sizeLimit", "storage", "divisor", "averageValue"];

const suffixes: Readonly<Record<string, number>> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** Share by which two amounts may differ through rounding alone. */
const rounding = 1e-12;

/** Whether both are the same amount: the API server writes `1000m` as `1` and `1024Mi` as `1Gi`. */
function isSameQuantity(wanted: PlainValue | undefined, live: PlainValue | undefined): boolean {
    const one = amount(wanted);
    const other = amount(live);
    return one !== undefined && other !== undefined && Math.abs(one - other) <= rounding * Math.abs(one);
}

function amount(value: PlainValue | undefined): number | undefined {
    const match = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(
        typeof value === "number" ? String(value) : typeof value === "string" ? value : "",
    );
    const factor = suffixes[match?.[2] ?? "?"];
    return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}
