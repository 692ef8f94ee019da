// `npm run build`: writes each workload as one file, dist/workloads/<name>.js, to run it by hand. What `pulumi up`
// deploys is bundled by the program itself, the same way.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleWorkload, workloads } from "../workloads/bundle.ts";

const folder = join(import.meta.dirname, "..", "dist", "workloads");

await mkdir(folder, { recursive: true });
// The bundles are CommonJS modules, and this repository's own package.json would make Node.js take them for others.
await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
for (const name of workloads) {
    const { content, hash } = await bundleWorkload(name);
    await writeFile(join(folder, `${name}.js`), content);
    console.log(`dist/workloads/${name}.js  ${(Buffer.byteLength(content) / 1024).toFixed(0)} KiB  ${hash}`);
}
