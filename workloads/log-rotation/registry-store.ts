// Filebeat's registry as it lies on the disk: a checkpoint with every state, and a log of what changed since.
//
// The format is that of Beats' "memlog" store, the same from 7.9 to 9
// (https://github.com/elastic/beats/tree/main/libbeat/statestore/backend/memlog): meta.json has the store's version,
// <n>.json is the checkpoint after operation n, and log.json has two lines for every operation after it.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A state by its key, such as `filestream::<input id>::native::<inode>-<device>`. */
export type RegistryStates = ReadonlyMap<string, unknown>;

/** The only version of the store that there is (`storeVersion` in its source). */
const storeVersion = "1";
const checkpointName = /^(?<operation>\d+)\.json$/;
/** Reads that Filebeat may disturb by writing a checkpoint, which it does when its log has 10 MiB. */
const attempts = 5;

/** Why the registry can't be read. */
class RegistryProblem extends Error {}

/** Filebeat wrote a checkpoint while the registry was read. */
class ChangedMeanwhile extends RegistryProblem {}

/**
 * Every state of the registry; `undefined` when there is none.
 *
 * @param folder directory with `meta.json` and `log.json`, usually `registry/filebeat` in Filebeat's data directory
 * @throws an error that says what is wrong with it
 */
export function readRegistry(folder: string): RegistryStates | undefined {
    for (let attempt = 1; ; attempt++) {
        try {
            return readOnce(folder);
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException;
            const mayPass = error instanceof ChangedMeanwhile || code === "ENOENT";
            if (!mayPass || attempt === attempts) {
                throw error;
            }
        }
    }
}

function readOnce(folder: string): RegistryStates | undefined {
    const meta = join(folder, "meta.json");
    if (!existsSync(meta)) {
        const other = existsSync(folder) ? readdirSync(folder).find((name) => name.endsWith(".db")) : undefined;
        if (other !== undefined) {
            throw new RegistryProblem(`${folder} holds ${other}; set filebeat.registry.backend to memlog`);
        }
        return undefined;
    }
    const version = field(parse(readFileSync(meta, "utf8"), meta), "version");
    if (version !== storeVersion) {
        const found = typeof version === "string" ? `version ${JSON.stringify(version)}` : "its version";
        throw new RegistryProblem(`${meta}: ${found} is not known, only "${storeVersion}"`);
    }
    const states = new Map<string, unknown>();
    const checkpoint = lastCheckpoint(folder);
    if (checkpoint > 0n) {
        readCheckpoint(join(folder, `${checkpoint}.json`), states);
    }
    readLog(join(folder, "log.json"), checkpoint, states);
    return states;
}

/** Number of the operation that the newest checkpoint includes; 0 without one. */
function lastCheckpoint(folder: string): bigint {
    return readdirSync(folder)
        .map((name) => BigInt(checkpointName.exec(name)?.groups?.operation ?? 0))
        .reduce((last, operation) => (operation > last ? operation : last), 0n);
}

function readCheckpoint(path: string, states: Map<string, unknown>): void {
    const content = parse(readFileSync(path, "utf8"), path);
    if (!Array.isArray(content)) {
        throw new RegistryProblem(`${path} is not a list of states`);
    }
    for (const state of content) {
        const key = field(state, "_key");
        if (typeof key === "string") {
            states.set(key, state);
        }
    }
}

/** Applies the operations after the checkpoint. The last one may be half written: then it is not done yet. */
function readLog(path: string, checkpoint: bigint, states: Map<string, unknown>): void {
    if (!existsSync(path)) {
        return;
    }
    const records = readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line.trim() !== "");
    let last = checkpoint;
    for (let index = 0; index + 1 < records.length; index += 2) {
        const isLast = index + 3 >= records.length;
        const [action, change] = [records[index], records[index + 1]].map((text) => tryParse(text ?? ""));
        const [operation, id, key] = [field(action, "op"), field(action, "id"), field(change, "k")];
        if (!Number.isSafeInteger(id) || typeof key !== "string" || (operation !== "set" && operation !== "remove")) {
            if (isLast) {
                return;
            }
            throw new ChangedMeanwhile(`${path}: lines ${index + 1} and ${index + 2} are no operation`);
        }
        if (BigInt(id as number) <= checkpoint) {
            continue;
        }
        if (BigInt(id as number) !== last + 1n) {
            throw new ChangedMeanwhile(`${path}: operation ${id} follows operation ${last}, so some are missing`);
        }
        last++;
        if (operation === "set") {
            states.set(key, field(change, "v"));
        } else {
            states.delete(key);
        }
    }
}

/** A field of what may be an object. */
export function field(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function parse(text: string, path: string): unknown {
    const value = tryParse(text);
    if (value === undefined) {
        throw new RegistryProblem(`${path} is not JSON`);
    }
    return value;
}

function tryParse(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
