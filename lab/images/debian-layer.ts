// The layer under the Node image: a small Debian, made by debootstrap from the mirror that this machine uses.

import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toolFolder } from "../tools/cache.ts";
import { administratorPath, requireProgram } from "../tools/debian-packages.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { packArchive } from "./archive.ts";
import { buildOnce } from "./build-once.ts";

/** Release of Debian under `node:24.9.0-bookworm-slim`. */
const suite = "bookworm";

/** Like the official slim images: no documentation, no translations, nothing of apt's that can be fetched again. */
const leftOut = [
    "./dev/*",
    "./var/cache/apt/*",
    "./var/cache/ldconfig/*",
    "./var/lib/apt/lists/*",
    "./var/log/*",
    "./usr/share/doc/*",
    "./usr/share/man/*",
    "./usr/share/locale/*",
];

/** Path of the layer, made first if the cache lacks it. */
export async function debianLayer(): Promise<string> {
    const file = join(toolFolder("image-debian", suite, process.arch, ...leftOut), "layer.tar");
    return buildOnce(file, (scratchFolder, unfinishedFile) =>
        step(`making the Debian ${suite} layer`, "about 1 min", async () => {
            const root = join(scratchFolder, "root");
            await mkdir(root);
            await chmod(root, 0o755);
            // In a mount namespace of its own, so that /proc of the new root never stays mounted after an interruption.
            await run(
                await requireProgram("unshare"),
                [
                    "--mount",
                    await requireProgram("debootstrap"),
                    "--variant=minbase",
                    suite,
                    root,
                    ...(await debianMirror()),
                ],
                // The date is what accounts get as the day of their last change, by default that of the build.
                { env: { PATH: administratorPath(), SOURCE_DATE_EPOCH: "86400" } },
            );
            await packArchive(root, unfinishedFile, { exclude: leftOut, keepOwnersAndModes: true });
        }),
    );
}

/** The archive of Debian that apt is configured with, whatever its release; none leaves debootstrap its default. */
async function debianMirror(): Promise<readonly string[]> {
    const targets = await run("apt-get", [
        "indextargets",
        "--format=$(REPO_URI)",
        "Identifier: Packages",
        "Origin: Debian",
        "Label: Debian",
    ]);
    return targets.split("\n").filter(Boolean).slice(0, 1);
}
