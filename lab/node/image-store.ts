// The images of the node as containerd keeps them, unpacked once into the cache: a start then only links the files,
// where importing the images again would write a gigabyte.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { buildOnce } from "../images/build-once.ts";
import { digestNameOf } from "../images/digest-name.ts";
import type { ImageFile } from "../images/images.ts";
import { isHealthy } from "../processes/health-check.ts";
import { toolFolder } from "../tools/cache.ts";
import { administratorPath, requireProgram } from "../tools/debian-packages.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { unmountBelow } from "./mounts.ts";

/** Seconds that containerd gets to come up or to end. */
const patience = 20;

/** Changes whenever what this file makes of the same images changes. */
const contentVersion = "2";

/** Folder that is a containerd root which holds the images and nothing else, made first if the cache lacks it. */
export async function imageStore(images: readonly ImageFile[]): Promise<string> {
    const containerd = await requireProgram("containerd");
    const version = await run(containerd, ["--version"]);
    const digestNames = images.map(({ name }) => digestNameOf(name) ?? "");
    const files = images.map(({ file }) => file);
    const folder = toolFolder("node-images", contentVersion, version, ...files, ...digestNames);
    return buildOnce(join(folder, "containerd"), (_, unfinishedFolder) =>
        step("unpacking the images of the node", "about 15 s", () => fill(unfinishedFolder, containerd, images)),
    );
}

/**
 * Makes the folder `target` a containerd root with the images of `store`. Layers and blobs are never written to again, so
 * both share their files where one file system holds them; databases are.
 */
export async function copyImageStore(store: string, target: string): Promise<void> {
    await mkdir(target, { recursive: true });
    const copy = (...options: readonly string[]) => run("cp", ["--archive", ...options, `${store}/.`, target]);
    await copy("--link").catch(async () => {
        await rm(target, { recursive: true });
        await mkdir(target);
        await copy();
    });
    for (const database of databases) {
        await run("cp", ["--archive", "--remove-destination", join(store, database), join(target, database)]);
    }
}

/** The files below containerd's root that it writes to in place. */
const databases = ["io.containerd.metadata.v1.bolt/meta.db", "io.containerd.snapshotter.v1.overlayfs/metadata.db"];

/** Runs a containerd of its own, without the parts that run containers, for as long as the import takes. */
async function fill(root: string, containerd: string, images: readonly ImageFile[]): Promise<void> {
    // A path of a socket must be short, that of the cache may be long.
    const scratch = await mkdtemp(join(tmpdir(), "containerd-"));
    const socket = join(scratch, "socket");
    const config = join(scratch, "config.toml");
    await writeFile(config, configuration(root, join(scratch, "state"), socket));
    // The kernel ends it when this process dies.
    const daemon = spawn("setpriv", ["--pdeathsig=SIGKILL", containerd, "--config", config], {
        env: { ...process.env, PATH: administratorPath() },
        stdio: "ignore",
    });
    const ended = once(daemon, "exit");
    try {
        await waitFor(socket);
        const ctr = await requireProgram("ctr");
        const ctrImages = (...args: readonly string[]) =>
            run(ctr, ["--address", socket, "--namespace", "k8s.io", "images", ...args]);
        for (const { name, file } of images) {
            await ctrImages("import", file);
            // The lab's image stands in for the official one under its digest as it does under its tag.
            const digestName = digestNameOf(name);
            if (digestName !== undefined) {
                await ctrImages("tag", name, digestName);
            }
        }
        daemon.kill("SIGTERM");
        await Promise.race([ended, delay(patience * 1000, undefined, { ref: false })]);
    } finally {
        daemon.kill("SIGKILL");
        await ended;
        await unmountBelow(root);
        await rm(scratch, { recursive: true, force: true });
    }
    for (const database of databases) {
        // If it kept its databases elsewhere, the lab would write through the links into the cache.
        await access(join(root, database));
    }
}

async function waitFor(socket: string): Promise<void> {
    const deadline = Date.now() + patience * 1000;
    while (!(await isHealthy({ socket }))) {
        if (Date.now() > deadline) {
            throw new Error(`containerd did not come up within ${patience} s to take the images of the node`);
        }
        await delay(50);
    }
}

function configuration(root: string, state: string, socket: string): string {
    return `version = 2
root = ${JSON.stringify(root)}
state = ${JSON.stringify(state)}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.native", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = ${JSON.stringify(socket)}
`;
}
