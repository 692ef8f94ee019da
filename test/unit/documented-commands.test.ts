// README and docs tell nobody to run what is neither run by a test nor marked with the reason why it is not.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { commandsOf, documentedCommands } from "../documented-commands/commands.ts";
import { ruleOf, rules } from "../documented-commands/rules.ts";
import { scriptOf } from "../documented-commands/run-commands.ts";

describe("the commands of README and docs", () => {
    it("are each run as they stand, or marked with why they are not", () => {
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

    it("have among those that are run the six of the contract, as it writes them", () => {
        const run = documentedCommands().filter(({ text }) => "run" in (ruleOf(text) ?? {}));
        for (const command of [
            "kubectl wait --for=condition=ready pod -l tier=logging -n chattingo --timeout=300s",
            "kubectl exec -n chattingo deployment/elasticsearch -- curl -s http://localhost:9200/_cluster/health",
            "kubectl logs -n chattingo daemonset/filebeat --tail=50",
            "kubectl create job -n chattingo --from=cronjob/log-rotation manual-rotation-$(date +%s)",
            "kubectl rollout restart daemonset/filebeat -n chattingo",
            "kubectl get jobs -n chattingo -l app=log-rotation",
        ]) {
            assert.ok(
                run.some(({ text }) => text === command),
                command,
            );
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
