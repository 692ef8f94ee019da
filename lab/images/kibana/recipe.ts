// The image of Kibana's stand-in under the name of the official image of Kibana.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../bundle.ts";
import { debianLayer } from "../debian-layer.ts";
import { nodeLayer } from "../node-layer.ts";
import type { Recipe } from "../recipe.ts";

/** Name of the image, the default of `images.kibana`. */
export const kibanaImage = "docker.elastic.co/kibana/kibana:9.4.3";

/** Home of the official image (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-kibana-with-docker). */
const home = "usr/share/kibana";

/** The stand-in (lab/kibana) as one file on Node.js. */
export async function kibanaRecipe(): Promise<Recipe> {
    const program = await bundle(join(import.meta.dirname, "../../kibana/main.ts"));
    return {
        name: kibanaImage,
        shortName: "kibana",
        inputs: [program],
        defaults: {
            entrypoint: ["node", `/${home}/kibana.cjs`],
            environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            user: "1000:0",
            workingFolder: `/${home}`,
        },
        base: [await debianLayer(), await nodeLayer()],
        fill: async (folder) => {
            for (const name of ["data", "logs"]) {
                await mkdir(join(folder, home, name), { recursive: true });
            }
            await writeFile(join(folder, home, "kibana.cjs"), program);
        },
        writable: [`${home}/data`, `${home}/logs`],
    };
}
