// What the node needs before it can start: Debian's packages and the images. Takes minutes once, nothing afterwards.

import { type LabImages, labImages } from "../images/images.ts";
import { installDebianPackages } from "../tools/debian-packages.ts";
import { nodePackages } from "./packages.ts";

/**
 * Installs the missing packages and makes the missing images.
 *
 * @param tool path of the binary of a program listed in `lab/tools/go-tools.ts`
 * @returns the images, as files
 */
export async function prepareNode(tool: (name: string) => Promise<string>): Promise<LabImages> {
    await installDebianPackages(nodePackages);
    return labImages(tool);
}
