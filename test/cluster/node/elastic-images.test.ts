// The images of Elasticsearch and Filebeat on the lab's node: that manifests for the official ones run with them. Without
// users: Elasticsearch with them, as in a stack, is tried as a process (test/workloads/search-security).

import assert from "node:assert/strict";
import { stringify } from "yaml";
import { elasticsearchImage } from "../../../lab/images/elasticsearch/recipe.ts";
import { filebeatImage } from "../../../lab/images/filebeat/recipe.ts";
import { run } from "../../../lab/tools/run.ts";
import { realNode } from "../../real-node.ts";

const namespace = "elastic-images";

const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
    run("kubectl", ["--namespace", namespace, ...args], {
        env: (await realNode()).environment,
        ...(input === undefined ? {} : { input }),
    });

const apply = (object: unknown): Promise<string> => kubectl(["apply", "--filename=-"], stringify(object));

const restricted = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
};

const emptyDirs = (names: readonly string[]) => names.map((name) => ({ name, emptyDir: {} }));

const home = "/usr/share/elasticsearch";

const elasticsearchPod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "elasticsearch", namespace, labels: { app: "elasticsearch" } },
    spec: {
        securityContext: { runAsUser: 1000, runAsGroup: 0, runAsNonRoot: true, fsGroup: 0 },
        terminationGracePeriodSeconds: 5,
        initContainers: [
            {
                name: "config",
                image: elasticsearchImage,
                command: ["bash", "-c", `cp -r ${home}/config/. /config`],
                volumeMounts: [{ name: "config", mountPath: "/config" }],
                securityContext: restricted,
            },
        ],
        containers: [
            {
                name: "elasticsearch",
                image: elasticsearchImage,
                env: [
                    { name: "discovery.type", value: "single-node" },
                    { name: "ES_SETTING_CLUSTER_NAME", value: "named-by-the-environment" },
                    { name: "ES_SETTING_XPACK_SECURITY_ENABLED", value: "false" },
                    { name: "ES_JAVA_OPTS", value: "-Xms512m -Xmx512m" },
                ],
                readinessProbe: {
                    exec: { command: ["curl", "-sf", "http://localhost:9200/"] },
                    periodSeconds: 2,
                    timeoutSeconds: 5,
                },
                securityContext: restricted,
                volumeMounts: [
                    ...["config", "data", "logs"].map((name) => ({ name, mountPath: `${home}/${name}` })),
                    { name: "tmp", mountPath: "/tmp" },
                ],
            },
        ],
        volumes: emptyDirs(["config", "data", "logs", "tmp"]),
    },
};

const elasticsearchService = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "elasticsearch", namespace },
    spec: { selector: { app: "elasticsearch" }, ports: [{ port: 9200 }] },
};

const filebeatConfiguration = stringify({
    "filebeat.inputs": [{ type: "filestream", id: "lines", paths: ["/logs/*.log"] }],
    processors: [{ add_kubernetes_metadata: { in_cluster: false, kube_config: "/nowhere", host: "chattingo-node" } }],
    "setup.template.enabled": false,
    "setup.ilm.enabled": false,
    "output.elasticsearch": {
        hosts: ["http://elasticsearch:9200"],
        index: "shipped",
    },
});

const filebeatPod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "filebeat", namespace },
    spec: {
        initContainers: [
            {
                name: "writer",
                image: filebeatImage,
                command: ["bash", "-c", "for i in $(seq 100); do echo line-$i; done > /logs/some.log"],
                volumeMounts: [{ name: "logs", mountPath: "/logs" }],
            },
        ],
        containers: [
            {
                name: "filebeat",
                image: filebeatImage,
                args: [
                    ...["-environment", "container", "-c", "/configuration/filebeat.yml"],
                    ...["--path.data=/data", "--strict.perms=false"],
                ],
                securityContext: restricted,
                volumeMounts: [
                    { name: "configuration", mountPath: "/configuration" },
                    { name: "logs", mountPath: "/logs" },
                    { name: "data", mountPath: "/data" },
                ],
            },
        ],
        volumes: [...emptyDirs(["logs", "data"]), { name: "configuration", configMap: { name: "filebeat" } }],
    },
};

describe("the images of Elasticsearch and Filebeat", () => {
    const inElasticsearch = (...command: readonly string[]): Promise<string> =>
        kubectl(["exec", "elasticsearch", "--container=elasticsearch", "--", ...command]);

    /** What Elasticsearch answers, asked from within its container. */
    const ask = async (method: string, path: string): Promise<unknown> =>
        JSON.parse(await inElasticsearch("curl", "-sS", "-X", method, `http://localhost:9200${path}`));

    before(async () => {
        await kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait"]);
        await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
        await apply(elasticsearchService);
        await apply(elasticsearchPod);
        await kubectl(["wait", "--for=condition=Ready", "pod/elasticsearch", "--timeout=240s"]);
    });

    after(async () => {
        await kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait=false"]);
    });

    it("take settings from the environment, and log to standard output", async () => {
        const { cluster_name } = (await ask("GET", "/")) as { cluster_name: string };
        assert.equal(cluster_name, "named-by-the-environment");
        const [line] = (await kubectl(["logs", "elasticsearch", "--container=elasticsearch"])).split("\n");
        assert.equal((JSON.parse(line ?? "") as { "event.dataset": string })["event.dataset"], "elasticsearch.server");
    });

    it("refuse a variable that the official image knows and this one does not", async () => {
        const start = inElasticsearch("env", "ELASTIC_PASSWORD=secret", "docker-entrypoint.sh");
        await assert.rejects(start, /does not know ELASTIC_PASSWORD.*exit code 64/s);
    });

    it("ship the lines of a file", async () => {
        await apply({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "filebeat", namespace },
            data: { "filebeat.yml": filebeatConfiguration },
        });
        await apply(filebeatPod);
        // While the index is being made the answer is an error, without a count.
        const count = async () =>
            ((await ask("GET", "/shipped/_count?ignore_unavailable=true")) as { count?: number }).count ?? 0;
        const deadline = Date.now() + 120_000;
        while ((await count()) < 100 && Date.now() < deadline) {
            await ask("POST", "/shipped/_refresh?ignore_unavailable=true");
        }
        assert.equal(await count(), 100);
    });
});
