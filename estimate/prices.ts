// What AWS asks for storage, as of one day. Requests, transfer, retrieval and the KMS key are not in it.

import type { ArchiveStorageClass } from "../settings/storage-classes.ts";

/** A part of the time that an object spends in one storage class, and what it costs then. */
export interface StoragePhase {
    /** The object's age in this class, in days, from which the price holds. */
    readonly fromDay: number;
    /** US dollars for a GiB and month. */
    readonly price: number;
}

/** A volume's price. */
export interface VolumePrice {
    /** US dollars for a GiB and month. */
    readonly price: number;
    /** What is billed: the size that was asked for, or what lies on the volume. */
    readonly billed: "size" | "use";
}

/** Prices of one region on one day. */
export interface PriceTable {
    /** The day of whose prices the table is, as YYYY-MM-DD. */
    readonly asOf: string;
    readonly region: string;
    readonly sources: readonly string[];
    readonly archive: Readonly<Record<ArchiveStorageClass, readonly StoragePhase[]>>;
    /** By the name of a StorageClass. */
    readonly volumes: Readonly<Record<string, VolumePrice>>;
}

/**
 * List prices of the first 50 TB. AWS's own pages show theirs only to a browser: those of S3 are as third parties
 * published them for that day, those of gp3 and EFS as older copies of AWS's pages have them. What AWS calls a GB here
 * is a GiB (2^30 bytes).
 *
 * INTELLIGENT_TIERING is priced for archives that nobody reads: it moves them after 30 and after 90 days.
 */
export const prices: PriceTable = {
    asOf: "2026-04-09",
    region: "us-east-1",
    sources: [
        "https://aws.amazon.com/s3/pricing/",
        "https://aws.amazon.com/ebs/pricing/",
        "https://aws.amazon.com/efs/pricing/",
    ],
    archive: {
        STANDARD: [{ fromDay: 0, price: 0.023 }],
        STANDARD_IA: [{ fromDay: 0, price: 0.0125 }],
        INTELLIGENT_TIERING: [
            { fromDay: 0, price: 0.023 },
            { fromDay: 30, price: 0.0125 },
            { fromDay: 90, price: 0.004 },
        ],
        GLACIER_IR: [{ fromDay: 0, price: 0.004 }],
        GLACIER: [{ fromDay: 0, price: 0.0036 }],
        DEEP_ARCHIVE: [{ fromDay: 0, price: 0.00099 }],
    },
    volumes: {
        gp3: { price: 0.08, billed: "size" },
        efs: { price: 0.3, billed: "use" },
    },
};

/** Days after which prices may have changed without the table. */
const staleAfterDays = 365;

/** What to say when the table is older than a year on `today`; undefined when it is not. */
export function stalePrices({ asOf, sources }: PriceTable, today: Date): string | undefined {
    const age = Math.floor((today.getTime() - Date.parse(asOf)) / 86_400_000);
    return age <= staleAfterDays
        ? undefined
        : `the prices are of ${asOf}, ${age} days old: compare estimate/prices.ts with ${sources.join(", ")} and set asOf`;
}
