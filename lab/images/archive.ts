// Packs a folder into a tar archive that depends on the files' content, names and modes only.

import { run } from "../tools/run.ts";

/** What goes into an archive beside the content of the folder. */
export interface ArchiveOptions {
    /** Patterns, relative to the folder (`./dev/*`), of what is left out. */
    readonly exclude?: readonly string[];
    /** Keep owners and modes; otherwise everything belongs to root, who alone may write, and all may read and run. */
    readonly keepOwnersAndModes?: boolean;
}

/**
 * Writes the content of `folder` to the tar file `file`. Order, times and number format are fixed
 * (https://www.gnu.org/software/tar/manual/html_node/Reproducibility.html), so equal content gives equal bytes.
 */
export async function packArchive(folder: string, file: string, options: ArchiveOptions = {}): Promise<void> {
    await run("tar", [
        "--create",
        `--file=${file}`,
        `--directory=${folder}`,
        "--format=gnu",
        "--sort=name",
        "--mtime=@0",
        "--numeric-owner",
        ...(options.keepOwnersAndModes ? [] : ["--owner=0", "--group=0", "--mode=u=rwX,go=rX"]),
        ...(options.exclude ?? []).map((pattern) => `--exclude=${pattern}`),
        ".",
    ]);
}
