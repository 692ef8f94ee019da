// A registry as Filebeat writes it, for a log tree.

import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How an input tells files apart. */
export type Identity = "native" | "fingerprint" | "path";

/** Key of the state of a log, as Filebeat names it. */
export function stateKey(path: string, identity: Identity, input = "chattingo"): string {
    const { dev, ino } = statSync(path, { bigint: true });
    const names = {
        native: `${ino}-${dev}`,
        path,
        fingerprint: createHash("sha256").update(readFileSync(path).subarray(0, 1024)).digest("hex"),
    };
    return `filestream::${input}::${identity}::${names[identity]}`;
}

/** Registry in a folder of its own. */
export class FilebeatRegistry {
    readonly folder: string;
    readonly #states = new Map<string, object>();
    #operations = 0;

    constructor(folder: string) {
        this.folder = folder;
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "meta.json"), '{"version":"1"}');
        writeFileSync(join(folder, "log.json"), "");
    }

    /** Notes that everything of the log before the offset is acknowledged, in the fields' order of 7.17 or of 9. */
    acknowledge(key: string, offset: number | null, format: "7.17" | "9" = "9", ttl = -1): void {
        const cursor = offset === null ? null : { offset };
        const meta = { source: "/somewhere/else.log", identifier_name: "native" };
        const updated = [515579904, 1757505600];
        const state = format === "9" ? { cursor, meta, ttl, updated } : { ttl, updated, cursor, meta };
        this.#states.set(key, state);
        const action = format === "9" ? { id: ++this.#operations, op: "set" } : { op: "set", id: ++this.#operations };
        this.#log(action, { k: key, v: state });
    }

    remove(key: string): void {
        this.#states.delete(key);
        this.#log({ op: "remove", id: ++this.#operations }, { k: key });
    }

    /** Writes every state into a checkpoint and empties the log, as Filebeat does when the log has 10 MiB. */
    checkpoint({ isLogEmptied = true } = {}): void {
        const file = join(this.folder, `${++this.#operations}.json`);
        const states = [...this.#states].map(([_key, state]) => JSON.stringify({ _key, ...state }));
        writeFileSync(file, `[${states.join(",\n")}\n]`);
        writeFileSync(join(this.folder, "active.dat"), file);
        if (isLogEmptied) {
            truncateSync(join(this.folder, "log.json"));
        }
    }

    /** Appends to the log what Filebeat would not. */
    append(text: string): void {
        appendFileSync(join(this.folder, "log.json"), text);
    }

    #log(action: object, change: object): void {
        this.append(`${JSON.stringify(action)}\n${JSON.stringify(change)}\n`);
    }
}
