// What of a cluster is refused before anything is made, with a cluster's answers in the place of one.

import assert from "node:assert/strict";
import type { Kubectl } from "../../../cluster/kubectl.ts";
import { unfitness } from "../../../cluster/unfit-cluster.ts";
import { parseSettings } from "../../../settings/index.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";

/** What a cluster answers, by the path that is asked for. */
interface Cluster {
    readonly groups?: readonly string[];
    /** Labels of each node. */
    readonly nodes?: readonly Readonly<Record<string, string>>[];
    readonly classes?: readonly object[];
}

const linux = { "kubernetes.io/os": "linux" };
const storageClass = (name: string, provisioner: string, isDefault = false) => ({
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
    provisioner,
});

async function found(stack: string, cluster: Cluster, changes: Readonly<Record<string, string>> = {}) {
    const {
        groups = ["cert-manager.io", "monitoring.coreos.com"],
        nodes = [linux],
        classes = [storageClass("efs", "efs.csi.aws.com")],
    } = cluster;
    const answers: Readonly<Record<string, object>> = {
        "/apis": { groups: groups.map((name) => ({ name })) },
        "/api/v1/nodes": { items: nodes.map((labels) => ({ metadata: { labels } })) },
        "/apis/storage.k8s.io/v1/storageclasses": { items: classes },
    };
    const kubectl: Kubectl = async (verb, option, path = "", ...rest) => {
        assert.deepEqual([verb, option, ...rest], ["get", "--raw", "--request-timeout=10s"]);
        return JSON.stringify(answers[path] ?? assert.fail(`asks for ${path}`));
    };
    const { values, origins } = readStackConfig(stack);
    return unfitness(parseSettings(stack, { ...values, ...changes }, origins), kubectl);
}

describe("a cluster", () => {
    it("fits the stacks that it has everything for", async () => {
        for (const stack of ["dev", "prod", "compliance"]) {
            assert.deepEqual(await found(stack, {}), [], stack);
        }
    });

    it("is refused without cert-manager and without the Prometheus operator, each with how to get it", async () => {
        const [certManager = "", operator = "", ...others] = await found("prod", { groups: ["apps"] });
        assert.deepEqual(others, []);
        assert.match(certManager, /no cert-manager, which search\.certManager counts on.*https:\/\/cert-manager\.io/);
        assert.match(operator, /no Prometheus operator, which monitoring\.operator counts on.*https:\/\//);
        const without = {
            "chattingo-logging:search.certManager": "false",
            "chattingo-logging:monitoring.operator": "false",
        };
        assert.deepEqual(await found("prod", { groups: [] }, without), []);
    });

    it("is refused when one node can mount the archive volume and several have logs, however search is built", async () => {
        const [finding = "", ...others] = await found("dev", { nodes: [linux, linux, linux] });
        assert.deepEqual(others, []);
        assert.match(finding, /archive\.volumeAccessMode is ReadWriteOnce.*on 3 nodes.*ReadWriteMany/);
        const shared = {
            "chattingo-logging:archive.volumeAccessMode": "ReadWriteMany",
            "chattingo-logging:archive.volumeStorageClass": "efs",
        };
        assert.deepEqual(await found("dev", { nodes: [linux, linux, linux] }, shared), []);
        const withoutLogs = [
            { "kubernetes.io/os": "windows" },
            { ...linux, "eks.amazonaws.com/compute-type": "fargate" },
        ];
        assert.deepEqual(await found("dev", { nodes: [linux, ...withoutLogs] }), []);
    });

    it("is refused when the class of a volume for many nodes is one of EBS, named or by default", async () => {
        const [finding = "", ...others] = await found("prod", { classes: [storageClass("efs", "ebs.csi.aws.com")] });
        assert.deepEqual(others, []);
        assert.match(finding, /ReadWriteMany, and the StorageClass efs makes volumes of ebs\.csi\.aws\.com.*one node/);
        const byDefault = { "chattingo-logging:archive.volumeStorageClass": "" };
        const classes = [
            storageClass("efs", "efs.csi.aws.com"),
            storageClass("auto", "ebs.csi.eks.amazonaws.com", true),
        ];
        assert.match((await found("prod", { classes }, byDefault)).join(), /the StorageClass auto makes volumes/);
    });
});
