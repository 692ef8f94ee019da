// README and docs tell nobody to run what is neither run by a test nor marked with the reason why it is not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandsOf, documentedCommands } from "../documented-commands/commands.ts";
import { ruleOf, rules } from "../documented-commands/rules.ts";

const projectFolder = join(import.meta.dirname, "../..");

describe("the commands of README and docs", () => {
    it("are each run by a test, or marked with what keeps them from being run", () => {
        const commands = documentedCommands();
        assert.ok(commands.length > 100, `only ${commands.length} commands are found`);
        const unknown = commands.filter(({ text }) => ruleOf(text) === undefined);
        assert.deepEqual(
            unknown.map(({ where, text }) => `${where}: ${text}`),
            [],
            "add a rule to test/documented-commands/rules.ts",
        );
    });

    it("are all that the rules know of", () => {
        const used = new Set(documentedCommands().map(({ text }) => ruleOf(text)));
        assert.deepEqual(
            rules.filter((rule) => !used.has(rule)).map(({ commands }) => String(commands)),
            [],
        );
    });

    it("are run where their rule says", () => {
        for (const rule of rules) {
            if ("runBy" in rule) {
                const text = readFileSync(join(projectFolder, rule.runBy), "utf8");
                assert.ok(text.includes(rule.words), `${rule.commands}: ${rule.runBy} has no ${rule.words}`);
            }
        }
    });

    it("are found in blocks, over several lines, and in sentences", () => {
        const text = [
            "Run `kubectl get pods` or look at `index.ts`.",
            "```sh",
            "make up      # explains",
            "kubectl get jobs \\",
            "  -n chattingo",
            "# only a remark",
            "```",
            "```yaml",
            "make: not a command",
            "```",
        ].join("\n");
        assert.deepEqual(
            commandsOf("a.md", text).map((command) => [command.text, command.block]),
            [
                ["kubectl get pods", "a.md:1"],
                ["make up", "a.md:2"],
                ["kubectl get jobs -n chattingo", "a.md:2"],
            ],
        );
    });
});
