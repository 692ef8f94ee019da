// Whether the manifests of every stack are what the API server takes, by kubeconform and the schemas of the lab's version:
// every field known and of the right type.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { kubernetesSchemas } from "../../../lab/schemas/kubernetes-schemas.ts";
import { kubernetesVersion } from "../../../lab/tools/go-tools.ts";
import { renderedFiles, renderedFolder, stacks } from "./rendered-stack.ts";

interface Report {
    readonly resources: readonly { readonly filename: string; readonly status: string; readonly msg: string }[];
    readonly summary: Readonly<Record<"valid" | "invalid" | "errors" | "skipped", number>>;
}

describe("kubeconform", function () {
    this.timeout(600_000);

    let kubeconform: string;
    let schemas: string;

    before(async () => {
        [kubeconform, schemas] = await Promise.all([toolBinary("kubeconform"), kubernetesSchemas()]);
    });

    /** What it says of files, or of a manifest on its standard input. */
    const judge = (files: readonly string[], input = ""): Report => {
        const { stdout, stderr } = spawnSync(
            kubeconform,
            [
                ...["-strict", "-summary", "-output", "json", "-schema-location", schemas],
                ...["-kubernetes-version", kubernetesVersion.slice(1)],
                ...files,
            ],
            { encoding: "utf8", input },
        );
        assert.notEqual(stdout, "", stderr);
        return JSON.parse(stdout) as Report;
    };

    for (const stack of stacks) {
        it(`takes every manifest of ${stack}`, async () => {
            const files = await renderedFiles(stack);
            const { resources, summary } = judge(files);
            assert.deepEqual(resources ?? [], []);
            assert.deepEqual(summary, { valid: files.length, invalid: 0, errors: 0, skipped: 0 });
        });
    }

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
