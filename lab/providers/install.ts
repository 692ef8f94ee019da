// Puts the stand-in provider plugins where the Pulumi CLI looks for plugins.

import { existsSync, readFileSync } from "node:fs";
import { access, chmod, constants, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { keptBundle, refuseUnwatched } from "../../workloads/bundle-cache.ts";

/** Packages that have a stand-in, by the name of their plugin. */
const standIns = ["kubernetes", "aws"] as const;

/** Folder from whose files a provider is bundled, beside npm packages. */
const sourceFolders = ["lab/providers"] as const;

/** Marks a launcher as ours, so that an official plugin is never overwritten. */
const mark = "# Launches a stand-in of the lab.";

/**
 * Installs the stand-ins for the versions of the npm packages, below `pulumiHome`. An official plugin that is on PATH
 * or installed there already is left alone and used.
 *
 * @returns the names of the packages for which the stand-in is used
 */
export async function installProviders(pulumiHome: string): Promise<readonly string[]> {
    const used: string[] = [];
    for (const name of standIns) {
        if (await installProvider(pulumiHome, name)) {
            used.push(name);
        }
    }
    return used;
}

async function installProvider(pulumiHome: string, name: string): Promise<boolean> {
    const program = `pulumi-resource-${name}`;
    if (await isOnPath(program)) {
        return false;
    }
    const folder = join(pulumiHome, "plugins", `resource-${name}-v${sdkVersion(name)}`);
    const launcher = join(folder, program);
    if (existsSync(launcher) && !(await isOurs(launcher))) {
        return false;
    }
    await mkdir(folder, { recursive: true });
    const bundle = join(folder, "provider.mjs");
    await writeFile(bundle, await providerBundle(name));
    await writeFile(launcher, `#!/bin/sh\n${mark}\nexec ${quoted(process.execPath)} ${quoted(bundle)} "$@"\n`);
    await chmod(launcher, 0o755);
    return true;
}

/**
 * The provider as one file, kept from the last time that it was bundled. The engine starts each provider anew for every
 * command and waits for it; one file is there in less than half the time that Node.js takes to find and read some hundred.
 */
function providerBundle(name: string): Promise<string> {
    return keptBundle(`provider-${name}`, sourceFolders, () => bundleProvider(name));
}

/** @throws an error when it does not compile, or has files that are not in {@link sourceFolders} */
async function bundleProvider(name: string): Promise<string> {
    const result = await build({
        absWorkingDir: join(import.meta.dirname, "../.."),
        entryPoints: [`lab/providers/${name}/main.ts`],
        write: false,
        metafile: true,
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
    refuseUnwatched(`the provider ${name}`, sourceFolders, Object.keys(result.metafile.inputs));
    const [bundle] = result.outputFiles;
    if (bundle === undefined) {
        throw new Error(`esbuild made nothing of the provider ${name}`);
    }
    return bundle.text;
}

/** Version of the installed npm package: the engine asks for the plugin of the same version. */
function sdkVersion(name: string): string {
    const manifest = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
    return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

async function isOnPath(program: string): Promise<boolean> {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
        try {
            await access(join(folder, program), constants.X_OK);
            return true;
        } catch {
            // Not in this folder.
        }
    }
    return false;
}

async function isOurs(launcher: string): Promise<boolean> {
    const head = (await readFile(launcher)).subarray(0, 256).toString("latin1");
    return head.includes(mark);
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
