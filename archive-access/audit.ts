// Holds the bucket, its manifests and the archives on a volume against each other.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArchiveName } from "../formats/archive-name.ts";
import type { ManifestEntry } from "../formats/manifest.ts";
import { dayOfManifest, objectKey, parseObjectKey } from "../formats/object-key.ts";
import { findArchives } from "../workloads/s3-uploader/find-archives.ts";
import { type ArchiveReader, inParallel } from "./reader.ts";
import { NotAsRecorded, writeVerifiedLines } from "./verified-archive.ts";

/** Something that is not as it has to be. */
export interface Finding {
    readonly kind: "missing" | "changed" | "unexpected";
    /** Key of the object, or path of the local archive. */
    readonly subject: string;
    readonly detail: string;
}

/** What an audit looks at. */
export interface AuditOptions {
    /** Directory of the archive volume, where it can be reached from here. */
    readonly archiveDirectory: string | undefined;
    /** Days after which the bucket deletes an archive: older ones may be missing. */
    readonly retentionDays: number;
    /** Read every archive that can be read and count its lines, instead of asking S3 for its checksum. */
    readonly isDeep: boolean;
}

/** What an audit found. */
export interface AuditReport {
    readonly manifests: number;
    /** Archives that the manifests name. */
    readonly named: number;
    readonly bytes: number;
    /** Archives that were read whole. */
    readonly read: number;
    /** Named archives that the bucket has deleted because their time was over. */
    readonly expired: number;
    /** Local archives that wait for their upload. */
    readonly waiting: number;
    readonly findings: readonly Finding[];
}

const dayInMilliseconds = 24 * 60 * 60 * 1000;

/** Makes an audit; changes nothing. */
export async function audit(reader: ArchiveReader, options: AuditOptions): Promise<AuditReport> {
    const findings: Finding[] = [];
    const manifests = await reader.manifests();
    const named = new Map<string, ManifestEntry>();
    for (const manifest of manifests) {
        if ("wrong" in manifest) {
            findings.push({ kind: "changed", subject: manifest.key, detail: `it is no manifest: ${manifest.wrong}` });
            continue;
        }
        for (const entry of manifest.entries) {
            if (entry.key.startsWith(dayOfManifest(manifest.key))) {
                named.set(entry.key, entry);
            } else {
                findings.push({
                    kind: "unexpected",
                    subject: manifest.key,
                    detail: `it names ${entry.key}, of another day`,
                });
            }
        }
    }
    const objects = (await reader.list()).filter(({ key }) => !manifests.some((manifest) => manifest.key === key));
    for (const { key } of objects.filter(({ key }) => !named.has(key))) {
        const detail = parseObjectKey(key) ? "an archive that no manifest names" : "it has no key of an archive";
        findings.push({ kind: "unexpected", subject: key, detail });
    }
    const there = new Set(objects.map(({ key }) => key));
    const { read, expired } = await compareNamed(reader, [...named.values()], there, options, findings);
    const waiting = await compareLocal(named, options.archiveDirectory, findings);
    const bytes = [...named.values()].reduce((sum, { size }) => sum + size, 0);
    return { manifests: manifests.length, named: named.size, bytes, read, expired, waiting, findings };
}

async function compareNamed(
    reader: ArchiveReader,
    entries: readonly ManifestEntry[],
    there: ReadonlySet<string>,
    { retentionDays, isDeep }: AuditOptions,
    findings: Finding[],
): Promise<{ readonly read: number; readonly expired: number }> {
    let read = 0;
    let expired = 0;
    const scratch = await mkdtemp(join(tmpdir(), "verify-archive-"));
    try {
        await inParallel(entries, async (entry) => {
            const add = (kind: Finding["kind"], detail: string) => findings.push({ kind, subject: entry.key, detail });
            const object = there.has(entry.key) ? await reader.head(entry.key) : undefined;
            if (object === undefined) {
                const isOver = Date.parse(entry.uploadedAt) + retentionDays * dayInMilliseconds < Date.now();
                expired += isOver ? 1 : 0;
                if (!isOver) {
                    add("missing", "its manifest names it, and the bucket does not have it");
                }
                return;
            }
            if (object.size !== entry.size) {
                add("changed", `it has ${object.size} bytes instead of ${entry.size}`);
            } else if (object.sha256 !== entry.sha256) {
                add("changed", `it has SHA-256 ${object.sha256 ?? "unknown"} instead of ${entry.sha256}`);
            } else if (isDeep && object.state === "readable") {
                read += 1;
                const path = join(scratch, createHash("sha256").update(entry.key).digest("hex"));
                try {
                    await writeVerifiedLines(reader, entry, path);
                } catch (error) {
                    if (!(error instanceof NotAsRecorded)) {
                        throw error;
                    }
                    add("changed", error.message);
                } finally {
                    await rm(path, { force: true });
                }
            }
        });
    } finally {
        await rm(scratch, { recursive: true });
    }
    return { read, expired };
}

/** @returns how many archives wait for their upload */
async function compareLocal(
    named: ReadonlyMap<string, ManifestEntry>,
    directory: string | undefined,
    findings: Finding[],
): Promise<number> {
    if (directory === undefined) {
        return 0;
    }
    const { files, failures } = await findArchives({ logRoot: directory, directories: ["."], patterns: ["*"] });
    for (const { subject, detail } of failures) {
        findings.push({ kind: "missing", subject, detail });
    }
    let waiting = 0;
    for (const { path, name, node } of files) {
        const parsed = parseArchiveName(name);
        const key = "wrong" in parsed ? parsed : objectKey(parsed.rotatedAt, node, name);
        if ("wrong" in key) {
            findings.push({ kind: "unexpected", subject: path, detail: key.wrong });
            continue;
        }
        const entry = named.get(key.key);
        if (entry === undefined) {
            waiting += 1;
        } else if ((await sha256Of(path)) !== entry.sha256) {
            const detail = `it is another than the archive that the bucket has as ${key.key}`;
            findings.push({ kind: "changed", subject: path, detail });
        }
    }
    return waiting;
}

async function sha256Of(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) {
        hash.update(chunk as Buffer);
    }
    return hash.digest("hex");
}
