// A tool that is asked for twice at once is built once.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { buildGoTool } from "../../../lab/tools/build-go-tool.ts";
import { type GoTool, goTools } from "../../../lab/tools/go-tools.ts";

/**
 * Stands for Go. `go build` notes that it was called and with which overlay, takes its time, and leaves a binary; `go mod
 * download` has the module already; no other command is known.
 */
const compiler = `#!/usr/bin/env bash
set -euo pipefail
if [[ "$*" == "mod download -json "* ]]; then echo "{\\"Dir\\": \\"/modules/$4\\"}"; exit; fi
[[ $1 == build ]] || { echo "not expected: go $*" >&2; exit 64; }
while [[ $1 != -o ]]; do
    if [[ $1 == -overlay ]]; then cp "$2" "$BUILDS.overlay"; fi
    shift
done
echo "$2" >> "$BUILDS"
sleep 0.2
[[ ! -e $BUILDS.broken ]] || { echo "no space left on device" >&2; exit 1; }
echo binary > "$2"
`;

describe("the build of a Go tool", () => {
    let folder: string;
    const { PATH, CHATTINGO_LAB_CACHE } = process.env;

    const builds = async () => (await readFile(join(folder, "builds"), "utf8")).trim().split("\n").length;

    function toolOf(name: string): GoTool {
        const tool = goTools.find((candidate) => candidate.name === name);
        assert.ok(tool, `the lab builds ${name}`);
        return tool;
    }

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "go-tool-"));
        await mkdir(join(folder, "bin"));
        await writeFile(join(folder, "bin", "go"), compiler, { mode: 0o755 });
        process.env.PATH = `${join(folder, "bin")}:${PATH}`;
        process.env.CHATTINGO_LAB_CACHE = join(folder, "cache");
        process.env.BUILDS = join(folder, "builds");
    });

    afterEach(async () => {
        process.env.PATH = PATH;
        delete process.env.BUILDS;
        if (CHATTINGO_LAB_CACHE === undefined) {
            delete process.env.CHATTINGO_LAB_CACHE;
        } else {
            process.env.CHATTINGO_LAB_CACHE = CHATTINGO_LAB_CACHE;
        }
        await rm(folder, { recursive: true });
    });

    it("runs once for all who ask while it is under way", async () => {
        const tool = toolOf("kubeconform");
        const [first, second] = await Promise.all([buildGoTool(tool), buildGoTool(tool)]);
        assert.equal(first, second);
        assert.equal(await readFile(first, "utf8"), "binary\n");
        assert.equal(await builds(), 1);
    });

    it("runs for each of two tools", async () => {
        const [first, second] = await Promise.all([buildGoTool(toolOf("kubeconform")), buildGoTool(toolOf("kwok"))]);
        assert.notEqual(first, second);
        assert.equal(await builds(), 2);
    });

    it("does not run again when the binary is there", async () => {
        await buildGoTool(toolOf("kwok"));
        await buildGoTool(toolOf("kwok"));
        assert.equal(await builds(), 1);
    });

    it("has files of another module lie beside the tool's own for what is embedded", async () => {
        const tool = toolOf("pulumi-resource-kubernetes");
        const { module = "", folder: of = "" } = tool.embedded ?? {};
        await buildGoTool(tool);
        const { Replace } = JSON.parse(await readFile(join(folder, "builds.overlay"), "utf8"));
        assert.deepEqual(
            Object.entries(Replace).map(([beside, file]) => [basename(dirname(beside)), basename(beside), file]),
            tool.embedded?.names.map((name) => [tool.module, name, `/modules/${module}/${of}/${name}`]),
        );
    });

    it("runs again after one that failed", async () => {
        await writeFile(join(folder, "builds.broken"), "");
        await assert.rejects(buildGoTool(toolOf("kwok")), /no space left on device/);
        await rm(join(folder, "builds.broken"));
        assert.equal(await readFile(await buildGoTool(toolOf("kwok")), "utf8"), "binary\n");
        assert.equal(await builds(), 2);
    });
});
