// What a load of log lines needs of Elasticsearch and of the archive volume, beside what the settings give.

import { type LogCategory, logCategories } from "../formats/log-categories.ts";
import { quantityValue } from "../formats/quantity.ts";
import { indicesByAge, mostShardsOfNode, rolloverDays } from "../formats/rollover.ts";
import type { Settings } from "../settings/index.ts";

/** Bytes in a GB, in which people count log lines. */
const gigabyte = 1e9;
/** Bytes in a GiB, in which volumes are made and bills are written. */
export const gibibyte = 2 ** 30;

/** What is taken for true where only a measurement on the stack's own lines could tell. */
export const assumptions = {
    /** Bytes of an index, without its copies, for each byte of log lines; JSON lines of 200 bytes became 0.81. */
    indexed: 0.85,
    /** Bytes of an archive for each byte of log lines; 348 MB of JSON lines became 53.7 MB. */
    compressed: 0.155,
    /** Part of a volume's need that is kept free: Elasticsearch puts no shard on a volume that is 85% full. */
    headroom: 0.25,
    /** Days of archives for which the archive volume has room while S3 cannot be reached. */
    outageDays: 1,
} as const;

/** As `max_primary_shard_size` in workloads/elastic-setup/search-objects.ts. */
const largestShard = 25 * gibibyte;
/** Most bytes of index for each byte of memory where logs are written much and searched little. https://www.alibabacloud.com/help/ja/doc-detail/72660.htm */
const mostIndexOfMemory = 50;

/** Need and provision; sizes in bytes. */
export interface SearchCapacity {
    /** Data volume that each node needs, with headroom. */
    readonly volumeNeeded: number;
    /** Data volume that each node has. */
    readonly volumeConfigured: number;
    /** All copies of all indices. */
    readonly indexBytes: number;
    /** Copies of each index: 1 in a single node, 2 in a cluster. */
    readonly copies: number;
    /** Most shards that exist at once, copies among them. */
    readonly shards: number;
    /** Memory of all nodes together. */
    readonly memory: number;
    /** Archives that wait on the archive volume at most, with headroom. */
    readonly archiveVolumeNeeded: number;
    readonly archiveVolumeConfigured: number;
}

/**
 * What `gbPerDay` GB of log lines a day need. Nobody says how much of them an application writes, so their bytes count for
 * `search.retentionDays`; how many indices an application has is counted with its own days.
 *
 * @param gbPerDay log lines as applications write them, of all nodes together, in GB (10^9 bytes) a day
 */
export function searchCapacity(
    { applications, search, rotation, archive }: Settings,
    gbPerDay: number,
): SearchCapacity {
    const copies = search.replicas > 1 ? 2 : 1;
    // The last index ends up to one roll-over late.
    const days = search.retentionDays + rolloverDays(search.retentionDays);
    const indexedPerDay = gbPerDay * gigabyte * assumptions.indexed;
    const indexBytes = indexedPerDay * days * copies;
    const streamDays = [...logCategories, ...applications].map(
        ({ retentionDays = search.retentionDays }: LogCategory) => retentionDays,
    );
    // One more stream takes the lines that Elasticsearch refused, for as long as the one that is kept longest.
    const byAge = [...streamDays, Math.max(...streamDays)].map(indicesByAge);
    const indices = byAge.reduce((sum, each) => sum + each, 0) + Math.floor((indexedPerDay * days) / largestShard);
    const waitingDays = archive.deleteAfterUpload
        ? assumptions.outageDays
        : archive.maxAgeDays + assumptions.outageDays;
    return {
        volumeNeeded: withHeadroom(indexBytes / search.replicas),
        volumeConfigured: bytesOf(search.storage),
        indexBytes,
        copies,
        shards: indices * copies,
        memory: bytesOf(search.memory) * search.replicas,
        archiveVolumeNeeded: withHeadroom(archivedPerDay(rotation.compress, gbPerDay) * waitingDays),
        archiveVolumeConfigured: bytesOf(archive.volumeSize),
    };
}

/** Bytes of archives that a day's log lines become. */
export function archivedPerDay(compress: boolean, gbPerDay: number): number {
    return gbPerDay * gigabyte * (compress ? assumptions.compressed : 1);
}

/** What the settings of a stack cannot hold at a load, each with the setting that fixes it; none when they can. */
export function capacityWarnings(settings: Settings, gbPerDay: number): readonly string[] {
    const { applications, search } = settings;
    const capacity = searchCapacity(settings, gbPerDay);
    const perNode = Math.ceil(capacity.shards / search.replicas);
    const memoryNeeded = capacity.indexBytes / mostIndexOfMemory / search.replicas;
    const warnings: string[] = [];
    if (capacity.volumeNeeded > capacity.volumeConfigured) {
        warnings.push(
            `search.storage is ${search.storage}, and ${gbPerDay} GB a day for ${search.retentionDays} days need ` +
                `${wholeGibibytes(capacity.volumeNeeded)} on each of ${search.replicas} node(s): raise search.storage` +
                `${search.mode === "cluster" ? " or search.replicas" : ""}, or lower search.retentionDays`,
        );
    }
    if (perNode > mostShardsOfNode) {
        warnings.push(
            `${search.retentionDays} days make ${perNode} shards a node, and Elasticsearch takes ${mostShardsOfNode}: ` +
                `lower search.retentionDays${applications.length > 0 ? " or the retentionDays of applications" : ""}`,
        );
    }
    if (memoryNeeded > bytesOf(search.memory)) {
        warnings.push(
            `search.memory is ${search.memory}, and the index of ${gbPerDay} GB a day needs ` +
                `${wholeGibibytes(memoryNeeded)} on each node: raise search.memory`,
        );
    }
    if (capacity.archiveVolumeNeeded > capacity.archiveVolumeConfigured) {
        warnings.push(
            `archive.volumeSize is ${settings.archive.volumeSize}, and archives that wait for S3 need ` +
                `${wholeGibibytes(capacity.archiveVolumeNeeded)}: raise archive.volumeSize`,
        );
    }
    return warnings;
}

/** The least Kubernetes quantity of whole GiB that holds as many bytes. */
export function wholeGibibytes(bytes: number): string {
    return `${Math.ceil(bytes / gibibyte)}Gi`;
}

function withHeadroom(bytes: number): number {
    return bytes * (1 + assumptions.headroom);
}

/** Settings have been checked: their quantities are ones. */
function bytesOf(quantity: string): number {
    return quantityValue(quantity) ?? Number.NaN;
}
