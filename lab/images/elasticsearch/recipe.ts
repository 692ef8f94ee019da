// The image of Elasticsearch under the name of the official one, in its shape: home, user, entry point, bundled Java.
// It stands in for it with the same version, but without what lab/README.md lists as absent.

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { elasticsearchDistribution, elasticsearchVersion } from "../../elasticsearch/distribution.ts";
import { requireJdk } from "../../elasticsearch/jdk.ts";
import { lifecyclePlugin, lifecyclePluginName } from "../../elasticsearch/lifecycle-plugin.ts";
import { quickCompiler } from "../../elasticsearch/quick-compiler.ts";
import { debianLayer, toolLayer } from "../debian-layer.ts";
import { cacheKey, installProgram, type Recipe } from "../recipe.ts";
import { javaLayer } from "./java-layer.ts";

/** Name of the image, the default of `images.elasticsearch`. */
export const elasticsearchImage = `docker.elastic.co/elasticsearch/elasticsearch:${elasticsearchVersion}`;

const home = "usr/share/elasticsearch";

/** The configuration that differs from the archive's, beside this file. */
const configurationFiles = ["elasticsearch.yml", "log4j2.properties"];

export async function elasticsearchRecipe(): Promise<Recipe> {
    const distribution = await elasticsearchDistribution();
    const plugin = await lifecyclePlugin(distribution);
    const beside = (name: string) => join(import.meta.dirname, name);
    const entrypoint = beside("docker-entrypoint.sh");
    const own = [entrypoint, ...configurationFiles.map(beside)];
    return {
        name: elasticsearchImage,
        shortName: "elasticsearch",
        inputs: [
            cacheKey(distribution),
            cacheKey(plugin),
            quickCompiler,
            ...(await Promise.all(own.map((file) => readFile(file, "utf8")))),
        ],
        defaults: {
            entrypoint: ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"],
            command: ["eswrapper"],
            environment: [
                `PATH=/${home}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
                "ELASTIC_CONTAINER=true",
                // Of the program that puts the server's command line together.
                `CLI_JAVA_OPTS=${quickCompiler}`,
            ],
            user: "1000:0",
            workingFolder: `/${home}`,
        },
        base: [await debianLayer(), await toolLayer(), await javaLayer(await requireJdk(), `${home}/jdk`)],
        fill: async (folder) => {
            await mkdir(join(folder, "usr/share"), { recursive: true });
            await cp(distribution, join(folder, home), { recursive: true });
            await cp(plugin, join(folder, home, "plugins", lifecyclePluginName), { recursive: true });
            for (const name of configurationFiles) {
                await cp(beside(name), join(folder, home, "config", name));
            }
            const optionsFolder = join(folder, home, "config/jvm.options.d");
            await mkdir(optionsFolder, { recursive: true });
            await writeFile(join(optionsFolder, "lab.options"), `${quickCompiler}\n`);
            await installProgram(entrypoint, join(folder, "usr/local/bin/docker-entrypoint.sh"));
        },
        writable: ["config", "data", "logs", "plugins"].map((name) => `${home}/${name}`),
    };
}
