// How far each log is archived, and what was under way, from one run to the next.
//
// One small JSON file a log, named by device and inode, because a log keeps both when it is renamed.

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syncDirectory, writeDurably } from "./durable.ts";
import { type JournalEntry, parseEntry } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";

/** Name of an entry's file. */
const entryName = /^(?<device>\d+)-(?<inode>\d+)\.json$/;

/**
 * A file that is there to be removed: when the disk of the logs is full, rotation needs a little of it to write down
 * what it does, and is what makes room.
 */
const reserve = "reserve";
const reserveBytes = 256 * 1024;

/** An entry as it was found. */
export interface StoredEntry {
    readonly identity: LogIdentity;
    /** Undefined: it can't be read. */
    readonly entry: JournalEntry | undefined;
}

/** The journal in one directory. */
export class Journal {
    /** Tells this journal, and so this node, from others that archive into the same directory: eight hexadecimal digits. */
    readonly id: string;
    readonly #folder: string;

    /** @param folder an existing directory */
    constructor(folder: string) {
        this.#folder = folder;
        const idFile = join(folder, "id");
        const known = textOf(idFile)?.trim();
        this.id = known || randomBytes(4).toString("hex");
        if (!known) {
            writeDurably(idFile, `${this.id}\n`);
        }
        this.#keepReserve();
    }

    /** Every entry. */
    all(): readonly StoredEntry[] {
        return readdirSync(this.#folder).flatMap((name) => {
            const { device, inode } = entryName.exec(name)?.groups ?? {};
            if (device === undefined || inode === undefined) {
                return [];
            }
            const text = textOf(join(this.#folder, name));
            return text === undefined ? [] : [{ identity: { device, inode }, entry: parseEntry(text) }];
        });
    }

    /**
     * The entry of the log; `undefined` when there is none.
     *
     * Devices can get other numbers when a machine starts again. An entry of another device with the same inode is
     * therefore the log's if `isOfLog` says so, and gets the new number.
     *
     * @throws an error when the entry can't be read
     */
    find(identity: LogIdentity, isOfLog: (entry: JournalEntry) => boolean): JournalEntry | undefined {
        const known = this.#read(identity);
        if (known) {
            return known;
        }
        const moved = this.all().find(
            ({ identity: { inode }, entry }) => inode === identity.inode && entry && isOfLog(entry),
        );
        if (moved) {
            renameSync(this.#file(moved.identity), this.#file(identity));
            syncDirectory(this.#folder);
        }
        return moved?.entry;
    }

    /** Replaces the entry; when this returns, it is on disk. */
    write(identity: LogIdentity, entry: JournalEntry): void {
        const write = () => writeDurably(this.#file(identity), JSON.stringify(entry));
        try {
            write();
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOSPC") {
                throw error;
            }
            rmSync(join(this.#folder, reserve), { force: true });
            write();
        }
    }

    /** On a full disk there is none; the run after this one, which has given space back, makes it. */
    #keepReserve(): void {
        const path = join(this.#folder, reserve);
        if (existsSync(path)) {
            return;
        }
        try {
            // Random, because some file systems need no space for zeros.
            writeFileSync(path, randomBytes(reserveBytes), { mode: 0o600 });
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOSPC") {
                throw error;
            }
        }
    }

    /**
     * Removes the entries of logs that are gone: not among the inodes, with nothing pending and no archive since `time`
     * (milliseconds since 1970).
     */
    forget(inodes: ReadonlySet<string | undefined>, time: number): void {
        for (const { identity, entry } of this.all()) {
            const isOld = entry !== undefined && !entry.pending && (entry.lastArchiveTime ?? 0) < time;
            if (isOld && !inodes.has(identity.inode)) {
                rmSync(this.#file(identity));
            }
        }
    }

    #read(identity: LogIdentity): JournalEntry | undefined {
        const file = this.#file(identity);
        const text = textOf(file);
        if (text === undefined) {
            return undefined;
        }
        const entry = parseEntry(text);
        if (!entry) {
            throw new Error(
                `the journal ${file} can't be read; what it knew is which lines are archived already. Compare the last archive with the log, then mend the file, or remove it to archive the log from its beginning again`,
            );
        }
        return entry;
    }

    #file({ device, inode }: LogIdentity): string {
        return join(this.#folder, `${device}-${inode}.json`);
    }
}

function textOf(file: string): string | undefined {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return undefined;
        }
        throw error;
    }
}
