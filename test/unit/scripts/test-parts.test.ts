// The parts into which `make test` cuts the tests.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { parse } from "yaml";
import { anywhere, configOf, type Layer, layers, onRealNode, type Part } from "../../../scripts/test-parts.ts";

const cwd = join(import.meta.dirname, "../../..");

/** The files that mocha takes on for a part. */
function filesOf(part: Part): readonly string[] {
    const { spec } = parse(readFileSync(join(cwd, configOf(part)), "utf8")) as { readonly spec: string | string[] };
    const ignored = part.ignore ?? [];
    return globSync(spec, { cwd }).filter((file) => !ignored.some((pattern) => matchesGlob(file, pattern)));
}

const filesOfLayers = (wanted: readonly Layer[]) =>
    wanted.flatMap((layer) => globSync(`test/${layer}/**/*.test.ts`, { cwd })).toSorted();

describe("the parts of make test", () => {
    it("have every test file of every layer, each once", () => {
        const files = [...onRealNode(() => true), ...anywhere].flatMap(filesOf).toSorted();
        assert.ok(files.length > 100, `only ${files.length} files`);
        assert.deepEqual(files, filesOfLayers(layers));
    });

    for (const layer of layers) {
        it(`have those of ${layer} alone when only these are wanted`, () => {
            const isWanted = (one: Layer) => one === layer;
            const parts = [...onRealNode(isWanted), ...anywhere.filter((part) => isWanted(part.layer))];
            assert.deepEqual(parts.flatMap(filesOf).toSorted(), filesOfLayers([layer]));
        });
    }

    it("are a host and a guest on the real node, or one that is alone there", () => {
        const rolesFor = (...wanted: readonly Layer[]) =>
            onRealNode((layer) => wanted.includes(layer)).map(({ nodeRole }) => nodeRole);
        assert.deepEqual(rolesFor("cluster", "pipeline"), ["host", "guest"]);
        assert.deepEqual(rolesFor("cluster"), ["host", "guest"]);
        assert.deepEqual(rolesFor("pipeline"), [undefined]);
        assert.deepEqual(rolesFor("unit", "workloads"), []);
    });

    it("are none of them empty", () => {
        const empty = [...onRealNode(() => true), ...anywhere].filter((part) => filesOf(part).length === 0);
        assert.deepEqual(
            empty.map(({ name }) => name),
            [],
        );
    });
});
