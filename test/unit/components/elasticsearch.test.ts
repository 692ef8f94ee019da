// Elasticsearch as one node and as a cluster.

import assert from "node:assert/strict";
import { parse } from "yaml";
import { Elasticsearch, type ElasticsearchArgs } from "../../../components/elasticsearch.ts";
import { elasticsearchFiles, jvmOptions } from "../../../components/elasticsearch-files.ts";
import { declared, type PodSpec } from "./mocked-program.ts";

const single: ElasticsearchArgs = {
    namespace: "chattingo",
    image: "docker.elastic.co/elasticsearch/elasticsearch:9.4.3",
    clusterName: "chattingo-dev",
    mode: "single",
    replicas: 1,
    storage: "10Gi",
    memory: "2Gi",
    cpu: "1",
    setMaxMapCount: true,
};
const cluster: ElasticsearchArgs = { ...single, mode: "cluster", replicas: 3, storageClass: "gp3" };

interface Workload {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly replicas: number;
        readonly strategy?: { readonly type: string };
        readonly serviceName?: string;
        readonly podManagementPolicy?: string;
        readonly updateStrategy?: unknown;
        readonly persistentVolumeClaimRetentionPolicy?: unknown;
        readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
        readonly template: {
            readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
            readonly spec: PodSpec;
        };
    };
}

const made = (args: ElasticsearchArgs) => declared(() => new Elasticsearch("elasticsearch", args));
const deployment = async (changes: Partial<ElasticsearchArgs> = {}) =>
    (await made({ ...single, ...changes })).inputs<Workload>("kubernetes:apps/v1:Deployment");
const statefulSet = async (changes: Partial<ElasticsearchArgs> = {}) =>
    (await made({ ...cluster, ...changes })).inputs<Workload>("kubernetes:apps/v1:StatefulSet");
const claimNames = async (args: ElasticsearchArgs) =>
    (await made(args)).resources
        .filter(({ type }) => type === "kubernetes:core/v1:PersistentVolumeClaim")
        .map(({ name }) => name);

describe("Elasticsearch", () => {
    it("is a Deployment with one claim in mode single, whose pod goes before the next one comes", async () => {
        const { metadata, spec } = await deployment();
        assert.equal(metadata.name, "elasticsearch");
        assert.equal(spec.replicas, 1);
        assert.deepEqual(spec.strategy, { type: "Recreate" });
        const claims = spec.template.spec.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName);
        assert.deepEqual(claims?.filter(Boolean), ["data-elasticsearch-0"]);
    });

    it("is a StatefulSet in mode cluster, whose claims stay when it goes or shrinks", async () => {
        const { metadata, spec } = await statefulSet();
        assert.equal(metadata.name, "elasticsearch");
        assert.equal(spec.serviceName, "elasticsearch-headless");
        assert.equal(spec.podManagementPolicy, "Parallel");
        assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
        assert.deepEqual(
            spec.volumeClaimTemplates?.map((template) => template.metadata.name),
            ["data"],
        );
    });

    it("keeps a claim for each node, named as the StatefulSet names it, also when a single node grows", async () => {
        assert.deepEqual(await claimNames(single), ["data-elasticsearch-0"]);
        const five = ["0", "1", "2", "3", "4"].map((index) => `data-elasticsearch-${index}`);
        assert.deepEqual(await claimNames({ ...cluster, replicas: 5 }), five);
        for (const claim of (await made(cluster)).resources.filter(({ name }) => name.startsWith("data-"))) {
            assert.equal(claim.retainOnDelete, true, claim.name);
        }
    });

    it("grows a volume by its claim, because the claim template of a StatefulSet can't be changed", async () => {
        const found = await made({ ...cluster, storage: "200Gi" });
        assert.deepEqual(found.one("kubernetes:apps/v1:StatefulSet").ignoreChanges, ["spec.volumeClaimTemplates"]);
        const claim = found.inputs<{
            spec: { resources: { requests: { storage: string } }; storageClassName: string };
        }>("kubernetes:core/v1:PersistentVolumeClaim", "data-elasticsearch-2");
        assert.equal(claim.spec.resources.requests.storage, "200Gi");
        assert.equal(claim.spec.storageClassName, "gp3");
    });

    it("has no two nodes of a cluster on one Kubernetes node, and spreads them over the zones", async () => {
        const pod = (await statefulSet()).spec.template.spec;
        const rules = pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
        assert.deepEqual(
            rules?.map(({ topologyKey }) => topologyKey),
            ["kubernetes.io/hostname"],
        );
        assert.deepEqual(
            pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey),
            ["topology.kubernetes.io/zone"],
        );
        assert.equal((await deployment()).spec.template.spec.affinity, undefined);
    });

    it("lets one node of a cluster be away at a time, in an update and in a drain", async () => {
        // Without a partition and a number of its own, the next pod goes only when the last one is ready.
        assert.deepEqual((await statefulSet()).spec.updateStrategy, { type: "RollingUpdate" });
        const budget = (await made(cluster)).inputs<{ spec: { maxUnavailable: number } }>(
            "kubernetes:policy/v1:PodDisruptionBudget",
        );
        assert.equal(budget.spec.maxUnavailable, 1);
    });

    it("asks three different things: whether it listens, knows a master, answers about itself", async () => {
        const [container] = (await statefulSet()).spec.template.spec.containers;
        assert.deepEqual(container?.startupProbe?.tcpSocket, { port: "http" });
        assert.equal(container?.readinessProbe?.httpGet?.path, "/");
        assert.match(container?.livenessProbe?.httpGet?.path ?? "", /^\/_nodes\/_local/);
        assert.ok(!JSON.stringify(container).includes("_cluster/health"), "no probe waits for a green cluster");
    });

    it("is given as much memory as it may use, and time to leave in order", async () => {
        const pod = (await statefulSet({ memory: "8Gi", cpu: "2" })).spec.template.spec;
        const [container] = pod.containers;
        const { requests, limits } = container?.resources ?? {};
        assert.deepEqual(
            { ...requests, "ephemeral-storage": "" },
            { cpu: "2", memory: "8Gi", "ephemeral-storage": "" },
        );
        assert.deepEqual({ ...limits, "ephemeral-storage": "" }, { ...requests, "ephemeral-storage": "" });
        const [sleep, drainSeconds] = container?.lifecycle?.preStop?.exec?.command ?? [];
        assert.equal(sleep, "sleep");
        assert.ok(Number(drainSeconds) >= 5);
        assert.ok((pod.terminationGracePeriodSeconds ?? 0) >= Number(drainSeconds) + 120);
    });

    it("runs confined as Elasticsearch's own user; only the container for the kernel limit is root, and sees that file of the node", async () => {
        const pod = (await deployment()).spec.template.spec;
        assert.equal(pod.securityContext?.runAsUser, 1000);
        assert.equal(pod.securityContext?.runAsNonRoot, true);
        const root = [...(pod.initContainers ?? []), ...pod.containers].filter(
            ({ securityContext }) => securityContext?.runAsUser === 0,
        );
        assert.deepEqual(
            root.map(({ name, volumeMounts }) => [name, volumeMounts]),
            [["max-map-count", [{ name: "max-map-count", mountPath: "/node/max_map_count" }]]],
        );
        assert.deepEqual(
            pod.volumes?.flatMap(({ hostPath }) => (hostPath ? [hostPath] : [])),
            [{ path: "/proc/sys/vm/max_map_count", type: "File" }],
        );
        for (const { name, securityContext } of [...(pod.initContainers ?? []), ...pod.containers]) {
            assert.equal(securityContext?.readOnlyRootFilesystem, true, name);
        }
        const without = (await deployment({ setMaxMapCount: false })).spec.template.spec;
        assert.deepEqual(
            without.initContainers?.map(({ name }) => name),
            ["configure"],
        );
    });

    it("restarts when its configuration changes, and only then", async () => {
        const checksumOf = async (changes: Partial<ElasticsearchArgs>) =>
            (await statefulSet(changes)).spec.template.metadata.annotations["checksum/config"];
        assert.equal(await checksumOf({ replicas: 5, storage: "1Ti" }), await checksumOf({}));
        assert.notEqual(await checksumOf({ memory: "4Gi" }), await checksumOf({}));
    });
});

describe("the files of Elasticsearch", () => {
    const files = (discovery: Parameters<typeof elasticsearchFiles>[0]["discovery"]) =>
        parse(
            elasticsearchFiles({ clusterName: "chattingo-dev", discovery, memory: "2Gi" })["elasticsearch.yml"] ?? "",
        ) as Record<string, unknown>;

    it("found a cluster of three once, and never the single node's", () => {
        const founders = ["elasticsearch-0", "elasticsearch-1", "elasticsearch-2"];
        const settings = files({ founders, seedHost: "elasticsearch-headless" });
        assert.deepEqual(settings["cluster.initial_master_nodes"], founders);
        assert.equal(settings["discovery.seed_hosts"], "elasticsearch-headless");
        assert.equal(settings["discovery.type"], undefined);
        assert.equal(files("single-node")["discovery.type"], "single-node");
        assert.equal(files("single-node")["cluster.initial_master_nodes"], undefined);
    });

    for (const [memory, heap] of [
        ["2Gi", 1024],
        ["8Gi", 4096],
        ["1500M", 715],
        ["128Gi", 30720],
    ] as const) {
        it(`give ${heap} MiB of ${memory} to the heap, its size fixed`, () => {
            const lines = jvmOptions(memory).split("\n");
            assert.ok(lines.includes(`-Xms${heap}m`), lines.join(" "));
            assert.ok(lines.includes(`-Xmx${heap}m`));
        });
    }

    it("send the JVM's log to standard output, and leave the other logs to the image's own file", () => {
        const all = elasticsearchFiles({ clusterName: "c", discovery: "single-node", memory: "2Gi" });
        assert.ok(all["chattingo.options"]?.includes("-Xlog:gc:stdout"));
        assert.deepEqual(Object.keys(all), ["elasticsearch.yml", "chattingo.options"]);
    });

    it("have it ask nobody outside, neither for databases of addresses nor for models", () => {
        assert.equal(files("single-node")["ingest.geoip.downloader.enabled"], false);
        assert.equal(files("single-node")["xpack.inference.elastic.authorization.enabled"], false);
    });
});
