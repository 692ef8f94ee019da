// Whether the manifests of every stack are what the API server takes, by kubeconform and the schemas of the lab's version
// and of the one after it: every field known and of the right type.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Judge, manifestJudge } from "../../../lab/schemas/manifest-judge.ts";
import { kubernetesVersion } from "../../../lab/tools/go-tools.ts";
import { renderedFiles, renderedFolder, stacks } from "./rendered-stack.ts";

/** The version after the lab's, of which a cluster may be before anybody changes this repository. */
const nextVersion = "v1.35.0";

describe("kubeconform", function () {
    this.timeout(600_000);

    let judge: Judge;
    let judgeByNext: Judge;

    before(async () => {
        [judge, judgeByNext] = await Promise.all([manifestJudge(kubernetesVersion), manifestJudge(nextVersion)]);
    });

    for (const stack of stacks) {
        it(`takes every manifest of ${stack}`, async () => {
            const files = await renderedFiles(stack);
            const { resources, summary } = judge(files);
            assert.deepEqual(resources, []);
            assert.deepEqual(summary, { valid: files.length, invalid: 0, errors: 0, skipped: 0 });
        });

        it(`takes every manifest of ${stack} by the types of the next version, ${nextVersion}`, async () => {
            const files = await renderedFiles(stack);
            const { summary } = judgeByNext(files);
            assert.deepEqual(summary, { valid: files.length, invalid: 0, errors: 0, skipped: 0 });
        });
    }

    it("names what a version has no more", () => {
        const removed = stringify({
            apiVersion: "policy/v1beta1",
            kind: "PodDisruptionBudget",
            metadata: { name: "old" },
            spec: { maxUnavailable: 1 },
        });
        const { resources, summary } = judge(["-"], removed);
        assert.equal(summary.errors, 1);
        assert.match(String(resources[0]?.msg), /could not find schema for PodDisruptionBudget/);
    });

    for (const [file, spoil, complaint] of [
        [
            "deployment-kibana.yaml",
            (text: string) => text.replace("automountServiceAccountToken:", "automountToken:"),
            /automountToken/,
        ],
        ["deployment-kibana.yaml", (text: string) => text.replace("replicas: 1", "replicas: one"), /replicas/],
        ["servicemonitor-kibana.yaml", (text: string) => text.replace("interval:", "every:"), /every/],
        ["certificate-elasticsearch.yaml", (text: string) => text.replace("dnsNames:", "names:"), /names/],
        [
            "networkpolicy-kibana.yaml",
            (text: string) => stringify({ ...parse(text), metadata: { name: "kibana", colour: "red" } }),
            /colour/,
        ],
    ] as const) {
        it(`refuses ${file} with ${String(complaint).slice(1, -1)} wrong`, async () => {
            const text = await readFile(join(await renderedFolder("prod"), file), "utf8");
            const spoiled = spoil(text);
            assert.notEqual(spoiled, text);
            const { resources, summary } = judge(["-"], spoiled);
            assert.equal(summary.invalid, 1, JSON.stringify(resources));
            assert.match(String(resources[0]?.msg), complaint);
        });
    }
});
