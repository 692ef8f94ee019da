// What the uploader notes on each object, so that the object tells what it is even where no manifest does.

import { applicationLabel } from "./log-tree.ts";

/** What an archive's object says of itself. */
export interface ArchiveMetadata {
    /** SHA-256 of the whole archive, hexadecimal. S3 keeps none of an object that came in parts. */
    readonly sha256: string;
    /** Lines of the log in it. */
    readonly lines: number;
    /** Node on which the lines were written. */
    readonly sourceNode: string;
    /** What the lines are about; undefined on an object of an earlier release, whose name tells. */
    readonly category?: string;
}

/** As S3 keeps it; a node's name may have characters that a header cannot carry. */
export function metadataHeaders({
    sha256,
    lines,
    sourceNode,
    category,
}: Required<ArchiveMetadata>): Record<string, string> {
    return { sha256, lines: String(lines), "source-node": encodeURIComponent(sourceNode), category };
}

/** What an object says of itself; undefined when it is no archive that this program stored. */
export function readMetadata(headers: Readonly<Record<string, string>> | undefined): ArchiveMetadata | undefined {
    const { sha256 = "", lines = "", "source-node": node = "", category = "" } = headers ?? {};
    if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d+$/.test(lines)) {
        return undefined;
    }
    try {
        return {
            sha256,
            lines: Number(lines),
            sourceNode: decodeURIComponent(node),
            category: applicationLabel.test(category) ? category : undefined,
        };
    } catch {
        return undefined;
    }
}
