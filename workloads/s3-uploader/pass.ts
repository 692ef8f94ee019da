// One pass: every archive on the volume into the bucket, each named in the manifest of its day, and what is confirmed
// off the volume when its time has come. Days go one after the other, so that a pass that ends early leaves the oldest
// ones finished.

import { unlink } from "node:fs/promises";
import { atMost, Slots } from "../at-most.ts";
import {
    type ArchiveContent,
    ChangedWhileRead,
    openArchive,
    readContent,
    versionAt,
    versionOf,
} from "./archive-content.ts";
import {
    type ArchiveName,
    archivesOfManifest,
    categoryOf,
    manifestKey,
    objectKey,
    parseArchiveName,
} from "./archive-name.ts";
import type { ArchiveStore } from "./archive-store.ts";
import type { UploaderConfig } from "./config.ts";
import { asUploadError, type Failure, type FailureReason, type UploadError } from "./failure.ts";
import { type FoundFile, findArchives } from "./find-archives.ts";
import { log } from "./log.ts";
import type { ManifestEntry } from "./manifest.ts";
import { recordInManifest } from "./record-in-manifest.ts";
import { Retries } from "./retries.ts";
import { uploadArchive } from "./upload-archive.ts";
import type { UploadTools } from "./upload-tools.ts";

/** Archives that are read and uploaded at the same time, and bodies that are sent at the same time. */
const parallelUploads = 4;

const dayInMilliseconds = 24 * 60 * 60 * 1000;

/** What passes of one process share. */
export interface PassContext {
    readonly config: UploaderConfig;
    readonly logRoot: string;
    readonly store: ArchiveStore;
    /** Node that archives outside of a node's folder are from. */
    readonly nodeName: string;
    /** Larger archives are uploaded in parts of as many bytes. */
    readonly partBytes: number;
    /** For how long S3 may do nothing in the middle of a pass before the pass gives up. */
    readonly outagePatienceSeconds: number;
    /** What is known of archives that stay on the volume. Passes keep it up to date. */
    readonly known: Map<string, KnownArchive>;
}

/** An archive that an earlier pass has read, so that it is not read again while it stays as it is. */
export interface KnownArchive {
    readonly content: ArchiveContent;
    /** S3 has it and the manifest names it. */
    readonly confirmed: boolean;
}

/** How a pass is told to stop. */
export interface PassSignals {
    /** No further archive is begun; what is under way is finished. */
    readonly stop: AbortSignal;
    /** What is under way is dropped; the next pass does it again. */
    readonly abort: AbortSignal;
}

/** What a pass did. */
export interface PassSummary {
    /** Archives found on the volume. */
    archives: number;
    uploaded: number;
    uploadedBytes: number;
    /** Archives that S3 had already. */
    alreadyThere: number;
    /** Local archives deleted after S3 had confirmed them. */
    deleted: number;
    /** Archives left for the next pass because they were being written. */
    changed: number;
    /** Requests that were tried again. */
    retries: number;
    /** Manifests that were damaged and made anew. */
    rebuiltManifests: number;
    seconds: number;
    failures: Failure[];
}

interface NamedArchive extends FoundFile, ArchiveName {
    readonly key: string;
}

/** An archive that S3 has confirmed in this pass. */
interface ConfirmedArchive {
    readonly archive: NamedArchive;
    readonly content: ArchiveContent;
    readonly entry: ManifestEntry;
}

/** Makes one pass. What fails is in the summary; everything else goes on. */
export async function runPass(context: PassContext, signals: PassSignals): Promise<PassSummary> {
    const start = performance.now();
    const { config, logRoot, known } = context;
    const { directories, filePatterns } = config.upload;
    const { files, failures } = await findArchives({ logRoot, directories, patterns: filePatterns });
    const summary: PassSummary = {
        archives: files.length,
        uploaded: 0,
        uploadedBytes: 0,
        alreadyThere: 0,
        deleted: 0,
        changed: 0,
        retries: 0,
        rebuiltManifests: 0,
        seconds: 0,
        failures: [],
    };
    const fail = (subject: string, reason: FailureReason, detail: string): void => {
        summary.failures.push({ reason, subject, detail });
        log("error", detail, { reason, subject });
    };
    for (const { subject, reason, detail } of failures) {
        fail(subject, reason, detail);
    }
    const present = new Set(files.map(({ path }) => path));
    for (const path of [...known.keys()].filter((one) => !present.has(one))) {
        known.delete(path);
    }

    const retries = new Retries(context.outagePatienceSeconds, () => {
        summary.retries += 1;
    });
    const tools = { store: context.store, retries, bodies: new Slots(parallelUploads), requests: signals.abort };
    let allBegun = true;
    let inVain: UploadError | undefined;
    const failWith = (subject: string, error: unknown): void => {
        const failure = signals.abort.aborted
            ? asUploadError(error, "stopped", "the uploader was told to stop before this was done")
            : asUploadError(error, "unreadable", "cannot read it");
        inVain ??= failure.endsPass ? failure : undefined;
        fail(subject, failure.reason, failure.message);
    };
    for (const [day, archives] of archivesByDay(files, fail)) {
        if (inVain || signals.stop.aborted) {
            allBegun = false;
            break;
        }
        const confirmed: ConfirmedArchive[] = [];
        let listed: ReadonlySet<string>;
        try {
            listed = await keysOfDay(tools, day);
        } catch (error) {
            failWith(day, error);
            continue;
        }
        await atMost(parallelUploads, archives, async (archive) => {
            if (inVain || signals.stop.aborted) {
                allBegun = false;
                return;
            }
            try {
                const result = await confirmedArchive(context, tools, archive, listed, summary);
                if (result) {
                    confirmed.push(result);
                }
            } catch (error) {
                if (error instanceof ChangedWhileRead) {
                    summary.changed += 1;
                    log("info", "it is being written; the next pass takes it", { archive: archive.path });
                } else {
                    failWith(archive.path, error);
                }
            }
        });
        if (confirmed.length === 0) {
            continue;
        }
        try {
            const entries = confirmed.map(({ entry }) => entry);
            summary.rebuiltManifests += (await recordInManifest(tools, day, entries)) ? 1 : 0;
            log("info", "named in the manifest", { manifest: day, archives: entries.length });
        } catch (error) {
            failWith(day, error);
            continue;
        }
        for (const { archive, content } of confirmed) {
            known.set(archive.path, { content, confirmed: true });
            try {
                if (await deleteIfDue(config, archive, content)) {
                    summary.deleted += 1;
                    log("info", "deleted", { archive: archive.path });
                }
            } catch (error) {
                const detail = `S3 has it, but it cannot be deleted here (${(error as Error).message})`;
                fail(archive.path, "delete", detail);
            }
        }
    }
    if (!allBegun && !inVain) {
        fail(logRoot, "stopped", "the uploader was told to stop before the pass was done; the next pass goes on");
    }
    summary.seconds = Math.round(performance.now() - start) / 1000;
    return summary;
}

/** The archives by the manifest that has to name them, oldest day first; `fail` is told of names that are none. */
function archivesByDay(
    files: readonly FoundFile[],
    fail: (subject: string, reason: FailureReason, detail: string) => void,
): readonly (readonly [manifest: string, archives: readonly NamedArchive[]])[] {
    const days = new Map<string, NamedArchive[]>();
    for (const file of files) {
        const name = parseArchiveName(file.name);
        if ("wrong" in name) {
            fail(file.path, "name", name.wrong);
            continue;
        }
        const key = objectKey(name.rotatedAt, file.node, file.name);
        if ("wrong" in key) {
            fail(file.path, "name", key.wrong);
            continue;
        }
        const manifest = manifestKey(name.rotatedAt);
        const archives = days.get(manifest) ?? [];
        archives.push({ ...file, ...name, ...key });
        days.set(manifest, archives);
    }
    return [...days].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Keys that the bucket has of the archives of a day: one request, where asking for each would be one an archive. */
async function keysOfDay({ store, retries, requests }: UploadTools, day: string): Promise<ReadonlySet<string>> {
    const prefix = archivesOfManifest(day) ?? day;
    return new Set(await retries.run(day, requests, () => store.list(prefix, requests)));
}

/** Uploads an archive if S3 lacks it; undefined when somebody else has finished with it meanwhile. */
async function confirmedArchive(
    context: PassContext,
    tools: UploadTools,
    archive: NamedArchive,
    listed: ReadonlySet<string>,
    summary: PassSummary,
): Promise<ConfirmedArchive | undefined> {
    const file = await openArchive(archive.path);
    if (!file) {
        return undefined;
    }
    try {
        const stats = await file.stat({ bigint: true });
        const earlier = context.known.get(archive.path);
        const content =
            earlier?.content.version === versionOf(stats)
                ? earlier.content
                : await readContent(file, archive.compressed, context.partBytes, tools.requests);
        if (content !== earlier?.content) {
            context.known.set(archive.path, { content, confirmed: false });
        }
        const { size, sha256, lines } = content;
        const sourceNode = archive.node ?? context.nodeName;
        const category = categoryOf(archive.directory, context.config.upload.categories);
        const object = await uploadArchive(tools, {
            file,
            content,
            isListed: listed.has(archive.key),
            key: archive.key,
            contentType: archive.compressed ? "application/gzip" : "application/x-ndjson",
            metadata: { sha256, lines, sourceNode, category },
        });
        if (object.uploaded) {
            summary.uploaded += 1;
            summary.uploadedBytes += content.size;
            log("info", "uploaded", { archive: archive.path, key: archive.key, bytes: content.size });
        } else {
            summary.alreadyThere += 1;
        }
        const entry: ManifestEntry = {
            key: archive.key,
            size,
            sha256,
            category,
            sourceNode,
            rotatedAt: archive.rotatedAt.toISOString(),
            uploadedAt: object.storedAt.toISOString(),
            storageClass: object.storageClass,
            lines,
        };
        return { archive, content, entry };
    } finally {
        await file.close();
    }
}

/** Deletes an archive that is confirmed and named in the manifest, if the configuration says so and it is unchanged. */
async function deleteIfDue(config: UploaderConfig, archive: NamedArchive, content: ArchiveContent): Promise<boolean> {
    const age = Date.now() - archive.rotatedAt.getTime();
    if (!config.cleanup.deleteAfterUpload && age < config.cleanup.maxAgeDays * dayInMilliseconds) {
        return false;
    }
    if ((await versionAt(archive.path)) !== content.version) {
        return false;
    }
    try {
        await unlink(archive.path);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return false;
        }
        throw error;
    }
}
