import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../../settings/project-files.ts";
import type { BillOfMaterials } from "../../../supply-chain/bill-of-materials.ts";
import { declaredImages } from "../../../supply-chain/declared-images.ts";
import { lockedPackages } from "../../../supply-chain/locked-packages.ts";

describe("the bill of materials", function () {
    this.timeout(60_000);

    let folder: string;
    let document: BillOfMaterials;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "sbom-"));
        const out = join(folder, "sbom.json");
        const script = join(projectFolder, "scripts/sbom.ts");
        const { status, stderr } = spawnSync(process.execPath, [script, "--stack", "prod", "--out", out], {
            encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
        document = JSON.parse(readFileSync(out, "utf8")) as BillOfMaterials;
    });

    after(() => rmSync(folder, { recursive: true }));

    it("names every pinned package and every image", () => {
        // Not by their names: one that is installed under another is called by that.
        const named = new Set(document.components.map(({ purl }) => purl));
        for (const { name, version } of lockedPackages()) {
            assert.ok(named.has(`pkg:npm/${name.replace("@", "%40")}@${version}`), `${name} ${version} is missing`);
        }
        const containers = document.components.filter(({ type }) => type === "container");
        assert.deepEqual(
            containers.map((each) => each["bom-ref"]),
            declaredImages().map(({ reference }) => reference),
        );
        assert.match(
            String(containers[0]?.purl),
            /^pkg:oci\/node@sha256%3A[0-9a-f]{64}\?repository_url=.*%2Flibrary%2Fnode&tag=24/,
        );
    });

    it("is a CycloneDX document whose references hold", () => {
        assert.equal(document.bomFormat, "CycloneDX");
        assert.match(document.specVersion, /^1\.\d$/);
        assert.match(document.serialNumber, /^urn:uuid:[0-9a-f-]{36}$/);
        const references = [document.metadata.component, ...document.components].map((each) => each["bom-ref"]);
        assert.equal(new Set(references).size, references.length, "a bom-ref stands for one component");
        for (const { ref, dependsOn = [] } of document.dependencies) {
            for (const one of [ref, ...dependsOn]) {
                assert.ok(references.includes(one), one);
            }
        }
        for (const { purl, type } of document.components) {
            assert.match(purl, type === "container" ? /^pkg:oci\// : /^pkg:npm\//);
        }
    });
});
