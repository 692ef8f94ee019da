import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keys } from "../../settings/keys.ts";
import { settingsReference } from "../../settings/reference.ts";

const projectFolder = join(import.meta.dirname, "..", "..");

describe("docs/settings.md", () => {
    const reference = settingsReference();

    it("is what `make settings-reference` writes", () => {
        const written = readFileSync(join(projectFolder, "docs", "settings.md"), "utf8");
        assert.ok(written === reference, "docs/settings.md is not up to date: run make settings-reference");
    });

    it("has one row for each setting", () => {
        const rows = reference.split("\n").flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.[1] ?? []);
        assert.deepEqual(rows.toSorted(), keys.toSorted());
    });

    it("gives default, values of the stacks, purpose and what is allowed", () => {
        assert.match(
            reference,
            /^\| `rotation.maxAgeDays` \| `7` \| dev `3`, prod `30`, compliance `90` \| Rotate .+ \| .*days.* \|$/m,
        );
        assert.match(reference, /^\| `archive.endpoint` \| none \| +\| URL .+ \|$/m);
    });

    describe("of another project", () => {
        let folder: string;

        beforeEach(() => {
            folder = mkdtempSync(join(tmpdir(), "reference-"));
            for (const file of ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.compliance.yaml"]) {
                cpSync(join(projectFolder, file), join(folder, file));
            }
        });

        afterEach(() => rmSync(folder, { recursive: true }));

        const edit = (file: string, from: string, to: string) => {
            const before = readFileSync(join(folder, file), "utf8");
            assert.ok(before.includes(from));
            writeFileSync(join(folder, file), before.replace(from, to));
        };

        it("follows a new default", () => {
            edit("Pulumi.yaml", "default: 100\n", "default: 250\n");
            assert.match(settingsReference(folder), /^\| `rotation.maxSizeMb` \| `250` \|/m);
        });

        it("keeps a value with a pipe in one cell", () => {
            edit("Pulumi.yaml", "Compress archives with gzip.", "gzip | none");
            assert.match(settingsReference(folder), / gzip \\\| none /);
        });

        it("names a setting that nobody described", () => {
            edit("Pulumi.yaml", "    description: Compress archives with gzip.\n", "");
            assert.throws(() => settingsReference(folder), /Pulumi\.yaml does not describe rotation\.compress/);
        });

        it("says nothing of a secret", () => {
            edit(
                "Pulumi.dev.yaml",
                "config:\n",
                "config:\n  chattingo-logging:kibana.encryptionKey:\n    secure: v1:c2VjcmV0\n",
            );
            const text = settingsReference(folder);
            assert.ok(!text.includes("c2VjcmV0"));
            assert.match(text, /dev `\[secret\]`/);
        });
    });
});
