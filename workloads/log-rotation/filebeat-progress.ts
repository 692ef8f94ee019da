// How far Filebeat has brought each log to Elasticsearch: what it has acknowledged, by its registry.

import { messageOf } from "../error-message.ts";
import { field, type RegistryStates, readRegistry } from "./registry-store.ts";

/** What is known of Filebeat's progress in one log. */
export type Acknowledgement =
    /** No Filebeat reads these logs. */
    | { readonly state: "not-awaited" }
    /** Everything before the offset is acknowledged; 0 when Filebeat does not know the log. */
    | { readonly state: "known"; readonly upTo: number }
    /** There is no registry. */
    | { readonly state: "absent" }
    /** What is acknowledged can't be told. */
    | { readonly state: "unreadable"; readonly reason: string };

/** By what Filebeat may know a log. */
export interface LogForFilebeat {
    readonly device: string;
    readonly inode: string;
    /**
     * SHA-256 of its first 1,024 bytes, in hexadecimal digits, which is Filebeat's fingerprint with the default settings
     * (`prospector.scanner.fingerprint`, https://www.elastic.co/docs/reference/beats/filebeat/filebeat-input-filestream).
     * Undefined when it is shorter: Filebeat may know it by another one then, and it has no block to give back anyway.
     */
    readonly fingerprint: string | undefined;
    /** Absolute path. */
    readonly path: string;
}

/** Milliseconds for which a registry that was read is not read again: it may have tens of MiB. */
const readAgainAfter = 10_000;

const prefix = "filestream::";
const identities = ["::native::", "::fingerprint::", "::path::"] as const;

/** Filebeat's progress by the registry in a folder, read when it is asked for. */
export class FilebeatProgress {
    readonly #folder: string | undefined;
    #read: { readonly at: number; readonly registry: Registry } | undefined;

    /** @param folder `FILEBEAT_REGISTRY`; undefined: nothing waits for Filebeat */
    constructor(folder: string | undefined) {
        this.#folder = folder;
    }

    /** What Filebeat has acknowledged of the log. */
    of(log: LogForFilebeat): Acknowledgement {
        if (this.#folder === undefined) {
            return { state: "not-awaited" };
        }
        if (this.#read === undefined || performance.now() - this.#read.at > readAgainAfter) {
            this.#read = { at: performance.now(), registry: registryIn(this.#folder) };
        }
        const { registry } = this.#read;
        return registry.state === "read" ? { state: "known", upTo: acknowledgedUpTo(registry.offsets, log) } : registry;
    }

    /** Makes the next question read the registry again. */
    refresh(): void {
        this.#read = undefined;
    }
}

type Registry =
    | { readonly state: "read"; readonly offsets: Offsets }
    | { readonly state: "absent" }
    | { readonly state: "unreadable"; readonly reason: string };

/** Acknowledged offset by identity, such as `::native::<inode>-<device>`. */
type Offsets = ReadonlyMap<string, number>;

function registryIn(folder: string): Registry {
    try {
        const states = readRegistry(folder);
        return states ? { state: "read", offsets: acknowledgedOffsets(states) } : { state: "absent" };
    } catch (error) {
        return { state: "unreadable", reason: messageOf(error) };
    }
}

/** Where several inputs read the same log, the one that is furthest behind counts. */
function acknowledgedOffsets(states: RegistryStates): Offsets {
    const offsets = new Map<string, number>();
    for (const [key, state] of states) {
        // A state with no time to live is about to be removed.
        if (!key.startsWith(prefix) || field(state, "ttl") === 0) {
            continue;
        }
        // `cursor` is null until something is acknowledged.
        const offset = field(field(state, "cursor"), "offset");
        const upTo = Number.isSafeInteger(offset) ? Math.max(0, offset as number) : 0;
        for (const identity of identities) {
            // An input's id may hold anything; the identity is what comes last.
            const start = key.lastIndexOf(identity);
            if (start >= 0) {
                const name = key.slice(start);
                offsets.set(name, Math.min(upTo, offsets.get(name) ?? upTo));
            }
        }
    }
    return offsets;
}

function acknowledgedUpTo(offsets: Offsets, { device, inode, fingerprint, path }: LogForFilebeat): number {
    const names = [
        `::native::${inode}-${device}`,
        `::path::${path}`,
        ...(fingerprint === undefined ? [] : [`::fingerprint::${fingerprint}`]),
    ];
    const found = names.flatMap((name) => offsets.get(name) ?? []);
    return found.length > 0 ? Math.min(...found) : 0;
}
