// Kubernetes quantities: sizes such as 5Gi and CPU such as 500m.

/** What a suffix of a quantity multiplies by. */
const multipliers: Readonly<Record<string, number>> = {
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

/**
 * The number that a quantity stands for (bytes, or CPU cores), or undefined if the text is none.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityValue(text: string): number | undefined {
    const [, digits, suffix] = /^\+?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(text) ?? [];
    if (digits === undefined) {
        return undefined;
    }
    const multiplier = multipliers[suffix ?? ""];
    return multiplier === undefined ? Number(`${digits}${suffix}`) : Number(digits) * multiplier;
}
