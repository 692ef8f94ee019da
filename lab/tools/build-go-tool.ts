// Builds one Go program of the lab from its pinned module, once.

import { access, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeWhole } from "../write-whole.ts";
import { toolFolder } from "./cache.ts";
import type { EmbeddedFiles, GoTool } from "./go-tools.ts";
import { step } from "./progress.ts";
import { run } from "./run.ts";

const modulesFolder = join(import.meta.dirname, "go");

/**
 * GOGC of the compiler and the linker: the more garbage they may leave, the less processor time they take, and the more
 * memory. At 400 the largest package of the Kubernetes provider's SDK takes 3.4 GB.
 */
const compilersGarbage = "200";

/** Builds of this process that have not ended, by the binary's path: whoever asks meanwhile waits for the same one. */
const underWay = new Map<string, Promise<void>>();

/**
 * Path of the tool's binary, built first if the cache lacks it. The binary appears under its path only when the build
 * is complete, so an interrupted build is taken up again by Go's own build cache and never mistaken for a finished one.
 */
export async function buildGoTool(tool: GoTool): Promise<string> {
    const binary = await binaryOf(tool);
    if (await exists(binary)) {
        return binary;
    }
    const build = underWay.get(binary) ?? buildTo(binary, tool).finally(() => underWay.delete(binary));
    underWay.set(binary, build);
    await build;
    return binary;
}

async function buildTo(binary: string, tool: GoTool): Promise<void> {
    const linkerFlags = linkerFlagsOf(tool);
    const unfinished = `${binary}.${process.pid}.unfinished`;
    await mkdir(dirname(binary), { recursive: true });
    try {
        await step(`building ${tool.name}`, `about ${tool.coldMinutes} min on two cores`, () =>
            go(tool, ["build", "-trimpath", "-ldflags", linkerFlags, "-o", unfinished]),
        );
        await rename(unfinished, binary);
    } finally {
        await rm(unfinished, { force: true });
    }
}

/**
 * Downloads the source of the tool and of all it needs, unless the tool is built already. A build would do it too, but only
 * when its turn has come.
 */
export async function fetchModules(tool: GoTool): Promise<void> {
    if (!(await exists(await binaryOf(tool)))) {
        await go(tool, ["list", "-deps"]);
    }
}

/** Runs a command of Go on the tool's package. */
async function go(tool: GoTool, [command = "", ...flags]: readonly string[]): Promise<void> {
    const overlay = tool.embedded ? ["-overlay", await overlayOf(tool, tool.embedded)] : [];
    await run("go", [command, "-mod=readonly", ...overlay, ...flags, tool.package], {
        cwd: join(modulesFolder, tool.module),
        env: { CGO_ENABLED: "0", GOGC: compilersGarbage },
    });
}

/** The file by which Go sees the embedded files in the module's folder (https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies). */
async function overlayOf(tool: GoTool, { module, folder, names }: EmbeddedFiles): Promise<string> {
    const moduleFolder = join(modulesFolder, tool.module);
    const downloaded = JSON.parse(await run("go", ["mod", "download", "-json", module], { cwd: moduleFolder })) as {
        readonly Dir: string;
    };
    const Replace = Object.fromEntries(
        names.map((name) => [join(moduleFolder, name), join(downloaded.Dir, folder, name)]),
    );
    const file = join(dirname(await binaryOf(tool)), "overlay.json");
    await mkdir(dirname(file), { recursive: true });
    await writeWhole(file, JSON.stringify({ Replace }));
    return file;
}

async function binaryOf(tool: GoTool): Promise<string> {
    const pins = await contents(join(modulesFolder, tool.module));
    return join(toolFolder(tool.name, tool.package, linkerFlagsOf(tool), ...pins), tool.name);
}

function linkerFlagsOf(tool: GoTool): string {
    return ["-s", "-w", ...(tool.linkerFlags ?? [])].join(" ");
}

/** Everything in the module's folder: its pins and, where the lab has its own `main`, that. */
async function contents(moduleFolder: string): Promise<readonly string[]> {
    const files = (await readdir(moduleFolder)).toSorted();
    return Promise.all(files.map((file) => readFile(join(moduleFolder, file), "utf8")));
}

async function exists(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}
