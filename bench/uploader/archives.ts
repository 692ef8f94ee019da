// Archives as rotation makes them, of log lines that compress as real ones do.

import { createHash } from "node:crypto";
import {
    appendFileSync,
    copyFileSync,
    createReadStream,
    mkdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sealOf } from "../../formats/archive-seal.ts";
import { countLines } from "../../workloads/log-rotation/whole-lines.ts";
import { writeLog } from "../log-lines.ts";

const categories = ["app_application", "auth_auth", "chat_chat", "error_error"];

/** Bytes of compressed lines that are written again and again; each is a gzip member of its own, as rotation's are. */
const memberLogBytes = 32 * 1024 * 1024;

/**
 * Fills `<root>/archive` with archives of about `bytes` each, all of one day.
 *
 * @param count at most 86,400 by category
 */
export async function makeArchives(root: string, count: number, bytes: number): Promise<void> {
    const folder = join(root, "archive");
    mkdirSync(folder, { recursive: true });
    const log = join(root, "source.log");
    // Lines like these shrink to about a fifth; what is cut off does not matter.
    writeLog(log, Math.min(memberLogBytes, bytes * 5));
    const text = readFileSync(log);
    rmSync(log);
    const member = gzipSync(text, { level: 6 });
    const first = join(root, "first");
    writeFileSync(first, member);
    let lines = countLines(text);
    for (let size = member.length; size + member.length <= bytes; size += member.length) {
        appendFileSync(first, member);
        lines += countLines(text);
    }
    for (let index = 0; index < count; index++) {
        const second = Math.floor(index / categories.length);
        const time = new Date(second * 1000).toISOString().slice(11, 19).replaceAll(":", "");
        const name = `${categories[index % categories.length]}_20260101_${time}.log.gz`;
        const path = join(folder, name);
        copyFileSync(first, path);
        // Each another content.
        appendFileSync(path, gzipSync(`archive ${index}\n`));
        appendFileSync(path, sealOf({ lines: lines + 1, sha256: await sha256Of(path) }));
    }
    rmSync(first);
}

async function sha256Of(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) {
        hash.update(chunk as Buffer);
    }
    return hash.digest("hex");
}
