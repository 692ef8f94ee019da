// The text of a manifest, entry by entry. The manifest of a day with 100,000 archives has 40 MB: as one string, or as
// objects all at once, it would take several times as much memory as the uploader has.

import { createHash } from "node:crypto";
import { isEntry, type ManifestEntry, NoManifest, requireManifest } from "../../formats/manifest.ts";

/** Bytes of one piece of a text that is written. */
const chunkBytes = 64 * 1024;

const [quote, backslash, opening, closing, openingList, closingList] = Buffer.from('"\\{}[]');

/** An entry where it lies. */
interface EntryText {
    readonly key: string;
    /** The text in which it is, from `start` to `end`: a view of its own for each would take as much as the entry. */
    readonly text: Buffer;
    readonly start: number;
    readonly end: number;
}

/** A manifest that is kept as its text. */
export class ManifestText {
    readonly #entries: readonly EntryText[];

    private constructor(entries: readonly EntryText[]) {
        this.#entries = entries;
    }

    /** A manifest that names nothing. */
    static readonly empty = new ManifestText([]);

    /**
     * Reads a manifest.
     *
     * @param seen told of each entry in turn
     * @throws NoManifest
     */
    static read(text: Buffer, seen: (entry: ManifestEntry) => void = () => undefined): ManifestText {
        const entries: EntryText[] = [];
        let areEntries = true;
        const around = withoutEntries(text, (start, end) => {
            const entry: unknown = parsed(text.subarray(start, end));
            if (isEntry(entry)) {
                seen(entry);
                entries.push({ key: entry.key, text, start, end });
            } else {
                areEntries = false;
            }
        });
        // First of all: a later version may keep its entries otherwise.
        const skeleton = parsed(around);
        requireManifest(skeleton, (entry) => areEntries && entry === 0);
        if (skeleton.entries.length !== entries.length) {
            throw new NoManifest("its entries are not a list of objects with key, size and sha256");
        }
        return new ManifestText(entries);
    }

    /** How many archives it names. */
    get size(): number {
        return this.#entries.length;
    }

    /**
     * The manifest with `added` in it, sorted by key. An entry that already tells of the same content stays as it is, so
     * that repeating an upload changes nothing.
     *
     * @returns this very manifest when nothing had to be added
     */
    with(added: readonly ManifestEntry[]): ManifestText {
        const news = new Map(added.map((entry) => [entry.key, entry]));
        for (const { key, text, start, end } of this.#entries) {
            const entry = news.get(key);
            const known = entry && (parsed(text.subarray(start, end)) as ManifestEntry);
            if (entry && known?.size === entry.size && known.sha256 === entry.sha256) {
                news.delete(key);
            }
        }
        if (news.size === 0) {
            return this;
        }
        const kept = this.#entries.filter(({ key }) => !news.has(key));
        const more = [...news.values()].map((entry): EntryText => {
            const text = Buffer.from(JSON.stringify(entry, undefined, 2).replaceAll("\n", "\n    "));
            return { key: entry.key, text, start: 0, end: text.length };
        });
        return new ManifestText([...kept, ...more].sort((a, b) => (a.key < b.key ? -1 : 1)));
    }

    /** The bytes under which it is kept, in pieces. */
    *chunks(): Generator<Buffer> {
        let chunk = Buffer.allocUnsafe(chunkBytes);
        let filled = 0;
        for (const bytes of this.#pieces()) {
            for (let at = 0; at < bytes.length; ) {
                const taken = bytes.copy(chunk, filled, at);
                at += taken;
                filled += taken;
                if (filled === chunkBytes) {
                    yield chunk;
                    chunk = Buffer.allocUnsafe(chunkBytes);
                    filled = 0;
                }
            }
        }
        yield chunk.subarray(0, filled);
    }

    /** Size and SHA-256 (base64) of all {@link chunks}. */
    measure(): { readonly size: number; readonly checksum: string } {
        const hash = createHash("sha256");
        let size = 0;
        for (const chunk of this.chunks()) {
            hash.update(chunk);
            size += chunk.length;
        }
        return { size, checksum: hash.digest("base64") };
    }

    *#pieces(): Generator<Buffer> {
        yield Buffer.from(`{\n  "version": 1,\n  "entries": [`);
        const first = Buffer.from("\n    ");
        const next = Buffer.from(",\n    ");
        for (const [index, { text, start, end }] of this.#entries.entries()) {
            yield index === 0 ? first : next;
            yield text.subarray(start, end);
        }
        yield Buffer.from(this.#entries.length === 0 ? "]\n}\n" : "\n  ]\n}\n");
    }
}

/**
 * Finds the objects that are in a list in the outermost object, as JSON nests (https://www.rfc-editor.org/rfc/rfc8259).
 *
 * @param found told where each lies
 * @returns the text with 0 in place of each: when both are JSON, so is the text
 */
function withoutEntries(text: Buffer, found: (start: number, end: number) => void): Buffer {
    const around: Buffer[] = [];
    let copied = 0;
    let start = 0;
    let depth = 0;
    let isString = false;
    for (let at = 0; at < text.length; at++) {
        const byte = text[at];
        if (isString) {
            if (byte === backslash) {
                at += 1;
            } else if (byte === quote) {
                isString = false;
            }
        } else if (byte === quote) {
            isString = true;
        } else if (byte === opening || byte === openingList) {
            depth += 1;
            if (depth === 3 && byte === opening) {
                start = at;
                around.push(text.subarray(copied, at));
                copied = at;
            }
        } else if (byte === closing || byte === closingList) {
            if (depth === 3 && byte === closing && copied === start && start > 0) {
                found(start, at + 1);
                around.push(Buffer.from("0"));
                copied = at + 1;
                start = 0;
            }
            depth -= 1;
        }
    }
    around.push(text.subarray(copied));
    return Buffer.concat(around);
}

function parsed(bytes: Buffer): unknown {
    try {
        return JSON.parse(bytes.toString());
    } catch (error) {
        throw new NoManifest(`it is no JSON (${(error as Error).message})`);
    }
}
