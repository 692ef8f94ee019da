// What a stack stores once its retention has filled, and what that costs a month.

import { recoverableDays } from "../components/archive-lifecycle.ts";
import type { ArchiveStorageClass, Settings } from "../settings/index.ts";
import type { PriceTable, StoragePhase } from "./prices.ts";
import { archivedPerDay, assumptions, gibibyte, searchCapacity } from "./search-capacity.ts";

/** One kind of storage of a stack. */
export interface StoredPart {
    /** What is stored. */
    readonly what: string;
    /** S3 storage class, or StorageClass of volumes. */
    readonly storageClass: string;
    readonly gibibytes: number;
    /** US dollars a month; undefined when the table has no price for the class. */
    readonly cost?: number;
}

/**
 * Everything that a stack stores at a steady load, once archives have become as old as they get.
 *
 * @param gbPerDay log lines of all nodes together, in GB (10^9 bytes) a day
 */
export function storedParts(settings: Settings, gbPerDay: number, table: PriceTable): readonly StoredPart[] {
    return [...archiveParts(settings, gbPerDay, table), ...volumeParts(settings, gbPerDay, table)];
}

/** Days that an archive spends in each storage class, from upload until no version of it is left. */
export function daysInClass({
    storageClass,
    retentionDays,
    transition,
}: Settings["archive"]): readonly { readonly storageClass: ArchiveStorageClass; readonly days: number }[] {
    const all = retentionDays + recoverableDays;
    return transition === undefined
        ? [{ storageClass, days: all }]
        : [
              { storageClass, days: transition.afterDays },
              { storageClass: transition.storageClass, days: all - transition.afterDays },
          ];
}

function archiveParts({ archive, rotation }: Settings, gbPerDay: number, table: PriceTable): readonly StoredPart[] {
    const perDay = archivedPerDay(rotation.compress, gbPerDay) / gibibyte;
    return daysInClass(archive)
        .filter(({ days }) => days > 0)
        .map(({ storageClass, days }) => ({
            what: `archives, ${days} days`,
            storageClass,
            gibibytes: perDay * days,
            cost: perDay * pricedDays(table.archive[storageClass], days),
        }));
}

/** Sum over the days of an object's stay of the price of each, in dollars for a GiB and month. */
function pricedDays(phases: readonly StoragePhase[], days: number): number {
    return phases
        .map(({ fromDay, price }, index) => {
            const until = Math.min(days, phases[index + 1]?.fromDay ?? days);
            return Math.max(0, until - fromDay) * price;
        })
        .reduce((sum, cost) => sum + cost, 0);
}

function volumeParts(settings: Settings, gbPerDay: number, table: PriceTable): readonly StoredPart[] {
    const { search, archive } = settings;
    const capacity = searchCapacity(settings, gbPerDay);
    const searchSize = (capacity.volumeConfigured * search.replicas) / gibibyte;
    const archiveSize = capacity.archiveVolumeConfigured / gibibyte;
    const archiveUse = capacity.archiveVolumeNeeded / (1 + assumptions.headroom) / gibibyte;
    return [
        volume("search volumes", search.storageClass, searchSize, capacity.indexBytes / gibibyte, table),
        volume("archive volume", archive.volumeStorageClass, archiveSize, archiveUse, table),
    ];
}

function volume(
    what: string,
    storageClass: string | undefined,
    size: number,
    use: number,
    { volumes }: PriceTable,
): StoredPart {
    const price = storageClass === undefined ? undefined : volumes[storageClass];
    const gibibytes = price?.billed === "use" ? Math.min(use, size) : size;
    return {
        what,
        storageClass: storageClass ?? "default of the cluster",
        gibibytes,
        cost: price && gibibytes * price.price,
    };
}
