import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { commentMarker, previewedChanges, previewMarkdown } from "../../../scripts/preview-markdown.ts";

const urn = (type: string, name: string) =>
    `urn:pulumi:prod::chattingo-logging::chattingo:logging:Parent$${type}::${name}`;
const claim = "kubernetes:core/v1:PersistentVolumeClaim";
const configMap = "kubernetes:core/v1:ConfigMap";

describe("the comment on a preview", () => {
    it("lists what is deleted, replaced, created and changed, in this order", () => {
        const steps = [
            { op: "same", urn: urn(configMap, "untouched") },
            { op: "update", urn: urn(configMap, "s3-uploader"), detailedDiff: { "data.config": {} } },
            { op: "create", urn: urn(configMap, "new") },
            { op: "delete", urn: urn(configMap, "old") },
            { op: "replace", urn: urn("kubernetes:batch/v1:Job", "elastic-setup") },
        ];
        const text = previewMarkdown("prod", { steps });
        assert.match(text, /^1 deleted, 1 replaced, 1 created, 1 changed\.$/m);
        assert.match(text, /\*\*Deleted\*\*[^*]+`old`[^*]+\*\*Replaced\*\*[^*]+`elastic-setup`[^*]+\*\*Created\*\*/);
        assert.match(text, /^\| `s3-uploader` \| `kubernetes:core\/v1:ConfigMap` \| `data\.config` \|$/m);
        assert.doesNotMatch(text, /untouched|CAUTION/);
    });

    it("counts the steps of a replacement as one", () => {
        const steps = ["create-replacement", "replace", "delete-replaced"].map((op) => ({
            op,
            urn: urn(claim, "log-archive"),
            detailedDiff: op === "replace" ? { "spec.storageClassName": {} } : null,
        }));
        assert.deepEqual(previewedChanges({ steps }), [
            {
                change: "replaced",
                type: claim,
                name: "log-archive",
                properties: ["spec.storageClassName"],
                holdsData: true,
            },
        ]);
    });

    it("warns when data would be lost, and marks what holds data", () => {
        const lost = previewMarkdown("prod", { steps: [{ op: "delete", urn: urn("aws:kms/key:Key", "archive") }] });
        assert.match(lost, /> \[!CAUTION\]\n> Data would be lost: `archive`\./);
        const made = previewMarkdown("prod", { steps: [{ op: "create", urn: urn(claim, "log-archive") }] });
        assert.match(made, /\| `log-archive` \*\*\(holds data\)\*\* \|/);
        assert.doesNotMatch(made, /CAUTION/);
    });

    it("says that nothing changes", () => {
        assert.match(previewMarkdown("dev", {}), /^Nothing changes\.$/m);
    });

    it("starts with the line by which it is found again", () => {
        assert.ok(previewMarkdown("dev", {}).startsWith(`${commentMarker("dev")}\n`));
    });

    it("never shows a value", () => {
        const detailedDiff = { "data.password": { kind: "update", value: "hunter2" } };
        const text = previewMarkdown("dev", { steps: [{ op: "update", urn: urn(configMap, "a"), detailedDiff }] });
        assert.match(text, /data\.password/);
        assert.doesNotMatch(text, /hunter2/);
    });

    it("fits into a comment and keeps every row one row, whatever the names", () => {
        const step = fc.record({
            op: fc.constantFrom("create", "update", "delete", "replace", "same", "refresh"),
            urn: fc.tuple(fc.constantFrom(claim, configMap), fc.string({ maxLength: 300 })).map(([t, n]) => urn(t, n)),
            detailedDiff: fc.dictionary(fc.string({ maxLength: 200 }), fc.constant({}), { maxKeys: 8 }),
        });
        fc.assert(
            fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
                const text = previewMarkdown("prod", { steps });
                assert.ok(text.length < 65_536);
                for (const row of text.split("\n").filter((line) => line.startsWith("| `"))) {
                    assert.equal(row.match(/(?<!\\)\|/g)?.length, 4, row);
                }
            }),
            { numRuns: 50 },
        );
    });
});

describe("scripts/preview-comment.ts", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "preview-"));
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    const run = (preview: string, ...more: readonly string[]) => {
        const file = join(folder, "preview.json");
        writeFileSync(file, preview);
        const script = join(import.meta.dirname, "../../../scripts/preview-comment.ts");
        return spawnSync(process.execPath, [script, "--stack", "dev", "--preview", file, ...more], {
            encoding: "utf8",
        });
    };

    it("tells drift by its status", () => {
        const changed = JSON.stringify({ steps: [{ op: "update", urn: urn(configMap, "a") }] });
        assert.equal(run(changed).status, 0);
        assert.equal(run(changed, "--expect-no-changes").status, 3);
        assert.equal(run("{}", "--expect-no-changes").status, 0);
    });

    it("takes what a refresh found unhealthy for no drift, and lists it", () => {
        const steps = [{ op: "update", urn: urn("kubernetes:apps/v1:DaemonSet", "filebeat"), detailedDiff: {} }];
        const { status, stdout } = run(JSON.stringify({ steps }), "--expect-no-changes");
        assert.equal(status, 0);
        assert.match(stdout, /^0 deleted, 0 replaced, 0 created, 0 changed, 1 unhealthy\.$/m);
        assert.match(stdout, /\*\*Unhealthy\*\*[^*]+`filebeat`/);
    });

    it("asks whether the preview failed when there is no JSON", () => {
        const { status, stderr } = run("error: no stack");
        assert.equal(status, 1);
        assert.match(stderr, /did the preview fail\?/);
    });
});
