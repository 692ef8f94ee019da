// The archives of one day, step by step: list what the bucket has of the day; place each archive; list again, which
// confirms what was put; have the manifest name all of it; delete here what is due. Each step takes only what the one before
// it has confirmed, so a local archive is deleted at one place, after all of them.

import { unlink } from "node:fs/promises";
import type { ArchiveName } from "../../formats/archive-name.ts";
import { categoryOf } from "../../formats/log-categories.ts";
import type { ManifestEntry } from "../../formats/manifest.ts";
import { dayOfManifest } from "../../formats/object-key.ts";
import { atMost } from "../at-most.ts";
import {
    type ArchiveContent,
    ChangedWhileRead,
    openArchive,
    readContent,
    stateAt,
    versionOf,
} from "./archive-content.ts";
import type { ListedObject } from "./archive-store.ts";
import { isObjectOf } from "./compare-object.ts";
import type { FoundFile } from "./find-archives.ts";
import { log } from "./log.ts";
import type { PassContext, PassSignals } from "./pass-context.ts";
import type { PassReport } from "./pass-report.ts";
import { readEntries, recordInManifest } from "./record-in-manifest.ts";
import { confirmedByItself, type Placement, placeArchive } from "./upload-archive.ts";
import type { UploadTools } from "./upload-tools.ts";

/** Archives that are read and uploaded at the same time, and bodies that are sent at the same time. */
export const parallelUploads = 4;

const dayInMilliseconds = 24 * 60 * 60 * 1000;

/** A file whose name is one of an archive. */
export interface NamedArchive extends FoundFile, ArchiveName {
    readonly key: string;
}

/** What the days of a pass share. */
export interface DayContext extends PassContext {
    readonly tools: UploadTools;
    readonly report: PassReport;
    readonly signals: PassSignals;
}

/** What the bucket has of a day, as far as it matters. */
interface DayListing {
    /** Objects of the archives that are here, by key. */
    readonly objects: ReadonlyMap<string, ListedObject>;
    /** Undefined: there is no manifest. */
    readonly manifest: ListedObject | undefined;
    /** Whether there are archives that are not here. */
    readonly hasOthers: boolean;
}

/** An archive that is in the bucket, as far as S3 has answered. */
interface PlacedArchive {
    readonly archive: NamedArchive;
    readonly content: ArchiveContent;
    readonly placement: Placement;
}

/** An archive that S3 has confirmed in this pass, with what the manifest has to say of it. */
interface ConfirmedArchive {
    readonly archive: NamedArchive;
    readonly version: string;
    /** Undefined when it was not read, because it stays here. */
    readonly content: ArchiveContent | undefined;
    readonly etag: string;
    readonly entry: ManifestEntry;
}

/**
 * Brings the archives of a day into the bucket. What fails is in the report; the others go on.
 *
 * @param manifest key of the manifest of the day
 * @returns false when the uploader was told to stop before all were begun
 */
export async function finishDay(
    context: DayContext,
    manifest: string,
    archives: readonly NamedArchive[],
): Promise<boolean> {
    const { tools, report, signals, memory } = context;
    try {
        const before = await listDay(tools, manifest, archives);
        const isAnyUnknown = archives.some(({ key, path }) => before.objects.has(key) && !memory.known.get(path));
        const isSameManifest = before.manifest?.etag === memory.manifests.get(manifest);
        const entries =
            before.manifest && (isAnyUnknown || !isSameManifest) && before.objects.size > 0
                ? await readEntries(tools, manifest, new Set(before.objects.keys()))
                : new Map<string, ManifestEntry>();
        const confirmed: ConfirmedArchive[] = [];
        const placed: PlacedArchive[] = [];
        const isAllBegun = await forEach(context, archives, async (archive) => {
            const object = before.objects.get(archive.key);
            const entry = entries.get(archive.key);
            const settled = object && (await knownToBeThere(context, archive, object, entry));
            if (settled) {
                report.summary.alreadyThere += 1;
                confirmed.push(settled);
                return;
            }
            const result = await place(context, archive, object !== undefined, entry);
            if (result) {
                placed.push(result);
            }
        });
        const isAnswered = placed.some(({ placement }) => placement.kind === "answered");
        const after = isAnswered ? await listDay(tools, manifest, archives) : before;
        await forEach(context, placed, async (one) => {
            confirmed.push(await confirm(context, one, after));
        });
        await record(context, manifest, confirmed, after, isSameManifest);
        for (const one of confirmed) {
            await deleteIfDue(context, one);
        }
        return isAllBegun;
    } catch (error) {
        const reason = report.failWith(manifest, error, signals.abort.aborted);
        for (const { path } of archives.filter((one) => !memory.known.get(one.path)?.confirmed)) {
            memory.fail(path, reason);
        }
        return true;
    }
}

/**
 * Works on archives, some at once. One that fails is in the report and is tried after all others in the next pass.
 *
 * @returns false when not all were begun
 */
async function forEach<T extends NamedArchive | PlacedArchive>(
    { report, signals, memory }: DayContext,
    items: readonly T[],
    work: (item: T) => Promise<void>,
): Promise<boolean> {
    let isAllBegun = true;
    await atMost(parallelUploads, items, async (item) => {
        const { path } = "archive" in item ? item.archive : item;
        if (report.summary.cutShort || ("path" in item && signals.stop.aborted)) {
            isAllBegun &&= report.summary.cutShort;
            return;
        }
        try {
            await work(item);
        } catch (error) {
            if (error instanceof ChangedWhileRead) {
                report.summary.changed += 1;
                log("info", "it is being written; the next pass takes it", { archive: path });
            } else {
                memory.fail(path, report.failWith(path, error, signals.abort.aborted));
            }
        }
    });
    return isAllBegun;
}

/** One list of the day, manifest included: asking for each object would be a request an archive. */
async function listDay(
    { store, retries, requests }: UploadTools,
    manifestKey: string,
    archives: readonly NamedArchive[],
): Promise<DayListing> {
    const here = new Set(archives.map(({ key }) => key));
    const prefix = dayOfManifest(manifestKey);
    return retries.run(manifestKey, requests, async () => {
        const objects = new Map<string, ListedObject>();
        let manifest: ListedObject | undefined;
        let hasOthers = false;
        await store.list(prefix, requests, (key, object) => {
            if (here.has(key)) {
                objects.set(key, object);
            } else if (key === manifestKey) {
                manifest = object;
            } else {
                hasOthers ||= key.startsWith(`${prefix}archive/`);
            }
        });
        return { objects, manifest, hasOthers };
    });
}

/**
 * An archive that need not be looked at closer: an earlier pass of this process has confirmed the very object that is
 * listed, or, of one that stays here, the manifest names the very object that is listed and the file is older than that.
 */
async function knownToBeThere(
    context: DayContext,
    archive: NamedArchive,
    object: ListedObject,
    entry: ManifestEntry | undefined,
): Promise<ConfirmedArchive | undefined> {
    const { path } = archive;
    const earlier = context.memory.known.get(path);
    const state = await stateAt(path);
    const isCompared = earlier?.content !== undefined;
    const { confirmed } = earlier ?? {};
    if (
        earlier &&
        confirmed?.etag === object.etag &&
        confirmed.entry.size === object.size &&
        earlier.version === state?.version &&
        (isCompared || !isDue(context, archive))
    ) {
        return {
            archive,
            version: earlier.version,
            content: earlier.content,
            etag: object.etag,
            entry: confirmed.entry,
        };
    }
    const isOfEntry =
        state !== undefined &&
        entry !== undefined &&
        isObjectOf(entry, object) &&
        entry.size === state.size &&
        state.changedAt < object.storedAt.getTime();
    return isOfEntry && !isDue(context, archive)
        ? { archive, version: state.version, content: undefined, etag: object.etag, entry }
        : undefined;
}

/** Places an archive; undefined when somebody else has finished with it meanwhile. */
async function place(
    context: DayContext,
    archive: NamedArchive,
    isListed: boolean,
    entry: ManifestEntry | undefined,
): Promise<PlacedArchive | undefined> {
    const { memory, tools, partBytes, report } = context;
    const file = await openArchive(archive.path);
    if (!file) {
        memory.settle(archive.path);
        return undefined;
    }
    try {
        const earlier = memory.known.get(archive.path);
        const isRead = earlier?.content && earlier.version === versionOf(await file.stat({ bigint: true }));
        const { content, bytes } =
            isRead && earlier.content
                ? { content: earlier.content, bytes: undefined }
                : await readContent(file, archive.compressed, partBytes, tools.requests);
        memory.known.set(archive.path, { version: content.version, content });
        const { sha256, lines } = content;
        const placement = await placeArchive(tools, {
            file,
            content,
            bytes,
            isListed,
            entry,
            key: archive.key,
            contentType: archive.compressed ? "application/gzip" : "application/x-ndjson",
            metadata: { sha256, lines, ...originOf(context, archive) },
        });
        if (placement.kind === "compared" && !placement.uploaded) {
            report.summary.alreadyThere += 1;
        }
        return { archive, content, placement };
    } finally {
        await file.close();
    }
}

/**
 * What S3 has confirmed of an archive: its object was compared, or S3 has answered the put with the right SHA-256 and the
 * list shows that what lies there is what it answered for.
 *
 * @throws UploadError `unconfirmed`
 */
async function confirm(
    context: DayContext,
    { archive, content, placement }: PlacedArchive,
    { objects }: DayListing,
): Promise<ConfirmedArchive> {
    const { report, tools } = context;
    const listed = objects.get(archive.key);
    const isListed = placement.kind === "answered" && listed?.etag === placement.etag && listed.size === content.size;
    const object =
        placement.kind === "compared"
            ? placement.object
            : isListed && listed
              ? listed
              : await confirmedByItself(tools, { key: archive.key, content });
    if (placement.kind === "answered" || placement.uploaded) {
        report.summary.uploaded += 1;
        report.summary.uploadedBytes += content.size;
        log("info", "uploaded", { archive: archive.path, key: archive.key, bytes: content.size });
    }
    const { size, sha256, lines, version } = content;
    const entry: ManifestEntry = {
        key: archive.key,
        size,
        sha256,
        ...originOf(context, archive),
        rotatedAt: archive.rotatedAt.toISOString(),
        uploadedAt: object.storedAt.toISOString(),
        storageClass: object.storageClass,
        lines,
    };
    return { archive, version, content, etag: object.etag, entry };
}

function originOf({ nodeName, config }: DayContext, { node, directory }: NamedArchive) {
    return { category: categoryOf(directory, config.upload.categories), sourceNode: node ?? nodeName };
}

/** Has the manifest name what is confirmed; asks S3 for nothing when it is known to do so. */
async function record(
    { tools, memory, report }: DayContext,
    manifest: string,
    confirmed: readonly ConfirmedArchive[],
    listing: DayListing,
    isSameManifest: boolean,
): Promise<void> {
    const isNamed = ({ archive, etag }: ConfirmedArchive) => memory.known.get(archive.path)?.confirmed?.etag === etag;
    if (confirmed.length > 0 && !(isSameManifest && listing.manifest && confirmed.every(isNamed))) {
        const entries = confirmed.map(({ entry }) => entry);
        const { etag, isRebuilt } = await recordInManifest(tools, manifest, entries, listing.hasOthers);
        report.summary.rebuiltManifests += isRebuilt ? 1 : 0;
        memory.manifests.set(manifest, etag);
        log("info", "named in the manifest", { manifest, archives: entries.length });
    }
    for (const { archive, version, content, etag, entry } of confirmed) {
        memory.confirm(archive.path, { version, content, confirmed: { etag, entry } });
    }
}

function isDue({ config }: DayContext, { rotatedAt }: NamedArchive): boolean {
    const age = Date.now() - rotatedAt.getTime();
    return config.cleanup.deleteAfterUpload || age >= config.cleanup.maxAgeDays * dayInMilliseconds;
}

/** Deletes an archive that is confirmed and named in the manifest, if the configuration says so and it is unchanged. */
async function deleteIfDue(context: DayContext, { archive, version, content }: ConfirmedArchive): Promise<void> {
    const { report, memory } = context;
    const { path } = archive;
    try {
        if (content === undefined || !isDue(context, archive) || (await stateAt(path))?.version !== version) {
            return;
        }
        await unlink(path);
        memory.known.delete(path);
        report.summary.deleted += 1;
        log("info", "deleted", { archive: path });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
            const detail = `S3 has it, but it cannot be deleted here (${(error as Error).message})`;
            report.fail(path, "delete", detail);
        }
    }
}
