// Where the lab keeps what it built: outside the work tree, one folder a tool and version.

import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Root of everything that the lab builds or downloads. `CHATTINGO_LAB_CACHE` moves it; by default it follows the
 * XDG base directories (https://specifications.freedesktop.org/basedir-spec/latest/).
 */
export function cacheRoot(): string {
    const fromEnvironment = process.env.CHATTINGO_LAB_CACHE;
    if (fromEnvironment) {
        return fromEnvironment;
    }
    return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "chattingo-logging");
}

/** Folder of one tool; `inputs` is everything that decides its content, so a change of any of them builds it again. */
export function toolFolder(name: string, ...inputs: readonly string[]): string {
    const key = createHash("sha256").update(inputs.join("\0")).digest("hex").slice(0, 12);
    return join(cacheRoot(), "tools", `${name}-${key}`);
}
