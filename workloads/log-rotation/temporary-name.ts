// Names of archives until they are complete; the uploader passes over names that begin with a dot.

import type { LogIdentity } from "./log-identity.ts";

const pattern = /^\.(?<journalId>[^-/]+)-(?<device>\d+)-(?<inode>\d+)\.partial$/;

/** What a temporary name tells. */
export interface TemporaryName {
    readonly journalId: string;
    readonly identity: LogIdentity;
}

/** Name of the archive of a log until it is complete. */
export function temporaryName(journalId: string, { device, inode }: LogIdentity): string {
    return `.${journalId}-${device}-${inode}.partial`;
}

/** What the name tells; undefined when it is no such name. */
export function parseTemporaryName(name: string): TemporaryName | undefined {
    const { journalId, device, inode } = pattern.exec(name)?.groups ?? {};
    return journalId !== undefined && device !== undefined && inode !== undefined
        ? { journalId, identity: { device, inode } }
        : undefined;
}
