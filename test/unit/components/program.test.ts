// The whole program, for each stack: what holds for every resource, whichever component makes it.

import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { resolved } from "../../../scripts/recording-engine.ts";
import { type Declared, declaredStack, type Outputs } from "./mocked-program.ts";

const stacks = ["dev", "prod", "compliance"];

interface KubernetesObject {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels: Readonly<Record<string, string>>;
    };
}

async function loginIsSecret({ kibanaLogin }: Outputs): Promise<boolean> {
    return kibanaLogin !== null && pulumi.isSecret((kibanaLogin as { password: pulumi.Output<string> }).password);
}

/** Inputs of the Kubernetes provider of a stack, on a machine whose KUBECONFIG names a file. */
async function providerInputs(stack: string, config: Readonly<Record<string, string>>) {
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = "/home/somebody/.kube/config";
    try {
        const { found } = await declaredStack(stack, { config });
        const inputs = found.inputs("pulumi:providers:kubernetes");
        assert.ok(!JSON.stringify(inputs).includes("somebody"), JSON.stringify(inputs));
        return inputs;
    } finally {
        if (before === undefined) {
            delete process.env.KUBECONFIG;
        } else {
            process.env.KUBECONFIG = before;
        }
    }
}

describe("the program", function () {
    this.timeout(60_000);

    for (const stack of stacks) {
        describe(`in the stack ${stack}`, () => {
            let found: Declared;
            let outputs: Outputs;
            let objects: readonly KubernetesObject[];

            before(async () => {
                ({ found, outputs } = await declaredStack(stack));
                objects = found.resources
                    .filter(({ type }) => type.startsWith("kubernetes:"))
                    .map(({ inputs }) => inputs as unknown as KubernetesObject);
            });

            it("gives every Kubernetes object a fixed name in the namespace, and the labels of the system", () => {
                assert.ok(objects.length >= 12);
                for (const { kind, metadata } of objects) {
                    const isOfCluster =
                        kind === "Namespace" || /^ClusterRole|^ValidatingAdmissionPolicy|^PriorityClass$/.test(kind);
                    assert.equal(metadata.namespace, isOfCluster ? undefined : "chattingo");
                    assert.equal(metadata.labels.tier, "logging", `${kind} ${metadata.name}`);
                    assert.equal(metadata.labels["app.kubernetes.io/part-of"], "chattingo-logging");
                }
                const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
                assert.equal(new Set(names).size, names.length);
            });

            it("hangs every resource into a component", () => {
                const loose = found.resources.filter(({ custom, parent }) => custom && !parent);
                assert.deepEqual(loose, []);
            });

            it("sends every Kubernetes object to the cluster that the stack names, dev where the kubeconfig leads", () => {
                const providers = found.resources
                    .filter(({ type }) => type.startsWith("kubernetes:"))
                    .map(({ provider }) => provider);
                assert.deepEqual([...new Set(providers)], [stack === "dev" ? undefined : "cluster"]);
            });

            it("gives the uploader an access key in dev, and a role elsewhere", () => {
                assert.equal(found.types().includes("aws:iam/accessKey:AccessKey"), stack === "dev");
                assert.equal(found.types().includes("aws:iam/role:Role"), stack !== "dev");
            });

            it("says where things are, and tells no secret", async () => {
                const names = Object.keys(outputs).filter((name) => outputs[name] !== null);
                const expected = [
                    "archiveVolume",
                    "bucketName",
                    "elasticsearchUrl",
                    "keyArn",
                    "kibanaAccess",
                    "kibanaUrl",
                    "namespace",
                    "search",
                ];
                assert.deepEqual(
                    names.toSorted(),
                    stack === "dev" ? expected : [...expected, "eksClusterArn", "kibanaLogin", "roleArn"].toSorted(),
                );
                assert.equal(await loginIsSecret(outputs), stack !== "dev");
                assert.equal(await resolved(outputs.namespace), "chattingo");
                assert.equal(
                    await resolved(outputs.bucketName),
                    stack === "prod" ? "chattingo-logs" : `chattingo-logs-${stack}`,
                );
            });
        });
    }

    it("reaches an EKS cluster by what AWS tells of it, without a path of this machine", async () => {
        const inputs = await providerInputs("prod", {});
        const { clusters } = JSON.parse(String(inputs.kubeconfig));
        assert.match(clusters[0].cluster.server, /^https:\/\/[0-9A-F]{32}\.gr7\.us-east-1\.eks\.amazonaws\.com$/);
        assert.equal(inputs.clusterIdentifier, "arn:aws:eks:us-east-1:123456789012:cluster/chattingo-prod");
        assert.deepEqual([inputs.enableConfigMapMutable, inputs.enableSecretMutable], ["true", "true"]);
    });

    it("reaches a cluster outside EKS by the context that the stack names, without a path of this machine", async () => {
        const inputs = await providerInputs("dev", { "chattingo-logging:cluster.context": "on-premises" });
        assert.deepEqual([inputs.context, inputs.kubeconfig], ["on-premises", ""]);
        assert.equal(inputs.clusterIdentifier, undefined);
    });

    it("refuses to go to another EKS cluster than the last up, before any resource is registered", async () => {
        const lastOutputs = { eksClusterArn: "arn:aws:eks:us-east-1:123456789012:cluster/chattingo-staging" };
        await assert.rejects(declaredStack("prod", { lastOutputs }), {
            message: /cluster\.eksName = chattingo-prod: the stack is in the EKS cluster chattingo-staging/,
        });
    });

    it("refuses to make a single node of a cluster, before any resource is registered", async () => {
        const config = { "chattingo-logging:search.mode": "single", "chattingo-logging:search.replicas": "1" };
        const lastOutputs = { search: { mode: "cluster", replicas: 3 } };
        await assert.rejects(declaredStack("prod", { config, lastOutputs }), {
            message: /nothing was provisioned.*search\.mode.*single.*cluster of 3 nodes/s,
        });
    });

    it("refuses to take away nodes that hold data, until their data is said to be moved", async () => {
        const shrink = (from: number, to: number, shrinkFrom?: number) =>
            declaredStack("prod", {
                config: {
                    "chattingo-logging:search.replicas": String(to),
                    ...(shrinkFrom === undefined ? {} : { "chattingo-logging:search.shrinkFrom": String(shrinkFrom) }),
                },
                lastOutputs: { search: { mode: "cluster", replicas: from } },
            });
        await assert.rejects(shrink(5, 3), {
            message:
                /nothing was provisioned.*search\.replicas.*5 nodes.*elasticsearch-3 and elasticsearch-4.*search\.shrinkFrom 5/s,
        });
        // It was said of another number of nodes: an earlier shrink.
        await assert.rejects(shrink(5, 4, 6), /elasticsearch-4 first/);
        const { found } = await shrink(5, 3, 5);
        const claims = found.types().filter((type) => type === "kubernetes:core/v1:PersistentVolumeClaim");
        assert.equal(claims.length, 4, "three nodes' and the archive's");
        await assert.rejects(shrink(9, 4, 9), /no fewer than 5 may be left at a time/);
        await shrink(9, 5, 9);
        await shrink(3, 3, 5);
    });

    it("refuses other classes and smaller sizes of volumes that hold data, all together", async () => {
        const volume = { size: "100Gi", storageClass: "gp3" };
        const archiveVolume = { size: "20Gi", storageClass: "efs", accessMode: "ReadWriteMany" };
        const lastOutputs = { search: { mode: "cluster", replicas: 3, volume }, archiveVolume };
        await declaredStack("prod", { lastOutputs });
        await declaredStack("prod", {
            lastOutputs,
            config: { "chattingo-logging:search.storage": "1Ti", "chattingo-logging:archive.volumeSize": "21Gi" },
        });
        const config = {
            "chattingo-logging:search.storageClass": "io2",
            "chattingo-logging:search.storage": "90Gi",
            "chattingo-logging:archive.volumeStorageClass": "",
            "chattingo-logging:archive.volumeSize": "19Gi",
        };
        await assert.rejects(declaredStack("prod", { config, lastOutputs }), (error: Error) => {
            assert.match(error.message, /4 settings are wrong, and nothing was provisioned/);
            for (const [key, fix] of [
                ["search.storageClass", "gp3"],
                ["search.storage", "100Gi"],
                ["archive.volumeStorageClass", "efs"],
                ["archive.volumeSize", "20Gi"],
            ]) {
                assert.ok(
                    error.message.includes(`pulumi config set --stack prod chattingo-logging:${key} ${fix}`),
                    key,
                );
            }
            return true;
        });
    });

    it("lets a single node grow into a cluster, and a cluster grow", async () => {
        for (const search of [
            { mode: "single", replicas: 1 },
            { mode: "cluster", replicas: 3 },
        ]) {
            const config = { "chattingo-logging:search.replicas": "5" };
            const { found } = await declaredStack("prod", { config, lastOutputs: { search } });
            const claims = found.types().filter((type) => type === "kubernetes:core/v1:PersistentVolumeClaim");
            assert.equal(claims.length, 6, "five nodes' and the archive's");
        }
    });
});
