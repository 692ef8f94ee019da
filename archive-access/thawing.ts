// Objects in GLACIER and DEEP_ARCHIVE cannot be read before S3 has made a copy of them: what that costs, how long it
// takes, and waiting for it.

import { setTimeout as sleep } from "node:timers/promises";
import type { ManifestEntry } from "../formats/manifest.ts";
import { type ArchivedObject, type ArchiveReader, inParallel } from "./reader.ts";

/** How S3 retrieves, from the quickest to the cheapest. */
export const tiers = ["Expedited", "Standard", "Bulk"] as const;

/** One of {@link tiers}. */
export type ThawTier = (typeof tiers)[number];

interface Terms {
    /** US dollars per GB and per 1,000 requests, in us-east-1: https://aws.amazon.com/s3/pricing/ */
    readonly perGb: number;
    readonly perThousand: number;
    /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html */
    readonly time: string;
    /** Hours after which waiting is given up when nothing else is said: about twice what it takes. */
    readonly patienceHours: number;
}

const terms: Readonly<Record<string, Readonly<Partial<Record<ThawTier, Terms>>>>> = {
    GLACIER: {
        Expedited: { perGb: 0.03, perThousand: 10, time: "1 to 5 minutes", patienceHours: 1 },
        Standard: { perGb: 0.01, perThousand: 0.05, time: "3 to 5 hours", patienceHours: 10 },
        Bulk: { perGb: 0, perThousand: 0, time: "5 to 12 hours", patienceHours: 24 },
    },
    DEEP_ARCHIVE: {
        Standard: { perGb: 0.02, perThousand: 0.1, time: "up to 12 hours", patienceHours: 24 },
        Bulk: { perGb: 0.0025, perThousand: 0.025, time: "up to 48 hours", patienceHours: 96 },
    },
};

const gigabyte = 1024 ** 3;

/** An archive that S3 has, with what S3 says of it. */
export interface FoundArchive {
    readonly entry: ManifestEntry;
    readonly object: ArchivedObject;
}

/** What has to be thawed. */
export interface ThawPlan {
    /** Those that S3 has not been asked for yet. */
    readonly frozen: readonly FoundArchive[];
    /** Those and the ones that are on their way. */
    readonly awaited: readonly FoundArchive[];
    /** For people: number, size, cost and time. */
    readonly description: string;
    readonly patienceHours: number;
}

/**
 * What a restore has to wait for; undefined when everything can be read.
 *
 * @throws an error when S3 cannot retrieve an object in this way
 */
export function planThaw(archives: readonly FoundArchive[], tier: ThawTier): ThawPlan | undefined {
    const awaited = archives.filter(({ object }) => object.state !== "readable");
    if (awaited.length === 0) {
        return undefined;
    }
    const frozen = awaited.filter(({ object }) => object.state === "frozen");
    const lines: string[] = [];
    let patienceHours = 0;
    for (const storageClass of new Set(awaited.map(({ object }) => object.storageClass))) {
        const its = terms[storageClass === "INTELLIGENT_TIERING" ? "GLACIER" : storageClass]?.[tier];
        if (its === undefined) {
            throw new Error(`S3 has no ${tier} retrieval from ${storageClass}; take --tier Standard or --tier Bulk`);
        }
        const asked = frozen.filter(({ object }) => object.storageClass === storageClass);
        const bytes = asked.reduce((sum, { object }) => sum + object.size, 0);
        const cost = (bytes / gigabyte) * its.perGb + (asked.length / 1000) * its.perThousand;
        const under = awaited.filter(({ object }) => object.storageClass === storageClass).length - asked.length;
        lines.push(
            `${asked.length} archives (${(bytes / gigabyte).toFixed(3)} GB) are in ${storageClass}: a ${tier} retrieval ` +
                `costs about $${cost.toFixed(2)} (us-east-1) and takes ${its.time}` +
                (under > 0 ? `; ${under} more are on their way` : ""),
        );
        patienceHours = Math.max(patienceHours, its.patienceHours);
    }
    return { frozen, awaited, description: lines.join("\n"), patienceHours };
}

/** How thawing is asked for. */
export interface ThawOptions {
    readonly tier: ThawTier;
    /** Days for which the copies stay. */
    readonly days: number;
    readonly waitHours: number;
    /** Seconds between two looks. */
    readonly pollSeconds: number;
    /** Told how many are still awaited, at each look. */
    readonly onProgress: (left: number) => void;
}

/**
 * Asks for copies of what is frozen and waits until all can be read.
 *
 * @throws an error when the time is over; what was asked for stays asked for
 */
export async function thaw(reader: ArchiveReader, plan: ThawPlan, options: ThawOptions): Promise<void> {
    const end = Date.now() + options.waitHours * 3_600_000;
    await inParallel(plan.frozen, ({ entry }) => reader.thaw(entry.key, options.days, options.tier));
    for (let left = plan.awaited; ; ) {
        const states = await inParallel(left, ({ entry }) => reader.head(entry.key));
        left = left.filter((_, index) => states[index]?.state !== "readable");
        options.onProgress(left.length);
        if (left.length === 0) {
            return;
        }
        if (Date.now() + options.pollSeconds * 1000 > end) {
            throw new Error(
                `${left.length} archives are not there after ${options.waitHours} hours; S3 goes on, and nothing is ` +
                    "asked for twice: run the same command again later",
            );
        }
        await sleep(options.pollSeconds * 1000);
    }
}
