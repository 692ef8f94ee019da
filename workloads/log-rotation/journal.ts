// How far each log is archived, and what was under way, from one run to the next.
//
// One small JSON file a log, named by device and inode, because a log keeps both when it is renamed. There may be a
// million: what is kept in memory is what few of them need.
//
// The journal is on the disk of the logs, and rotation is what makes room there. Where that disk has no room for an entry,
// the entry goes to a folder of the archive volume, `.rotation-<tree>`, until there is room; the later version counts.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, opendirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { syncDirectory, writeDurably, writeDurablySync } from "./durable.ts";
import { type JournalEntry, parseEntry, stateOf } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";
import { isOutOfSpace } from "./out-of-space.ts";
import type { RotationSettings } from "./settings.ts";

/** Name of a log's files: its entry, and what is carried away from it before it is truncated. */
const fileName = /^(?<device>\d+)-(?<inode>\d+)\.(?<kind>json|carried)$/;

/** What a journal is called. */
const idPattern = /^[0-9a-f]{8}$/;

/** Earlier versions kept this file to be removed when the disk is full. */
const formerReserve = "reserve";

/** An entry as it was found. */
export interface StoredEntry {
    readonly identity: LogIdentity;
    /** Undefined: it can't be read. */
    readonly entry: JournalEntry | undefined;
}

/** The journal of one log tree. */
export class Journal {
    /** Tells this journal, and so this node, from others that archive into the same directory: eight hexadecimal digits. */
    readonly id: string;
    readonly #folder: string;
    /** The folder on the archive volume; it may not be there. */
    readonly #overflow: string;
    readonly #overflowing = new Map<string, LogIdentity>();
    /** Revision of what was written in this run. */
    readonly #revisions = new Map<string, number>();
    /** Entries of other devices than the journal's own, by inode; see {@link ofInode}. */
    readonly #elsewhere = new Map<string, readonly string[]>();
    readonly #unfinished = new Map<string, LogIdentity>();

    private constructor(folder: string, overflow: string, id: string) {
        this.#folder = folder;
        this.#overflow = overflow;
        this.id = id;
        for (const { identity, kind } of filesIn(overflow)) {
            if (kind === "json") {
                this.#overflowing.set(keyOf(identity), identity);
            }
        }
    }

    /**
     * Opens the journal; `remark` learns what was wrong with it.
     *
     * @throws the file system's error, unless it is that the disk of the logs is full
     */
    static open(
        {
            logRoot,
            archiveDirectory,
            journalDirectory,
        }: Pick<RotationSettings, "logRoot" | "archiveDirectory" | "journalDirectory">,
        remark: (file: string, remark: string) => void,
    ): Journal {
        const { ino, birthtimeNs } = statSync(logRoot, { bigint: true });
        const overflow = join(archiveDirectory, `.rotation-${ino}-${birthtimeNs}`);
        rmSync(join(journalDirectory, formerReserve), { force: true });
        const home = join(journalDirectory, "id");
        const [known, away] = [textOf(home), textOf(join(overflow, "id"))].map((text) => text?.trim());
        if (known !== undefined && idPattern.test(known)) {
            return new Journal(journalDirectory, overflow, known);
        }
        if (known !== undefined) {
            remark(home, "WARNING: it is damaged; the journal gets another id");
        }
        const id = away !== undefined && idPattern.test(away) ? away : randomBytes(4).toString("hex");
        try {
            writeDurablySync(home, `${id}\n`);
        } catch (error) {
            // On a full disk it comes with the first entry, or at the end of a run that has made room.
            if (!isOutOfSpace(error) && (error as NodeJS.ErrnoException).code !== "ENOENT") {
                throw error;
            }
        }
        return new Journal(journalDirectory, overflow, id);
    }

    /** Every entry, one after another. Call it first: {@link ofInode} and {@link unfinished} know then of them. */
    *all(): Generator<StoredEntry> {
        const ownDevice = String(statSync(dirname(this.#folder), { bigint: true }).dev);
        for (const identity of this.#identities()) {
            const entry = this.stored(identity);
            if (!entry) {
                continue;
            }
            if (identity.device !== ownDevice) {
                const { device, inode } = identity;
                this.#elsewhere.set(inode, [...(this.#elsewhere.get(inode) ?? []), device]);
            }
            this.#remember(identity, entry.entry);
            yield entry;
        }
    }

    /** The entry of this identity as it is; undefined when there is none. */
    stored(identity: LogIdentity): StoredEntry | undefined {
        const folders = [this.#folder, ...(this.#overflowing.has(keyOf(identity)) ? [this.#overflow] : [])];
        const texts = folders.flatMap((folder) => textOf(join(folder, entryFile(identity))) ?? []);
        if (texts.length === 0) {
            return undefined;
        }
        const versions = texts.flatMap((text) => parseEntry(text) ?? []);
        const [entry] = versions.toSorted((one, other) => (other.revision ?? 0) - (one.revision ?? 0));
        return { identity, entry };
    }

    /**
     * The entries of a log's inode, that of its device first. Devices can get other numbers when a machine starts again,
     * so that an entry of another device may be the log's.
     */
    ofInode(identity: LogIdentity): readonly StoredEntry[] {
        const devices = [identity.device, ...(this.#elsewhere.get(identity.inode) ?? [])];
        return [...new Set(devices)].flatMap((device) => this.stored({ device, inode: identity.inode }) ?? []);
    }

    /** Entries of logs of which something is left to be finished. */
    unfinished(): readonly StoredEntry[] {
        return [...this.#unfinished.values()].flatMap((identity) => this.stored(identity) ?? []);
    }

    /** File for what is carried away from a log before it is truncated. */
    carriedFile(identity: LogIdentity): string {
        return join(this.#folder, `${keyOf(identity)}.carried`);
    }

    /** Removes what was carried away and is in an archive since: a run may be ended before it could. */
    removeCarried(): void {
        for (const { identity, kind } of filesIn(this.#folder)) {
            const entry = kind === "carried" ? this.stored(identity)?.entry : undefined;
            if (entry && !entry.truncating && entry.carriedBytes === undefined) {
                rmSync(this.carriedFile(identity));
            }
        }
    }

    /**
     * Replaces the entry; when this returns, it is on disk.
     *
     * @throws the file system's error; where neither disk has room, the last one's
     */
    async write(identity: LogIdentity, entry: JournalEntry): Promise<void> {
        const key = keyOf(identity);
        const last = this.#revisions.get(key) ?? this.stored(identity)?.entry?.revision ?? 0;
        const revision = last + 1;
        const places = [this.#folder, this.#overflow].map((folder) => join(folder, entryFile(identity)));
        const place = await writeWhereThereIsRoom(places, JSON.stringify({ ...entry, revision }));
        this.#revisions.set(key, revision);
        if (place === places[1]) {
            if (this.#overflowing.size === 0) {
                writeDurablySync(join(this.#overflow, "id"), `${this.id}\n`);
            }
            this.#overflowing.set(key, identity);
        } else if (this.#overflowing.delete(key)) {
            rmSync(join(this.#overflow, entryFile(identity)), { force: true });
        }
        this.#remember(identity, entry);
    }

    /** Gives an entry to another identity, with what was carried away from the log. */
    async move(from: LogIdentity, to: LogIdentity, entry: JournalEntry): Promise<void> {
        // First what the entry tells of: a run that is ended in between finds it missing, and moves the rest.
        if (existsSync(this.carriedFile(from))) {
            renameSync(this.carriedFile(from), this.carriedFile(to));
            await syncDirectory(this.#folder);
        }
        await this.write(to, entry);
        this.forget(from);
    }

    /** Removes the entry of a log that is gone. */
    forget(identity: LogIdentity): void {
        for (const folder of [this.#folder, this.#overflow]) {
            rmSync(join(folder, entryFile(identity)), { force: true });
        }
        this.#overflowing.delete(keyOf(identity));
        this.#remember(identity, undefined);
    }

    /** Brings what is on the archive volume back to the disk of the logs, as far as there is room for it. */
    async bringHome(): Promise<void> {
        if (!existsSync(this.#overflow)) {
            return;
        }
        const ids = [this.#folder, this.#overflow].map((folder) => join(folder, "id")) as [string, string];
        if (textOf(ids[0]) === undefined && (await writeWhereThereIsRoom(ids, `${this.id}\n`)) !== ids[0]) {
            return;
        }
        for (const identity of [...this.#overflowing.values()]) {
            const stored = this.stored(identity)?.entry;
            if (stored) {
                await this.write(identity, stored);
            }
            if (this.#overflowing.has(keyOf(identity))) {
                return;
            }
        }
        rmSync(this.#overflow, { recursive: true, force: true });
    }

    #remember(identity: LogIdentity, entry: JournalEntry | undefined): void {
        // A compaction is finished when its log is met; a log that is gone needs none.
        if (entry && !["at-rest", "compacting"].includes(stateOf(entry))) {
            this.#unfinished.set(keyOf(identity), identity);
        } else {
            this.#unfinished.delete(keyOf(identity));
        }
    }

    *#identities(): Generator<LogIdentity> {
        for (const { identity, kind } of filesIn(this.#folder)) {
            if (kind === "json") {
                yield identity;
            }
        }
        for (const identity of [...this.#overflowing.values()]) {
            if (!existsSync(join(this.#folder, entryFile(identity)))) {
                yield identity;
            }
        }
    }
}

/** Returns the first of the places that had room. */
async function writeWhereThereIsRoom(places: readonly string[], content: string): Promise<string> {
    let problem: unknown;
    for (const [index, place] of places.entries()) {
        try {
            if (index > 0) {
                mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
            }
            await writeDurably(place, content);
            return place;
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException;
            // The journal's folder could not be made on a full disk.
            if (!isOutOfSpace(error) && !(index === 0 && code === "ENOENT")) {
                throw error;
            }
            problem = error;
        }
    }
    throw problem;
}

function keyOf({ device, inode }: LogIdentity): string {
    return `${device}-${inode}`;
}

function entryFile(identity: LogIdentity): string {
    return `${keyOf(identity)}.json`;
}

/** The files of entries in the folder; none when it is not there. */
function* filesIn(folder: string): Generator<{ readonly identity: LogIdentity; readonly kind: string }> {
    if (!existsSync(folder)) {
        return;
    }
    const names = opendirSync(folder);
    try {
        for (let file = names.readSync(); file !== null; file = names.readSync()) {
            const { device, inode, kind } = fileName.exec(file.name)?.groups ?? {};
            if (device !== undefined && inode !== undefined && kind !== undefined) {
                yield { identity: { device, inode }, kind };
            }
        }
    } finally {
        names.closeSync();
    }
}

/** Bytes of an entry at most: it has some names, a path and checksums. What is larger is no entry, and may be any size. */
const mostBytes = 16 * 1024;

/** Undefined when there is no such file; a directory in its place, or a huge file, is as good as a damaged one. */
function textOf(file: string): string | undefined {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) {
        return undefined;
    }
    return stats.isFile() && stats.size <= mostBytes ? readFileSync(file, "utf8") : "";
}
