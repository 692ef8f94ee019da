// That what several parts agree on is defined in formats/ and nowhere else. The linter holds that formats/ imports nothing
// of this repository (biome.json).

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const projectFolder = join(import.meta.dirname, "..", "..");

/** Folders of the product; the lab and the tests write down what they expect. */
const product = ["archive-access", "components", "estimate", "formats", "settings", "supply-chain", "workloads"];

/** What only one file may spell, as a regular expression of its text, and which. */
const owners: readonly { readonly what: string; readonly text: RegExp; readonly owner: string }[] = [
    { what: "the root of the log tree", text: /["'`]\/var\/log\/chattingo["'`/]/, owner: "formats/log-tree.ts" },
    { what: "the name of a manifest", text: /upload_manifest\.json/, owner: "formats/object-key.ts" },
    { what: "the key of an archive", text: /\/archive\/(?:\*|\(\?)/, owner: "formats/object-key.ts" },
    { what: "the name of an archive", text: /_\\d\{8\}_|\(\?<date>/, owner: "formats/archive-name.ts" },
    { what: "the data stream of a category", text: /`chattingo-\$\{category\}/, owner: "formats/data-streams.ts" },
    { what: "the category of refused lines", text: /["']dead-letter["']/, owner: "formats/data-streams.ts" },
    { what: "the category that nobody knows", text: /Category = "unknown"/, owner: "formats/log-categories.ts" },
    { what: "every data stream", text: /["'`]chattingo-\*["'`]/, owner: "formats/data-streams.ts" },
    {
        what: "a category that differs from its directory",
        text: /auth: "authentication"|"auth", "auth/,
        owner: "formats/log-categories.ts",
    },
    { what: "the seal's mark", text: /Buffer\.from\("CL"\)/, owner: "formats/archive-seal.ts" },
    { what: "the suffixes of quantities", text: /Ki: 2 \*\* 10/, owner: "formats/quantity.ts" },
    { what: "the parser of cron lines", text: /new Cron\(/, owner: "formats/cron-schedule.ts" },
    { what: "which nodes have logs", text: /eks\.amazonaws\.com\/compute-type/, owner: "formats/log-nodes.ts" },
];

describe("what several parts agree on", () => {
    const files = globSync(["index.ts", ...product.map((folder) => `${folder}/**/*.ts`)], {
        cwd: projectFolder,
    });
    // Comments tell of it as they like.
    const code = files.map((file) => ({
        file,
        text: readFileSync(join(projectFolder, file), "utf8").replaceAll(/^\s*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)$/gm, ""),
    }));

    for (const { what, text, owner } of owners) {
        it(`is defined once: ${what}`, () => {
            const found = code.filter((each) => text.test(each.text)).map(({ file }) => file);
            assert.deepEqual(found, [owner]);
        });
    }
});
