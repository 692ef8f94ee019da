// The image of Kibana's stand-in under the name of the official image of Kibana.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../bundle.ts";
import { debianLayer, toolLayer } from "../debian-layer.ts";
import { nodeLayer } from "../node-layer.ts";
import { installProgram, type Recipe } from "../recipe.ts";

/** Name of the image, the default of `images.kibana`. */
const kibanaImage = "docker.elastic.co/kibana/kibana:9.4.3";

/** Home of the official image (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-kibana-with-docker). */
const home = "usr/share/kibana";

/** What the official image starts with: elastic/kibana, .../docker_generator/templates/kibana_yml.template.ts. */
const defaultConfiguration = [
    'server.host: "0.0.0.0"',
    'server.shutdownTimeout: "5s"',
    'elasticsearch.hosts: ["http://elasticsearch:9200"]',
    "monitoring.ui.container.elasticsearch.enabled: true",
    "",
].join("\n");

const startScript = join(import.meta.dirname, "kibana-docker");

/** The stand-in (lab/kibana) as one file on Node.js. */
export async function kibanaRecipe(): Promise<Recipe> {
    const program = await bundle(join(import.meta.dirname, "../../kibana/main.ts"));
    return {
        name: kibanaImage,
        shortName: "kibana",
        inputs: [program, await readFile(startScript, "utf8"), defaultConfiguration],
        defaults: {
            entrypoint: ["/usr/bin/tini", "--"],
            command: ["/usr/local/bin/kibana-docker"],
            environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            user: "1000:0",
            workingFolder: `/${home}`,
        },
        base: [await debianLayer(), await toolLayer(), await nodeLayer()],
        fill: async (folder) => {
            for (const name of ["config", "data", "logs"]) {
                await mkdir(join(folder, home, name), { recursive: true });
            }
            await installProgram(startScript, join(folder, "usr/local/bin/kibana-docker"));
            await writeFile(join(folder, home, "config/kibana.yml"), defaultConfiguration);
            await writeFile(join(folder, home, "kibana.cjs"), program);
        },
        writable: [`${home}/data`, `${home}/logs`],
    };
}
