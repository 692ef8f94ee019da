// Programs of the lab that run on the Node.js of an image, each as one file.

import { join } from "node:path";
import { build } from "esbuild";

/** The program with all that it imports, as the text of a CommonJS module. */
export async function bundle(entryPoint: string): Promise<string> {
    const { outputFiles } = await build({
        // Otherwise the comments in the bundle, and with them the image, would depend on where the lab was started.
        absWorkingDir: join(import.meta.dirname, "../.."),
        entryPoints: [entryPoint],
        bundle: true,
        write: false,
        platform: "node",
        format: "cjs",
        target: "node24",
        logLevel: "silent",
    });
    return outputFiles[0]?.text ?? "";
}
