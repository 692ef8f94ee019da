// How far each log is archived, and what was under way, from one run to the next.
//
// One small JSON file a log, named by device and inode, because a log keeps both when it is renamed. There may be a
// million: what is kept in memory is what few of them need.

import { randomBytes } from "node:crypto";
import { existsSync, opendirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syncDirectory, writeDurably } from "./durable.ts";
import { isFinished, type JournalEntry, parseEntry } from "./journal-entry.ts";
import type { LogIdentity } from "./log-identity.ts";

/** Name of a log's files: its entry, and what is carried away from it before it is truncated. */
const fileName = /^(?<device>\d+)-(?<inode>\d+)\.(?<kind>json|carried)$/;

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
    /** Entries of other devices than the journal's own, by inode; see {@link find}. */
    readonly #elsewhere = new Map<string, readonly string[]>();
    readonly #unfinished = new Map<string, LogIdentity>();

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

    /**
     * Every entry, one after another. Whoever asks for all of them first makes {@link find} and {@link unfinished} know
     * of them.
     */
    *all(): Generator<StoredEntry> {
        const ownDevice = String(statSync(this.#folder, { bigint: true }).dev);
        for (const { identity, kind } of this.#files()) {
            const entry = kind === "json" ? this.stored(identity) : undefined;
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
        const text = textOf(this.#file(identity));
        return text === undefined ? undefined : { identity, entry: parseEntry(text) };
    }

    /** Entries of logs of which something is left to be finished. */
    unfinished(): readonly StoredEntry[] {
        return [...this.#unfinished.values()].flatMap((identity) => this.stored(identity) ?? []);
    }

    /** File for what is carried away from a log before it is truncated. */
    carriedFile({ device, inode }: LogIdentity): string {
        return join(this.#folder, `${device}-${inode}.carried`);
    }

    /** Removes what was carried away and is in an archive since: a run may be ended before it could. */
    removeCarried(): void {
        for (const { identity, kind } of this.#files()) {
            const entry = kind === "carried" ? this.stored(identity)?.entry : undefined;
            if (entry && !entry.truncating && entry.carriedBytes === undefined) {
                rmSync(this.carriedFile(identity));
            }
        }
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
        const known = this.stored(identity);
        if (known?.entry) {
            return known.entry;
        }
        if (known) {
            throw new Error(
                `the journal ${this.#file(identity)} can't be read; what it knew is which lines are archived already. Compare the last archive with the log, then mend the file, or remove it to archive the log from its beginning again`,
            );
        }
        for (const device of this.#elsewhere.get(identity.inode) ?? []) {
            const other = { device, inode: identity.inode };
            const entry = this.stored(other)?.entry;
            if (entry && isOfLog(entry)) {
                this.#move(other, identity, entry);
                return entry;
            }
        }
        return undefined;
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
        this.#remember(identity, entry);
    }

    /** Removes the entry of a log that is gone. */
    forget(identity: LogIdentity): void {
        rmSync(this.#file(identity));
    }

    #move(from: LogIdentity, to: LogIdentity, entry: JournalEntry): void {
        // First what the entry tells of: a run that is ended in between finds it missing, and moves the rest.
        if (existsSync(this.carriedFile(from))) {
            renameSync(this.carriedFile(from), this.carriedFile(to));
        }
        renameSync(this.#file(from), this.#file(to));
        syncDirectory(this.#folder);
        this.#remember(from, undefined);
        this.#remember(to, entry);
    }

    #remember(identity: LogIdentity, entry: JournalEntry | undefined): void {
        const key = `${identity.device}-${identity.inode}`;
        if (entry && !isFinished(entry)) {
            this.#unfinished.set(key, identity);
        } else {
            this.#unfinished.delete(key);
        }
    }

    *#files(): Generator<{ readonly identity: LogIdentity; readonly kind: string }> {
        const names = opendirSync(this.#folder);
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
