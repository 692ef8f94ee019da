// The layers under the images: a small Debian, made by debootstrap from the mirror that this machine uses, and the few
// more of its packages that official images have.

import { chmod, cp, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { toolFolder } from "../tools/cache.ts";
import { administratorPath, requireProgram } from "../tools/debian-packages.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { packArchive } from "./archive.ts";
import { buildOnce } from "./build-once.ts";

/** Release of Debian under `node:24.21.0-bookworm-slim`. */
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

/** What the images of Elastic have beside a bare Debian: probes call curl, and tini is process 1. */
const toolPackages = ["curl", "tini"];

/** Path of the Debian layer, made first if the cache lacks it. */
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

/** Path of a layer with curl and tini and what they need, which belongs on top of {@link debianLayer}. */
export async function toolLayer(): Promise<string> {
    const base = await debianLayer();
    const file = join(toolFolder("image-debian-tools", suite, process.arch, ...toolPackages, ...leftOut), "layer.tar");
    return buildOnce(file, (scratchFolder, unfinishedFile) =>
        step(`making the layer with ${toolPackages.join(" and ")}`, "about 20 s", async () => {
            const downloads = join(scratchFolder, "downloads");
            await run(
                await requireProgram("debootstrap"),
                [
                    "--download-only",
                    "--variant=minbase",
                    `--include=${toolPackages.join(",")}`,
                    suite,
                    downloads,
                    ...(await debianMirror()),
                ],
                { env: { PATH: administratorPath() } },
            );
            const root = join(scratchFolder, "root");
            await mkdir(root);
            await unpackAdded(base, join(downloads, "var/cache/apt/archives"), root);
            await packArchive(root, unfinishedFile, { exclude: leftOut });
        }),
    );
}

/** Unpacks into `root` those packages of `folder` that the layer `base` lacks. Their scripts are not run: none matters. */
async function unpackAdded(base: string, folder: string, root: string): Promise<void> {
    const status = await run("tar", ["--extract", "--to-stdout", `--file=${base}`, "./var/lib/dpkg/status"]);
    const present = new Set([...status.matchAll(/^Package: (.*)$/gm)].map(([, name]) => name));
    for (const name of (await readdir(folder)).filter((candidate) => candidate.endsWith(".deb"))) {
        const archive = join(folder, name);
        if (!present.has((await run("dpkg-deb", ["--field", archive, "Package"])).trim())) {
            await run("dpkg-deb", ["--extract", archive, root]);
        }
    }
    // In Debian these are links into /usr (https://wiki.debian.org/UsrMerge), which a folder of a layer would replace.
    for (const merged of ["bin", "sbin", "lib"]) {
        const source = join(root, merged);
        await cp(source, join(root, "usr", merged), { recursive: true, verbatimSymlinks: true }).catch(ignoreMissing);
        await rm(source, { recursive: true, force: true });
    }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
    if (error.code !== "ENOENT") {
        throw error;
    }
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
