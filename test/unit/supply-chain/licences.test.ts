import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../settings/project-files.ts";
import { isAllowed, licenceOf, licencesDocument } from "../../../supply-chain/licences.ts";
import { lockedPackages } from "../../../supply-chain/locked-packages.ts";

describe("licences", () => {
    it("of all pinned packages are ones that this project may use", () => {
        const packages = lockedPackages();
        assert.ok(packages.length > 250, String(packages.length));
        assert.deepEqual(
            packages
                .filter((one) => !isAllowed(licenceOf(one)))
                .map(({ name, version, license }) => `${name} ${version}: ${license}`),
            [],
        );
    });

    it("are refused when they are unknown, not stated, or only a part of them is allowed", () => {
        for (const licence of [undefined, "", "GPL-3.0-only", "SEE LICENSE IN LICENSE", "(MIT AND GPL-3.0-only)"]) {
            assert.equal(isAllowed(licence), false, licence);
        }
        assert.ok(isAllowed("(GPL-3.0-only OR MIT)"));
        assert.ok(isAllowed("(BSD-3-Clause AND Apache-2.0)"));
    });

    it("stand in docs/licences.md as `make licences` writes them", () => {
        const written = readFileSync(join(projectFolder, "docs/licences.md"), "utf8");
        assert.ok(written === licencesDocument(), "docs/licences.md is not up to date: run make licences");
    });
});
