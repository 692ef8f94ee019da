// The tests that `make test` runs side by side.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";

describe("make test", () => {
    it("finds every cluster test either among those of the real node or among the others, so that none runs twice", () => {
        const entries = readdirSync(join(import.meta.dirname, "../../cluster"));
        assert.deepEqual(entries.filter((name) => name !== ".mocharc.yaml").toSorted(), ["node", "simulated"]);
    });
});
