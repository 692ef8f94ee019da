// Where the canary's lines are written: a folder with at most two small files. A file is only ever added to, and the next
// one is begun while it is still there, so that Filebeat finds each under an inode of its own and loses no place.

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Bytes at which the next file is begun: half a day of lines. */
const fullBytes = 64 * 1024;

/** The file that is written and the one before, whose end Filebeat may not have read yet. */
const keptFiles = 2;

const fileMode = 0o640;

/** The files of one folder. */
export class CanaryFile {
    readonly #folder: string;
    /** Number of the file that is written; none before the first line, since the last process may have left half of one. */
    #number: number | undefined;

    constructor(folder: string) {
        this.#folder = folder;
    }

    /**
     * Adds a line, whole or not at all.
     *
     * @throws what the file system says: the disk is full, the folder may not be written or is gone
     */
    append(line: string): void {
        if (this.#number === undefined) {
            this.#beginNext();
        }
        const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
        const file = openSync(this.#path(this.#number ?? 0), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, fileMode);
        try {
            const before = fstatSync(file).size;
            const bytes = Buffer.from(`${line}\n`);
            const written = writeSync(file, bytes);
            if (written < bytes.length) {
                ftruncateSync(file, before);
                throw new Error(`the disk took ${written} of ${bytes.length} bytes`);
            }
            if (before + bytes.length >= fullBytes) {
                this.#beginNext();
            }
        } finally {
            closeSync(file);
        }
    }

    #beginNext(): void {
        const numbers = readdirSync(this.#folder)
            .flatMap((name) => /^(\d{1,15})\.log$/.exec(name)?.[1] ?? [])
            .map(Number);
        const next = Math.max(0, ...numbers) + 1;
        closeSync(openSync(this.#path(next), "ax", fileMode));
        this.#number = next;
        for (const number of numbers.filter((each) => each <= next - keptFiles)) {
            rmSync(this.#path(number), { force: true });
        }
    }

    #path(number: number): string {
        return join(this.#folder, `${number}.log`);
    }
}
