// Whether a machine has the space for a real node.

import assert from "node:assert/strict";
import { join } from "node:path";
import { complaintAboutSpace, volumeSpace } from "../../../lab/node/disk-space.ts";

const gib = 1024 ** 3;

describe("the space that a real node needs", () => {
    it("is there with 15% of the volume available", () => {
        assert.equal(complaintAboutSpace("/var/log", { size: 100 * gib, available: 15 * gib }), undefined);
    });

    it("is missing below, and what to free is told", () => {
        const complaint = complaintAboutSpace("/var/log", { size: 100 * gib, available: 13.4 * gib });
        assert.match(String(complaint), /the volume of \/var\/log has 13\.4 GiB of 100\.0 GiB available \(13%\)/);
        assert.match(String(complaint), /needs 15\.0 GiB \(15%\).*Free 1\.6 GiB/);
    });

    it("is that of the nearest folder that is there", () => {
        const folder = import.meta.dirname;
        assert.equal(volumeSpace(join(folder, "not", "there")).size, volumeSpace(folder).size);
        assert.ok(volumeSpace(folder).available < volumeSpace(folder).size);
    });
});
