// The image of Filebeat under the name of the official one of 9.4.3. It holds 7.17.29, the newest that is served as a Go
// module: no gzip reader, and `filestream` keeps to the native file identity unless told. Its `/inputs/` endpoint is a
// stand-in (lab/filebeat-inputs).

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../bundle.ts";
import { debianLayer, toolLayer } from "../debian-layer.ts";
import { nodeLayer } from "../node-layer.ts";
import { cacheKey, installProgram, type Recipe } from "../recipe.ts";

/** Name of the image, the default of `images.filebeat`. */
export const filebeatImage = "docker.elastic.co/beats/filebeat:9.4.3";

/** Home of the official image (https://www.elastic.co/docs/reference/beats/filebeat/running-on-docker). */
const home = "usr/share/filebeat";

/** What Filebeat does without a configuration of the user's: the same as the official image's, without Docker. */
const defaultConfiguration = "output.elasticsearch:\n  hosts: ['elasticsearch:9200']\n";

/** @param binary the static program */
export async function filebeatRecipe(binary: string): Promise<Recipe> {
    const entrypoint = join(import.meta.dirname, "docker-entrypoint.sh");
    const inputs = await bundle(join(import.meta.dirname, "../../filebeat-inputs/main.ts"));
    return {
        name: filebeatImage,
        shortName: "filebeat",
        inputs: [cacheKey(binary), await readFile(entrypoint, "utf8"), inputs, defaultConfiguration],
        defaults: {
            entrypoint: ["/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint"],
            command: ["-environment", "container"],
            environment: [`PATH=/${home}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`],
            user: "1000:0",
            workingFolder: `/${home}`,
        },
        base: [await debianLayer(), await toolLayer(), await nodeLayer()],
        fill: async (folder) => {
            await installProgram(binary, join(folder, home, "filebeat"));
            await installProgram(entrypoint, join(folder, "usr/local/bin/docker-entrypoint"));
            await writeFile(join(folder, home, "filebeat-inputs.cjs"), inputs);
            await writeFile(join(folder, home, "filebeat.yml"), defaultConfiguration);
            for (const name of ["data", "logs"]) {
                await mkdir(join(folder, home, name));
            }
        },
        writable: [`${home}/data`, `${home}/logs`],
    };
}
