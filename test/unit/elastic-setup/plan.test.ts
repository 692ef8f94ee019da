// The file that tells elastic-setup what to set up.

import assert from "node:assert/strict";
import { PlanError, readPlan } from "../../../workloads/elastic-setup/plan.ts";

const plan = {
    stack: "dev",
    categories: [{ name: "chat", retentionDays: 3 }],
    shards: 1,
    replicas: 0,
    refreshInterval: "2s",
    fieldLimit: 1000,
};

describe("the plan of elastic-setup", () => {
    it("is read as it stands", () => {
        assert.deepEqual(readPlan("setup.json", JSON.stringify(plan)), plan);
    });

    it("is refused with every mistake at once, each with its key and its value", () => {
        const wrong = {
            ...plan,
            stack: "Dev!",
            replicas: -1,
            refreshInterval: "soon",
            shard: 2,
            categories: [
                { name: "chat", retentionDays: 0 },
                { name: "chat", retentionDays: 1, days: 2 },
            ],
        };
        assert.throws(
            () => readPlan("setup.json", JSON.stringify(wrong)),
            (error) => {
                assert.ok(error instanceof PlanError);
                for (const words of [
                    'stack: "Dev!"',
                    "replicas: -1",
                    'refreshInterval: "soon"',
                    "shard: there is no such setting",
                    "categories[0].retentionDays: 0",
                    "categories[1].days: there is no such setting",
                    'categories: "chat" is listed twice',
                ]) {
                    assert.ok(error.message.includes(words), `${words} is missing in:\n${error.message}`);
                }
                return true;
            },
        );
    });

    for (const [name, content] of [
        ["no JSON", "stack: dev"],
        ["a list", "[1]"],
        ["nothing", ""],
        ["a plan without categories", JSON.stringify({ ...plan, categories: [] })],
    ] as const) {
        it(`is refused when the file holds ${name}`, () => {
            assert.throws(() => readPlan("setup.json", content), PlanError);
        });
    }
});
