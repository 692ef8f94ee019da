// README and docs tell nobody to run what is neither run by a test nor marked with the reason why it is not.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandsOf, documentedCommands } from "../documented-commands/commands.ts";
import { ruleOf, rules } from "../documented-commands/rules.ts";
import { scriptOf } from "../documented-commands/run-commands.ts";

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

    it("are followed by a wait when they restart something that the next one reads", () => {
        const lines = scriptOf("kubectl rollout restart -n chattingo deployment/kibana");
        assert.equal(lines[2], "kubectl rollout status -n chattingo deployment/kibana --timeout=3m");
        assert.equal(lines.length, 4);
        assert.equal(scriptOf("kubectl get pods -n chattingo").length, 2);
    });

    it("fail with what their status was when it is none of those allowed", () => {
        const run = (statuses?: readonly number[]) =>
            spawnSync("bash", ["-c", scriptOf("(exit 3)", statuses).join("\n")], { encoding: "utf8" });
        assert.deepEqual([run().status, run().stdout], [99, "status 3\n"]);
        assert.equal(run([0, 3]).status, 0);
    });
});
