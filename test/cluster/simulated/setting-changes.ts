// Tests of what an edit of each setting would do to a stack that stands, by the plan of the official provider: nothing
// that ships, keeps or holds logs is replaced or deleted, but by the settings whose meaning that is.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { configureLabStack, failureOf, type LabStack, previewChanges, pulumi } from "../../../scripts/lab-stack.ts";
import { type Key, keys, qualified } from "../../../settings/keys.ts";
import { type Edit, edits, untriedKeys } from "../../setting-edits.ts";
import { takenAway } from "../taken-away.ts";

/** The edits that are tried together, by the first word of their settings. */
function together(): ReadonlyMap<string, Readonly<Partial<Record<Key, Edit>>>> {
    const groups = new Map<string, Partial<Record<Key, Edit>>>();
    for (const [key, edit] of Object.entries(edits) as [Key, Edit][]) {
        if ((edit.alone ?? edit.refused ?? edit.takesAway ?? edit.secret) === undefined) {
            const name = key.split(".")[0] ?? key;
            groups.set(name, { ...groups.get(name), [key]: edit });
        }
    }
    return groups;
}

/** Registers the tests, in the place of the call: they leave the stack as it was. */
export function testSettingChanges(stackOf: () => LabStack): void {
    /** Runs `work` with the stack's configuration as it is after the edits. */
    const withEdits = async <T>(wanted: Readonly<Partial<Record<Key, Edit>>>, work: () => Promise<T>): Promise<T> => {
        const stack = stackOf();
        const before = await readFile(stack.configFile, "utf8");
        const list = Object.entries(wanted);
        try {
            const plain = list.flatMap(([key, { value, secret, others = {} }]) => [
                ...Object.entries(others),
                ...(secret ? [] : [[key, value] as const]),
            ]);
            await configureLabStack(stack, Object.fromEntries(plain.map(([key, value]) => [qualified(key), value])));
            for (const [key, { value }] of list.filter(([, { secret }]) => secret)) {
                await pulumi(stack, ["config", "set", "--secret", qualified(key)], { input: String(value) });
            }
            return await work();
        } finally {
            await writeFile(stack.configFile, before);
        }
    };

    describe("when a setting is edited", () => {
        it("is tried with every setting of the reference", () => {
            assert.deepEqual([...Object.keys(edits), ...untriedKeys].toSorted(), keys.toSorted());
        });

        // That each edit of a group shows in the plan is seen in test/unit/setting-edits.test.ts, without a preview.
        const groups = together();
        for (const [name, group] of groups) {
            it(`take away nothing that lasts for other ${Object.keys(group).join(", ")}`, async () => {
                const steps = await withEdits(group, () => previewChanges(stackOf()));
                assert.deepEqual(takenAway(steps), [], `of the settings ${name}`);
                assert.ok(steps.length > 0 || Object.values(group).every(({ unseen }) => unseen !== undefined));
            });
        }

        const inGroups = [...groups.values()].flatMap((group) => Object.keys(group));
        for (const [key, edit] of Object.entries(edits).filter(([key]) => !inGroups.includes(key))) {
            const { takesAway, refused } = edit;
            if (refused !== undefined) {
                it(`refuse another ${key}: ${refused}`, async () => {
                    const output = await withEdits({ [key]: edit }, () => failureOf(pulumi(stackOf(), ["preview"])));
                    assert.match(output, /nothing was provisioned/);
                    assert.ok(output.includes(qualified(key)), output);
                });
                continue;
            }
            it(`take away ${takesAway ? `what ${key} means, and no more: ${takesAway.because}` : `nothing that lasts for another ${key}`}`, async () => {
                const steps = await withEdits({ [key]: edit }, () => previewChanges(stackOf()));
                assert.deepEqual(takenAway(steps), takesAway?.steps ?? []);
                assert.equal(steps.length === 0, edit.unseen !== undefined, "whether the plan shows a step");
            });
        }
    });
}
