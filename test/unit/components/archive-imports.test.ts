// Taking back a bucket that outlived its stack.

import assert from "node:assert/strict";
import { archiveImports, type ImportFile } from "../../../scripts/archive-imports.ts";

const archive = { bucketName: "chattingo-logs", keyId: "1234abcd-12ab-34cd-56ef-1234567890ab" };
const resources: ImportFile["resources"] = [
    { type: "pulumi:providers:kubernetes", name: "cluster" },
    { type: "chattingo:logging:LogArchive", name: "log-archive", component: true },
    { type: "aws:s3/bucket:Bucket", name: "log-archiveBucket", parent: "log-archive", id: "<PLACEHOLDER>" },
    { type: "aws:kms/key:Key", name: "log-archive-key", parent: "log-archive", id: "<PLACEHOLDER>" },
    { type: "aws:kms/alias:Alias", name: "log-archive-keyAlias", parent: "log-archive", id: "<PLACEHOLDER>" },
    {
        type: "aws:s3/bucketPolicy:BucketPolicy",
        name: "log-archive-policy",
        parent: "log-archive",
        id: "<PLACEHOLDER>",
    },
    { type: "kubernetes:core/v1:PersistentVolumeClaim", name: "log-archiveClaim", parent: "log-volume" },
];

describe("archiveImports", () => {
    it("takes the archive and its parts, each by the id of what exists, and nothing else", () => {
        const imports = archiveImports({ resources }, archive);
        assert.deepEqual(
            imports.resources.map(({ type, id }) => [type, id]),
            [
                ["chattingo:logging:LogArchive", undefined],
                ["aws:s3/bucket:Bucket", "chattingo-logs"],
                ["aws:kms/key:Key", "1234abcd-12ab-34cd-56ef-1234567890ab"],
                ["aws:kms/alias:Alias", "alias/chattingo-logs"],
                ["aws:s3/bucketPolicy:BucketPolicy", "chattingo-logs"],
            ],
        );
    });

    it("keeps what the engine wrote of each, so that it finds the same URN", () => {
        const [, bucket] = archiveImports({ resources }, archive).resources;
        assert.equal(bucket?.name, "log-archiveBucket");
        assert.equal(bucket?.parent, "log-archive");
    });

    it("takes the parts alone when a pulumi up that failed has made the component", () => {
        const urn = "urn:pulumi:prod::chattingo-logging::chattingo:logging:LogArchive::log-archive";
        const others = { cluster: "urn:pulumi:prod::chattingo-logging::pulumi:providers:kubernetes::cluster" };
        const plan = { nameTable: { "log-archive": urn, ...others }, resources: resources.slice(2) };
        const imports = archiveImports(plan, archive);
        assert.deepEqual(imports.nameTable, { "log-archive": urn });
        assert.deepEqual(
            imports.resources.map(({ id }) => id),
            ["chattingo-logs", archive.keyId, "alias/chattingo-logs", "chattingo-logs"],
        );
    });

    it("says so when the stack has an archive already", () => {
        assert.throws(() => archiveImports({ resources: resources.slice(0, 1) }, archive), /nothing to take back/);
    });
});
