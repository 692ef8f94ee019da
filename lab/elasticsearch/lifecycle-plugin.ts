// Builds the lab's plugin for Elasticsearch (lab/elasticsearch-plugin), which adds the APIs that its distribution lacks.

import { cp, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { buildOnce } from "../images/build-once.ts";
import { toolFolder } from "../tools/cache.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { requireJdk } from "./jdk.ts";

const sourceFolder = join(import.meta.dirname, "..", "elasticsearch-plugin");

const descriptor = "plugin-descriptor.properties";

/** Name of the plugin's folder below `plugins/`. */
export const lifecyclePluginName = "lab-lifecycle";

/** Folder with the plugin as Elasticsearch expects it below `plugins/`; compiled first if the cache lacks it. */
export async function lifecyclePlugin(distribution: string): Promise<string> {
    const sources = (await readdir(sourceFolder, { recursive: true }))
        .filter((name) => name.endsWith(".java"))
        .toSorted();
    const files = [descriptor, ...sources].map((name) => join(sourceFolder, name));
    const contents = await Promise.all(files.map((file) => readFile(file, "utf8")));
    const folder = toolFolder("elasticsearch-plugin", distribution, ...contents);
    return buildOnce(join(folder, lifecyclePluginName), (scratchFolder, unfinishedFolder) =>
        step("compiling the lab's plugin for Elasticsearch", undefined, async () => {
            const { home } = await requireJdk();
            const classes = join(scratchFolder, "classes");
            const plugin = join(scratchFolder, "plugin");
            await mkdir(plugin);
            const libraries = [join(distribution, "lib", "*"), join(distribution, "modules", "x-pack-core", "*")];
            await run(join(home, "bin", "javac"), [
                // The oldest Java that this Elasticsearch runs on, so that the result depends on no newer one.
                ...["--release", "21", "-nowarn", "-proc:none", "-Xlint:-deprecation"],
                ...["--class-path", libraries.join(":"), "-d", classes],
                ...files.slice(1),
            ]);
            // A fixed date makes equal classes an equal file.
            const options = ["--create", "--no-manifest", "--date=2000-01-01T00:00:00Z"];
            const archive = join(plugin, `${lifecyclePluginName}.jar`);
            await run(join(home, "bin", "jar"), [...options, "--file", archive, "-C", classes, "."]);
            await cp(join(sourceFolder, descriptor), join(plugin, descriptor));
            await rename(plugin, unfinishedFolder);
        }),
    );
}
