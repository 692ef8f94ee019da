// A release can be checked by anyone who builds it again: the same sources make the same bytes wherever they lie.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../../settings/project-files.ts";
import { workloads } from "../../../workloads/bundle.ts";

describe("the files of a release", function () {
    this.timeout(480_000);

    let folder: string;

    /** Builds a release from a copy of this repository under a path of its own, packages included. */
    function build(name: string): string {
        const copy = join(folder, name, "of-the-repository");
        execFileSync("bash", [
            "-euo",
            "pipefail",
            "-c",
            'mkdir -p "$2" && cd "$1" && git ls-files -z --cached --others --exclude-standard | tar c --null -T - --ignore-failed-read | tar x -C "$2" && { cp -al "$(readlink -f node_modules)" "$2" 2>/dev/null || cp -r "$(readlink -f node_modules)" "$2"; }',
            "copy",
            projectFolder,
            copy,
        ]);
        execFileSync(process.execPath, [join(copy, "scripts/release-files.ts")], {
            cwd: copy,
            stdio: ["ignore", "ignore", "inherit"],
            // A cache of its own, so that neither build finds what the other has made.
            env: {
                ...process.env,
                CHATTINGO_LAB_CACHE: join(folder, name, "cache"),
                TZ: name === "one" ? "UTC" : "Asia/Tokyo",
            },
        });
        return join(copy, "dist/release");
    }

    const contents = (where: string) =>
        readdirSync(where).map((file) => [file, readFileSync(join(where, file), "utf8")]);

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "release-"));
    });

    after(() => rmSync(folder, { recursive: true }));

    it("are the same bytes from two folders, name what SHA256SUMS says of them, and no path of this machine", () => {
        const one = build("one");
        const other = build("other");
        assert.deepEqual(contents(one), contents(other));
        execFileSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd: other });
        assert.deepEqual(
            readdirSync(one).toSorted(),
            [
                "SHA256SUMS",
                ...["compliance", "dev", "prod"].map((stack) => `sbom-${stack}.json`),
                ...workloads.map((name) => `${name}.js`),
            ].toSorted(),
        );
        for (const [file, text = ""] of contents(one)) {
            assert.ok(!text.includes(folder) && !text.includes(projectFolder), file);
        }
    });
});
