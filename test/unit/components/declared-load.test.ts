// A stack that declares its load hears at preview what its settings cannot hold.

import assert from "node:assert/strict";
import { declaredStack } from "./mocked-program.ts";

describe("a declared load", function () {
    this.timeout(60_000);

    for (const { gbPerDay, expected } of [
        { gbPerDay: "0", expected: [] },
        { gbPerDay: "1", expected: [] },
        { gbPerDay: "3", expected: ["search.storage"] },
    ]) {
        it(`of ${gbPerDay} GB a day makes dev warn of ${expected.join() || "nothing"}`, async () => {
            const warnings: string[] = [];
            const intercepted = console.warn;
            console.warn = (...words: readonly unknown[]) => warnings.push(words.join(" "));
            try {
                await declaredStack("dev", { config: { "chattingo-logging:load.gbPerDay": gbPerDay } });
            } finally {
                console.warn = intercepted;
            }
            const named = warnings.flatMap((warning) => /(search|archive)\.\w+(?= is \d)/.exec(warning)?.[0] ?? []);
            assert.deepEqual(named, expected, warnings.join("\n"));
            // What settings/unprotected.ts has to say comes beside it.
            assert.match(warnings.join("\n"), /search\.security is false/);
        });
    }
});
