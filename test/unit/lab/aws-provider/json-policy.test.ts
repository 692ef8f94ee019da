import assert from "node:assert/strict";
import fc from "fast-check";
import { samePolicy } from "../../../../lab/providers/aws/json-policy.ts";

const policy = (statement: unknown) => JSON.stringify({ Version: "2012-10-17", Statement: statement });

describe("two policies", () => {
    it("are the same whatever the order of keys, of actions, and with or without a list around one element", () => {
        const one = policy([{ Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: ["*"] }]);
        const other = policy({ Resource: "*", Action: ["s3:GetObject", "s3:PutObject"], Effect: "Allow" });
        assert.ok(samePolicy(one, other));
    });

    it("are the same when one writes a condition's value as a boolean and the other as a string", () => {
        const condition = (value: unknown) =>
            policy({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": value } } });
        assert.ok(samePolicy(condition(false), condition("false")));
    });

    it("differ when an action, a resource or the effect differs", () => {
        const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
        for (const change of [{ Effect: "Deny" }, { Action: "s3:PutObject" }, { Resource: "arn:aws:s3:::b/*" }]) {
            assert.ok(!samePolicy(policy(statement), policy({ ...statement, ...change })));
        }
    });

    it("that are no JSON are compared as texts", () => {
        assert.ok(samePolicy("not json", "not json"));
        assert.ok(!samePolicy("not json", "{}"));
    });

    it("are the same however a list of actions is shuffled", () => {
        const actions = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
        fc.assert(
            fc.property(
                actions.chain((list) =>
                    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
                ),
                ([list, shuffled]) => samePolicy(policy({ Action: list }), policy({ Action: shuffled })),
            ),
        );
    });
});
