// Refuses what the lab would otherwise pass over in silence.

/**
 * Fails when the object has a field that is not known.
 *
 * @param where what the object is, for a person, such as `ServiceMonitor chattingo/kibana, spec`
 * @throws an error that names the fields that are not known
 */
export function assertKnownFields(object: object, known: readonly string[], where: string): void {
    const unknown = Object.keys(object).filter((field) => !known.includes(field));
    if (unknown.length > 0) {
        throw new Error(
            `${where}: the lab's Prometheus does not know ${unknown.join(", ")}, only ${known.join(", ")}; add it to lab/monitoring`,
        );
    }
}
