// A clone is enough: no program or test of the repository reads a file beside it.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const projectFolder = join(import.meta.dirname, "../..");

/** Paths that a source names from its own folder or the project's, as far as they are written out, below the project. */
function namedPaths(file: string, text: string): readonly string[] {
    const literals = (list: string) => [...list.matchAll(/"([^"]*)"/g)].map(([, part = ""]) => part);
    const own = dirname(file);
    return [
        ...[...text.matchAll(/(?:from|import\() ?"(\.[^"]*)"/g)].map(([, path = ""]) => join(own, path)),
        ...[...text.matchAll(/import\.meta\.dirname((?:,\s*"[^"]*")+)/g)].map(([, list = ""]) =>
            join(own, ...literals(list)),
        ),
        ...[...text.matchAll(/\bproject(?:Folder)?((?:,\s*"[^"]*")+)/g)].map(([, list = ""]) =>
            join(".", ...literals(list)),
        ),
    ];
}

const leavesProject = (path: string) => relative(projectFolder, join(projectFolder, path)).startsWith("..");

describe("a clone with nothing beside it", () => {
    it("has every file that a program or a test names", () => {
        const files = globSync("**/*.ts", {
            cwd: projectFolder,
            exclude: (name) => ["node_modules", "dist"].includes(String(name)),
        });
        assert.ok(files.length > 300, `only ${files.length} files`);
        const outside = files.flatMap((file) =>
            namedPaths(file, readFileSync(join(projectFolder, file), "utf8"))
                .filter(leavesProject)
                .map((path) => `${file}: ${path}`),
        );
        assert.deepEqual(outside, []);
    });

    it("would be found to lack one", () => {
        const above = '"..", "beside", "file.md"';
        for (const [file, text] of [
            ["test/a.test.ts", `readFileSync(join(projectFolder, ${above}))`],
            ["test/a.test.ts", `join(import.meta.dirname, "..", ${above})`],
            ["lab/deep/a.ts", `import { a } from ${'"'}../../../beside/a.ts";`],
        ] as const) {
            assert.equal(namedPaths(file, text).filter(leavesProject).length, 1, text);
        }
        assert.deepEqual(namedPaths("test/a.ts", 'join(import.meta.dirname, "..")').filter(leavesProject), []);
    });
});
