// What the node needs before it can start: Debian's packages and the images. Takes minutes once, nothing afterwards.

import { elasticsearchDistribution } from "../elasticsearch/distribution.ts";
import { toolLayer } from "../images/debian-layer.ts";
import { labImages } from "../images/images.ts";
import { installDebianPackages } from "../tools/debian-packages.ts";
import { imageStore } from "./image-store.ts";
import { nodePackages } from "./packages.ts";

/**
 * Makes what the node needs and what the network delays more than the processor does: it can go on beside the building of
 * programs, on which none of it depends.
 */
export async function downloadForNode(): Promise<void> {
    await installDebianPackages(nodePackages);
    await Promise.all([toolLayer(), elasticsearchDistribution()]);
}

/**
 * Installs the missing packages and makes the missing images.
 *
 * @param tool path of the binary of a program listed in `lab/tools/go-tools.ts`
 * @returns the folder with the images, see {@link imageStore}
 */
export async function prepareNode(tool: (name: string) => Promise<string>): Promise<string> {
    await installDebianPackages(nodePackages);
    const { system, workloads } = await labImages(tool);
    return imageStore([...system, ...workloads]);
}
