// One pass: every archive on the volume into the bucket, each named in the manifest of its day, and what is confirmed
// off the volume when its time has come. Days go one after the other, oldest first, so that a pass that ends early leaves
// the oldest ones finished; archives that failed in the pass before come after all others.

import { type ArchiveName, parseArchiveName } from "../../formats/archive-name.ts";
import { manifestKey, objectKey } from "../../formats/object-key.ts";
import { Slots } from "../at-most.ts";
import { finishDay, type NamedArchive, parallelUploads } from "./day.ts";
import { type FoundFile, findArchives } from "./find-archives.ts";
import type { PassContext, PassSignals } from "./pass-context.ts";
import { PassReport, type PassSummary } from "./pass-report.ts";
import { Retries } from "./retries.ts";

/** Makes one pass. What fails is in the summary; everything else goes on. */
export async function runPass(context: PassContext, signals: PassSignals): Promise<PassSummary> {
    const { config, logRoot, store, memory } = context;
    const report = new PassReport();
    const { directories, filePatterns } = config.upload;
    const { files, failures } = await findArchives({ logRoot, directories, patterns: filePatterns });
    report.summary.archives = files.length;
    for (const { subject, reason, detail } of failures) {
        report.fail(subject, reason, detail);
    }
    const archives = namedArchives(files, report);
    const rotatedAt = new Map(archives.map((archive) => [archive.path, archive.rotatedAt]));
    memory.found(files.map(({ path }) => ({ path, rotatedAt: rotatedAt.get(path) })));

    const retries = new Retries({
        outagePatienceSeconds: context.outagePatienceSeconds,
        reach: (signal) => store.reach(signal),
        onRetry: () => {
            report.summary.retries += 1;
        },
    });
    const tools = { store, retries, bodies: new Slots(parallelUploads), requests: signals.abort };
    const failed = new Set(memory.failing.keys());
    const days = [
        ...byDay(archives.filter(({ path }) => !failed.has(path))),
        ...byDay(archives.filter(({ path }) => failed.has(path))),
    ];
    let isStopped = false;
    for (const [day, ofDay] of days) {
        if (report.summary.cutShort || signals.stop.aborted) {
            isStopped ||= signals.stop.aborted;
            break;
        }
        isStopped ||= !(await finishDay({ ...context, tools, report, signals }, day, ofDay));
    }
    if (isStopped && !report.summary.cutShort) {
        const detail = "the uploader was told to stop before the pass was done; the next pass goes on";
        report.fail(logRoot, "stopped", detail);
    }
    return report.end();
}

/** The files that are archives with a key; the others are failures. */
function namedArchives(files: readonly FoundFile[], report: PassReport): readonly NamedArchive[] {
    return files.flatMap((file) => {
        const name = parseArchiveName(file.name);
        const key: { readonly key: string } | { readonly wrong: string } =
            "wrong" in name ? name : objectKey(name.rotatedAt, file.node, file.name);
        if ("wrong" in key) {
            report.fail(file.path, "name", key.wrong);
            return [];
        }
        return [{ ...file, ...(name as ArchiveName), ...key }];
    });
}

/** The archives by the manifest that has to name them, oldest day first. */
function byDay(archives: readonly NamedArchive[]): readonly (readonly [manifest: string, NamedArchive[]])[] {
    const days = new Map<string, NamedArchive[]>();
    for (const archive of archives) {
        const day = manifestKey(archive.rotatedAt);
        const ofDay = days.get(day);
        if (ofDay) {
            ofDay.push(archive);
        } else {
            days.set(day, [archive]);
        }
    }
    return [...days].sort(([a], [b]) => (a < b ? -1 : 1));
}
