// What the uploader notes on each object, so that the object tells what it is even where no manifest does.

/** What an archive's object says of itself. */
export interface ArchiveMetadata {
    /** SHA-256 of the whole archive, hexadecimal. S3 keeps none of an object that came in parts. */
    readonly sha256: string;
    /** Lines of the log in it. */
    readonly lines: number;
    /** Node on which the lines were written. */
    readonly sourceNode: string;
}

/** As S3 keeps it; a node's name may have characters that a header cannot carry. */
export function metadataHeaders({ sha256, lines, sourceNode }: ArchiveMetadata): Record<string, string> {
    return { sha256, lines: String(lines), "source-node": encodeURIComponent(sourceNode) };
}

/** What an object says of itself; undefined when it is no archive that this program stored. */
export function readMetadata(headers: Readonly<Record<string, string>> | undefined): ArchiveMetadata | undefined {
    const { sha256 = "", lines = "", "source-node": node = "" } = headers ?? {};
    if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d+$/.test(lines)) {
        return undefined;
    }
    try {
        return { sha256, lines: Number(lines), sourceNode: decodeURIComponent(node) };
    } catch {
        return undefined;
    }
}
