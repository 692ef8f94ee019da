// Puts the stand-in for the AWS provider where the Pulumi CLI looks for the plugin.

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { hasPlugin, pluginFolder, pluginProgram } from "./plugins.ts";

/**
 * Installs the stand-in for the version of the npm package below `pulumiHome`, unless the CLI finds a plugin of AWS on PATH
 * or there.
 *
 * @returns whether it did
 */
export async function installAwsStandIn(pulumiHome: string): Promise<boolean> {
    if (hasPlugin(pulumiHome, "aws")) {
        return false;
    }
    const folder = pluginFolder(pulumiHome, "aws");
    await mkdir(folder, { recursive: true });
    const bundle = join(folder, "provider.mjs");
    await writeFile(bundle, await bundleProvider());
    const launcher = join(folder, pluginProgram("aws"));
    await writeFile(launcher, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(bundle)} "$@"\n`);
    await chmod(launcher, 0o755);
    return true;
}

/**
 * The provider as one file: the engine starts it again for every command and waits for it.
 *
 * @throws an error when it does not compile
 */
async function bundleProvider(): Promise<string> {
    const result = await build({
        absWorkingDir: join(import.meta.dirname, "../.."),
        entryPoints: ["lab/providers/aws/main.ts"],
        write: false,
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node22",
        mainFields: ["module", "main"],
        // The libraries in CommonJS form ask for these at run time.
        banner: {
            js: [
                'import { createRequire } from "node:module";',
                "const require = createRequire(import.meta.url);",
                "const __filename = import.meta.filename;",
                "const __dirname = import.meta.dirname;",
            ].join("\n"),
        },
        logLevel: "silent",
    });
    const [bundle] = result.outputFiles;
    if (bundle === undefined) {
        throw new Error("esbuild made nothing of the stand-in for the AWS provider");
    }
    return bundle.text;
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
