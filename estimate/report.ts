// The estimate as people read it.

import type { Settings } from "../settings/index.ts";
import { type PriceTable, stalePrices } from "./prices.ts";
import { assumptions, capacityWarnings, gibibyte, searchCapacity } from "./search-capacity.ts";
import { storedParts } from "./storage-cost.ts";

/**
 * Size and cost of a stack at a load, with what was assumed and what the settings cannot hold.
 *
 * @param gbPerDay log lines of all nodes together, in GB (10^9 bytes) a day
 * @param today the day on which the age of the prices is judged
 */
export function estimateReport(settings: Settings, gbPerDay: number, table: PriceTable, today: Date): string {
    const { search } = settings;
    const capacity = searchCapacity(settings, gbPerDay);
    const parts = storedParts(settings, gbPerDay, table);
    const sum = parts.reduce((total, { cost }) => total + (cost ?? 0), 0);
    const stale = stalePrices(table, today);
    const warnings = [...capacityWarnings(settings, gbPerDay), ...(stale ? [stale] : [])];
    return [
        `${settings.stack} at ${gbPerDay} GB of log lines a day`,
        "",
        "Size",
        ...columns([
            ["", "needed", "configured"],
            ["  search volume of each node", gib(capacity.volumeNeeded), gib(capacity.volumeConfigured)],
            ["  archive volume", gib(capacity.archiveVolumeNeeded), gib(capacity.archiveVolumeConfigured)],
        ]),
        `  shards: at most ${capacity.shards} on ${search.replicas} node(s)`,
        `  memory of Elasticsearch: ${gib(capacity.memory)}, half of it heap`,
        "",
        "Storage once retention has filled, a month",
        ...columns([
            ["", "class", "GiB", "USD"],
            ...parts.map(({ what, storageClass, gibibytes, cost }) => [
                `  ${what}`,
                storageClass,
                gibibytes.toFixed(1),
                cost === undefined ? "no price" : cost.toFixed(2),
            ]),
            ["  sum of what has a price", "", "", sum.toFixed(2)],
        ]),
        "",
        "Assumed",
        `  an index takes ${assumptions.indexed} bytes for each byte of log lines, in ${capacity.copies} cop${capacity.copies === 1 ? "y" : "ies"}`,
        `  a gzip archive takes ${assumptions.compressed} bytes for each`,
        `  volumes have ${assumptions.headroom * 100}% headroom; archives wait for S3 for ${assumptions.outageDays} day at most`,
        `  prices of ${table.asOf} in ${table.region}, without requests, transfer, retrieval, KMS and machines:`,
        ...table.sources.map((source) => `    ${source}`),
        ...(settings.archive.region === table.region
            ? []
            : [`  the stack is in ${settings.archive.region}, where prices differ`]),
        ...warnings.map((warning, index) => `${index === 0 ? "\n" : ""}WARNING: ${warning}`),
        "",
    ].join("\n");
}

function gib(bytes: number): string {
    return `${(bytes / gibibyte).toFixed(1)} GiB`;
}

/** Rows with the first column left and the others right aligned, two spaces apart. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    return rows.map((row) =>
        row
            .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
            .join("  ")
            .trimEnd(),
    );
}
