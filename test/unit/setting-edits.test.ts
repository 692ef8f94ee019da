// That each edit of test/setting-edits.ts changes what prod declares: a plan that shows nothing would prove nothing.

import assert from "node:assert/strict";
import { qualified } from "../../settings/keys.ts";
import { type Edit, edits } from "../setting-edits.ts";
import { declaredStack } from "./components/mocked-program.ts";

/** What prod declares, as text; the order in which resources are declared differs from run to run. */
async function declaredText(config: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
    const { found } = await declaredStack("prod", { config });
    return found.resources.map((resource) => JSON.stringify(resource)).toSorted();
}

/** The edit as a stack's configuration holds it. */
function configOf(key: string, { value, others = {} }: Edit): Readonly<Record<string, string>> {
    return Object.fromEntries(
        Object.entries({ ...others, [key]: value }).map(([name, wanted]) => [
            qualified(name),
            typeof wanted === "object" ? JSON.stringify(wanted) : String(wanted),
        ]),
    );
}

describe("an edit of", function () {
    this.timeout(60_000);

    let unchanged: readonly string[];

    before(async () => {
        unchanged = await declaredText();
        assert.deepEqual(await declaredText(), unchanged, "it does not declare the same twice");
    });

    // The others are looked at one by one in test/cluster/simulated/setting-changes.ts: secrets are recorded without
    // their values, and what is refused declares nothing.
    const seen = Object.entries(edits).filter(
        ([, edit]) => !edit.secret && (edit.refused ?? edit.unseen) === undefined,
    );
    for (const [key, edit] of seen) {
        it(`${key} changes what prod declares`, async () => {
            const changed = await declaredText(configOf(key, edit));
            assert.notEqual(changed.join(), unchanged.join());
        });
    }
});
