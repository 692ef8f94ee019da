// A log that its application truncates, or deletes and makes again, over and over, in append mode as ever: what was written
// to it in each of its lives, and what of that has to be in the archives.

import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What becomes of the log in the end of a life. */
export type Fate = "truncated" | "replaced";

/** What came of all lives, in lines. */
export interface RestlessCheck {
    readonly lives: number;
    /** Lives whose lines all had to be in archives, because a whole run came after the last of them. */
    readonly settled: number;
    /** Lives that began with the inode of the one before. */
    readonly sameInode: number;
    readonly written: number;
    readonly archived: number;
    /** Lines that had to be in an archive and are in none. */
    readonly lost: number;
    readonly doubled: number;
    readonly reordered: number;
    /** Nothing that was written. */
    readonly broken: number;
}

/** One life of the log. */
interface Life {
    /** Offset after each line, the banner's included. */
    readonly ends: number[];
    /** Whether all of it has to be in archives. */
    isSettled: boolean;
    /** Bytes at its beginning that were taken from the live log, and so have to be in archives. */
    taken: number;
}

/** Runs of rotation, as far as a log has to know of them. */
export interface Runs {
    /** Resolves when a run that begins after this call has ended by itself and without an error of this log. */
    readonly afterNext: (log: string) => Promise<void>;
    /** Whether no more lives are to begin. */
    readonly areOver: () => boolean;
}

/** Every life begins with these lines, as logs of one application do: 16 of 71 bytes, more than tells a log apart. */
const banner = Array.from({ length: 16 }, (_, line) => `${`banner ${line} `.padEnd(70, "=")}\n`);

/**
 * Milliseconds in which a new life has less than 4 KiB: between the last look at a log and its hole pass some, and what is
 * written over the hole's place meanwhile is lost, as docs/log-rotation.md says.
 */
const slowFor = 300;
const slowLines = 12;
const mostLines = 4_000;

/** The log. */
export class RestlessLog {
    readonly name: string;
    readonly #path: string;
    readonly #fate: Fate;
    readonly #lives: Life[] = [];
    #sameInode = 0;

    /** @param name path below the log root */
    constructor(root: string, name: string, fate: Fate) {
        this.name = name;
        this.#path = `${root}/${name}`;
        this.#fate = fate;
    }

    /** Lives until the runs are over. The last life is settled, and its lines stay where they are. */
    async live(runs: Runs): Promise<void> {
        let file = openSync(this.#path, "a");
        try {
            for (;;) {
                const life = await this.#liveOnce(file);
                const isLast = runs.areOver();
                if (isLast || Math.random() < 0.4) {
                    await runs.afterNext(this.name);
                    life.isSettled = true;
                } else {
                    await sleep(Math.random() * 400);
                }
                if (isLast) {
                    return;
                }
                life.taken = this.#takenFrom(life);
                if (this.#fate === "truncated") {
                    ftruncateSync(file, 0);
                } else {
                    const { ino } = statSync(this.#path);
                    unlinkSync(this.#path);
                    closeSync(file);
                    file = openSync(this.#path, "a");
                    this.#sameInode += statSync(this.#path).ino === ino ? 1 : 0;
                }
            }
        } finally {
            closeSync(file);
        }
    }

    async #liveOnce(file: number): Promise<Life> {
        const number = this.#lives.length;
        const life: Life = { ends: [], isSettled: false, taken: 0 };
        this.#lives.push(life);
        const write = (lines: readonly string[]): void => {
            const text = lines.join("");
            assert.equal(writeSync(file, text), Buffer.byteLength(text));
            for (const line of lines) {
                life.ends.push((life.ends.at(-1) ?? 0) + Buffer.byteLength(line));
            }
        };
        const next = (count: number) =>
            Array.from({ length: count }, (_, index) => lineOf(number, life.ends.length - banner.length + index));
        write(banner);
        for (let line = 0; line < slowLines; line++) {
            write(next(1));
            await sleep(slowFor / slowLines);
        }
        for (let left = Math.random() * mostLines; left > 0; ) {
            const count = Math.ceil(Math.random() * 100);
            write(next(count));
            left -= count;
            await sleep(Math.random() * 5);
        }
        return life;
    }

    /** What was written is there, or zero bytes are in its place: returns where the last of these ends. */
    #takenFrom({ ends }: Life): number {
        const number = this.#lives.length - 1;
        const written = Buffer.from(
            banner.join("") + Array.from({ length: ends.length - banner.length }, (_, n) => lineOf(number, n)).join(""),
        );
        const found = readFileSync(this.#path);
        assert.equal(found.length, written.length, `${this.name}: its size changed`);
        let taken = 0;
        for (let at = 0; at < written.length; at++) {
            if (found[at] !== written[at]) {
                assert.equal(found[at], 0, `${this.name}: byte ${at} of life ${number} is another`);
                taken = at + 1;
            }
        }
        return taken;
    }

    /** Compares what is archived of the log, in order, with what was written. */
    check(archived: string): RestlessCheck {
        const seen = this.#lives.map(({ ends }) => new Uint8Array(ends.length - banner.length));
        let [doubled, reordered, broken, lost] = [0, 0, 0, 0];
        let [life, last, bannerLines] = [-1, -1, 0];
        const lines = archived === "" ? [] : archived.replace(/\n$/, "").split("\n");
        for (const line of lines) {
            const index = banner.indexOf(`${line}\n`);
            if (index >= 0) {
                // A life may have ended amid its banner.
                doubled += index === 0 || index === bannerLines ? 0 : 1;
                bannerLines = index + 1;
                continue;
            }
            const { g, n } = /^\{"life":(?<g>\d+),"n":(?<n>\d+),"filler":"z+"\}$/.exec(line)?.groups ?? {};
            const [of, number] = [Number(g), Number(n)];
            const counts = seen[of];
            if (counts?.[number] === undefined) {
                broken++;
            } else if (counts[number]++ > 0) {
                doubled++;
            } else if (of < life || (of === life && number < last)) {
                reordered++;
            } else {
                if (of !== life) {
                    lost += banner.length - bannerLines;
                    bannerLines = 0;
                }
                [life, last] = [of, number];
            }
        }
        for (const [number, { ends, isSettled, taken }] of this.#lives.entries()) {
            const counts = seen[number] ?? new Uint8Array();
            const takenLines = ends.filter((_, index) => (ends[index - 1] ?? 0) < taken).length - banner.length;
            // Archives hold a beginning of a life, whatever became of its end.
            const needed = isSettled ? counts.length : Math.max(takenLines, counts.lastIndexOf(1) + 1);
            lost += counts.subarray(0, Math.max(0, needed)).filter((count) => count === 0).length;
        }
        return {
            lives: this.#lives.length,
            settled: this.#lives.filter(({ isSettled }) => isSettled).length,
            sameInode: this.#sameInode,
            written: this.#lives.reduce((sum, { ends }) => sum + ends.length, 0),
            archived: lines.length,
            lost,
            doubled,
            reordered,
            broken,
        };
    }
}

function lineOf(life: number, number: number): string {
    return `${JSON.stringify({ life, n: number, filler: "z".repeat(60 + ((number * 7) % 120)) })}\n`;
}
