// A log tree in a folder of its own, and what rotation made of it.

import assert from "node:assert/strict";
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type RunOptions, rotateTree } from "../../../workloads/log-rotation/rotate-tree.ts";
import { readSettings } from "../../../workloads/log-rotation/settings.ts";
import type { RotationSummary } from "../../../workloads/log-rotation/summary.ts";
import { logVolume } from "../../log-volume.ts";

/** Tree with the six category directories, on a volume of the tests' own; `remove` takes it away. */
export class LogTree {
    readonly root: string;
    /** What rotation printed. */
    readonly output: string[] = [];

    constructor() {
        this.root = mkdtempSync(join(logVolume(), "log-rotation-"));
        for (const name of ["app", "auth", "chat", "error", "system", "websocket", "archive"]) {
            mkdirSync(join(this.root, name));
        }
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }

    path(name: string): string {
        return join(this.root, name);
    }

    /** Writes a file, or appends to it. */
    append(name: string, content: string | Uint8Array): void {
        mkdirSync(dirname(this.path(name)), { recursive: true });
        writeFileSync(this.path(name), content, { flag: "a" });
    }

    /** Environment of the program for this tree; everything with a whole line is due. */
    environment(others: Readonly<Record<string, string>> = {}): Record<string, string> {
        return { LOG_ROOT: this.root, MAX_SIZE_MB: "0", ...others };
    }

    /** One run in this process. */
    rotate(
        environment: Readonly<Record<string, string>> = {},
        options: Pick<RunOptions, "now" | "after" | "compactFrom" | "atOnce"> = {},
    ): Promise<RotationSummary> {
        const { settings, problems } = readSettings(this.environment(environment));
        assert.deepEqual(problems, []);
        assert.ok(settings);
        return rotateTree({ settings, say: (line) => this.output.push(line), ...options });
    }

    /** Names of the archives, in order; temporary ones too. */
    archiveNames(): readonly string[] {
        return readdirSync(this.path("archive")).toSorted();
    }

    /** Takes the archives away as the uploader does: a name that was uploaded before must hold the same content. */
    upload(): void {
        mkdirSync(this.path("uploaded"), { recursive: true });
        for (const name of this.archiveNames().filter((archive) => !archive.startsWith("."))) {
            const uploaded = this.path(`uploaded/${name}`);
            const content = readFileSync(this.path(`archive/${name}`));
            if (existsSync(uploaded)) {
                assert.ok(readFileSync(uploaded).equals(content), `${name} was uploaded with other content`);
            }
            writeFileSync(uploaded, content);
            rmSync(this.path(`archive/${name}`));
        }
    }

    /** Content of the archives of a log, uploaded or not, in order. */
    archived(name: string): Buffer {
        const prefix = `${name.replace("/", "_").replace(/\.log$/, "")}_`;
        const contents = ["uploaded", "archive"]
            .filter((folder) => existsSync(this.path(folder)))
            .flatMap((folder) => readdirSync(this.path(folder)).map((archive) => ({ folder, archive })))
            .filter(({ archive }) => archive.startsWith(prefix))
            .toSorted((a, b) => (a.archive < b.archive ? -1 : 1))
            .map(({ folder, archive }) => {
                const content = readFileSync(this.path(`${folder}/${archive}`));
                return archive.endsWith(".gz") ? gunzipSync(content) : content;
            });
        return Buffer.concat(contents);
    }

    /** The same, and the live log after the end of the last archive, by the log's own offsets. */
    everything(name: string): Buffer {
        const archived = this.archived(name);
        return Buffer.concat([archived, readFileSync(this.path(name)).subarray(archived.length)]);
    }

    /** The same of a log whose offsets changed, because it was truncated or compacted. */
    everythingByJournal(name: string): Buffer {
        const archivedUpTo = this.archivedUpTo(name);
        return Buffer.concat([this.archived(name), readFileSync(this.path(name)).subarray(archivedUpTo)]);
    }

    /** Offset in a log up to which it is archived, by the journal. */
    archivedUpTo(name: string): number {
        const { dev, ino } = statSync(this.path(name), { bigint: true });
        const entry = this.path(`.rotation/${dev}-${ino}.json`);
        return existsSync(entry)
            ? (JSON.parse(readFileSync(entry, "utf8")) as { readonly archivedUpTo: number }).archivedUpTo
            : 0;
    }

    /** Bytes on disk of a file. */
    blockBytes(name: string): number {
        return statSync(this.path(name)).blocks * 512;
    }
}

/** One time for all lines, so that the same call makes the same lines whenever it is made. */
const started = Date.now();

/** `count` JSON lines with consecutive numbers, `age` days old. */
export function lines(count: number, first = 0, age = 0): string {
    const time = new Date(started - age * 24 * 60 * 60 * 1000).toISOString();
    return [...Array(count).keys()]
        .map(
            (index) =>
                `${JSON.stringify({ "@timestamp": time, message: `event ${first + index}`, user_id: "12345" })}\n`,
        )
        .join("");
}
