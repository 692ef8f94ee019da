// The Job that sets up search, and the plan that it gets.

import assert from "node:assert/strict";
import { ElasticSetup, type ElasticSetupArgs, searchPlan } from "../../../components/elastic-setup.ts";
import { logCategories } from "../../../formats/log-categories.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { readPlan } from "../../../workloads/elastic-setup/plan.ts";
import { assertConfined, declared, type PodSpec, program } from "./mocked-program.ts";

const args: ElasticSetupArgs = {
    namespace: "chattingo",
    image: nodeImage,
    program,
    elasticsearchUrl: "http://elasticsearch.chattingo.svc:9200",
    kibanaUrl: "http://kibana.chattingo.svc:5601",
    stack: "dev",
    categories: logCategories,
    retentionDays: 3,
    nodes: 1,
};

interface Job {
    readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
    readonly spec: {
        readonly activeDeadlineSeconds: number;
        readonly template: {
            readonly metadata: {
                readonly labels: Readonly<Record<string, string>>;
                readonly annotations: Readonly<Record<string, string>>;
            };
            readonly spec: PodSpec;
        };
    };
}

const made = (changes: Partial<ElasticSetupArgs> = {}) =>
    declared(() => new ElasticSetup("elastic-setup", { ...args, ...changes }));
const job = async (changes: Partial<ElasticSetupArgs> = {}) =>
    (await made(changes)).inputs<Job>("kubernetes:batch/v1:Job");

describe("ElasticSetup", () => {
    it("is a confined Job of a fixed name, whose pods are not waited for", async () => {
        const { metadata, spec } = await job();
        assert.equal(metadata.name, "elastic-setup");
        assert.equal(spec.template.metadata.labels.tier, "logging-job");
        assertConfined(spec.template.spec, []);
        assert.equal(spec.template.spec.securityContext?.runAsNonRoot, true);
    });

    it("runs again when what is to be set up changes, and only then", async () => {
        const template = async (changes: Partial<ElasticSetupArgs>) => (await job(changes)).spec.template;
        assert.deepEqual(await template({}), await template({}));
        assert.notDeepEqual(await template({ retentionDays: 4 }), await template({}));
        const another = { ...program, hash: "abcdef0123" };
        assert.notDeepEqual(await template({ program: another }), await template({}));
        assert.equal((await made()).one("kubernetes:batch/v1:Job").deleteBeforeReplace, true);
    });

    it("is replaced by the next up when it failed", async () => {
        assert.equal((await job()).metadata.annotations["pulumi.com/replaceUnready"], "true");
    });

    it("has time to wait twice before it is given up", async () => {
        const { spec } = await job();
        const wait = spec.template.spec.containers[0]?.env?.find(({ name }) => name === "WAIT_SECONDS")?.value;
        assert.ok(spec.activeDeadlineSeconds > 4 * Number(wait));
    });
});

describe("the plan for search", () => {
    it("is one that the workload reads, with a copy of every shard where there is a second node", () => {
        const single = readPlan("setup.json", searchPlan(args));
        assert.deepEqual(
            single.categories.map(({ name, retentionDays }) => [name, retentionDays]),
            ["application", "authentication", "chat", "error", "system", "websocket"].map((name) => [name, 3]),
        );
        assert.equal(single.replicas, 0);
        assert.equal(readPlan("setup.json", searchPlan({ ...args, nodes: 3 })).replicas, 1);
    });
});
