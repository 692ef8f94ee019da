// Brings archives back: found by the manifests, thawed where they are frozen, verified, and handed on.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManifestEntry } from "../formats/manifest.ts";
import type { IndexCounts } from "./elasticsearch-output.ts";
import type { RestoreOutput } from "./outputs.ts";
import { type ArchiveReader, inParallel } from "./reader.ts";
import type { RestoreRequest } from "./request.ts";
import { missingCategory, select } from "./selection.ts";
import { type FoundArchive, planThaw, thaw } from "./thawing.ts";
import { NotAsRecorded, writeVerifiedLines } from "./verified-archive.ts";

/** How a restore is made. */
export interface RestoreOptions extends RestoreRequest {
    readonly output: RestoreOutput;
    /** Seconds between two looks at what is thawing. */
    readonly pollSeconds: number;
    /** Told what happens, for people. */
    readonly say: (text: string) => void;
}

/** What a restore did. */
export interface RestoreSummary {
    readonly archives: number;
    readonly lines: number;
    /** What is not restored, and why. */
    readonly failures: readonly string[];
}

/** Restores what is selected. What fails is in the summary; everything else goes on. */
export async function restore(reader: ArchiveReader, options: RestoreOptions): Promise<RestoreSummary> {
    const { selection, output, say } = options;
    const failures: string[] = [];
    const manifests = await reader.manifests(selection.from, selection.to);
    for (const manifest of manifests) {
        if ("wrong" in manifest) {
            failures.push(
                `${manifest.key} is no manifest (${manifest.wrong}); the next pass with an archive of its day fixes it`,
            );
        }
    }
    const named = manifests.flatMap((manifest) => ("entries" in manifest ? manifest.entries : []));
    const missing = missingCategory(named, selection);
    failures.push(...(missing === undefined ? [] : [missing]));
    const entries = select(named, selection);
    say(
        `${entries.length} archives with ${sum(entries, "lines")} lines in ${sum(entries, "size")} bytes are asked for`,
    );
    const found = await findAll(reader, entries, failures);
    const plan = planThaw(found, options.tier);
    if (plan) {
        say(plan.description);
        if (!options.isCostAgreed) {
            failures.push(
                "nothing is restored yet: run it again with --yes (make and Job: YES=1) to pay for the retrieval and wait",
            );
            return { archives: 0, lines: 0, failures };
        }
        const waitHours = options.waitHours ?? plan.patienceHours;
        const onProgress = (left: number) => say(left === 0 ? "all can be read" : `${left} archives are still awaited`);
        await thaw(reader, plan, { ...options, waitHours, onProgress });
    }
    const base = output.scratchFolder ?? tmpdir();
    await mkdir(base, { recursive: true });
    const scratch = await mkdtemp(join(base, ".restoring-"));
    let archives = 0;
    let lines = 0;
    try {
        for (const { entry } of found) {
            const path = join(scratch, "lines");
            try {
                const count = await writeVerifiedLines(reader, entry, path);
                await output.take(entry, path);
                archives += 1;
                lines += count;
            } catch (error) {
                if (!(error instanceof NotAsRecorded)) {
                    throw error;
                }
                failures.push(`${entry.key} is not what its manifest says: ${error.message}`);
            }
        }
    } finally {
        await rm(scratch, { recursive: true });
    }
    return { archives, lines, failures };
}

/**
 * Says what came of a restore, for people.
 *
 * @param counts of lines, where they went into Elasticsearch
 * @returns the exit status: 0 if everything asked for is restored
 */
export function report(
    { archives, lines, failures }: RestoreSummary,
    say: RestoreOptions["say"],
    counts?: IndexCounts,
): number {
    for (const failure of failures) {
        say(failure);
    }
    say(`restored: ${archives} archives, ${lines} lines`);
    if (counts) {
        say(`indexed: ${counts.created} lines, ${counts.alreadyThere} were there already`);
    }
    return failures.length === 0 ? 0 : 1;
}

async function findAll(
    reader: ArchiveReader,
    entries: readonly ManifestEntry[],
    failures: string[],
): Promise<readonly FoundArchive[]> {
    const objects = await inParallel(entries, ({ key }) => reader.head(key));
    return entries.flatMap((entry, index) => {
        const object = objects[index];
        if (object === undefined) {
            failures.push(`${entry.key} is named by its manifest and not in the bucket`);
            return [];
        }
        return [{ entry, object }];
    });
}

function sum(entries: readonly ManifestEntry[], what: "lines" | "size"): number {
    return entries.reduce((total, entry) => total + entry[what], 0);
}
