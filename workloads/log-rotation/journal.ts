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
/** Name of what {@link Journal.carriedFile} gives. */
const carriedName = /^(?<device>\d+)-(?<inode>\d+)\.carried$/;

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
    /** Devices of the entries by inode: a search through all entries for every log would take hours where there are many. */
    readonly #devices = new Map<string, readonly string[]>();

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
        for (const name of readdirSync(folder)) {
            const { device, inode } = entryName.exec(name)?.groups ?? {};
            if (device !== undefined && inode !== undefined) {
                this.#remember({ device, inode });
            }
        }
    }

    /** Every entry. */
    all(): readonly StoredEntry[] {
        return [...this.#devices].flatMap(([inode, devices]) =>
            devices.flatMap((device) => {
                const identity = { device, inode };
                const text = textOf(this.#file(identity));
                return text === undefined ? [] : [{ identity, entry: parseEntry(text) }];
            }),
        );
    }

    /** File for what is carried away from a log before it is truncated. */
    carriedFile({ device, inode }: LogIdentity): string {
        return join(this.#folder, `${device}-${inode}.carried`);
    }

    /** Removes what was carried away and is in an archive since: a run may be ended before it could. */
    removeCarried(): void {
        for (const name of readdirSync(this.#folder)) {
            const { device, inode } = carriedName.exec(name)?.groups ?? {};
            if (device === undefined || inode === undefined) {
                continue;
            }
            const text = textOf(this.#file({ device, inode }));
            const entry = text === undefined ? undefined : parseEntry(text);
            if (entry && !entry.truncating && entry.carriedBytes === undefined) {
                rmSync(join(this.#folder, name));
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
        const known = this.#read(identity);
        if (known) {
            return known;
        }
        for (const device of this.#devices.get(identity.inode) ?? []) {
            const other = { device, inode: identity.inode };
            const text = textOf(this.#file(other));
            const entry = text === undefined ? undefined : parseEntry(text);
            if (entry && isOfLog(entry)) {
                // First what the entry tells of, so that it is found under either number.
                if (existsSync(this.carriedFile(other))) {
                    renameSync(this.carriedFile(other), this.carriedFile(identity));
                }
                renameSync(this.#file(other), this.#file(identity));
                syncDirectory(this.#folder);
                this.#remember(identity);
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
        this.#remember(identity);
    }

    #remember({ device, inode }: LogIdentity): void {
        const devices = this.#devices.get(inode) ?? [];
        if (!devices.includes(device)) {
            this.#devices.set(inode, [...devices, device]);
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
            const isDone =
                entry !== undefined && !entry.pending && entry.carriedBytes === undefined && !entry.truncating;
            const isOld = isDone && (entry.lastArchiveTime ?? 0) < time;
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
