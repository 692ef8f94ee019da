// What is said of a cluster that lacks what a stack needs before its first `pulumi up`.

import assert from "node:assert/strict";
import type { Kubectl } from "../../../cluster/kubectl.ts";
import { prerequisiteFindings } from "../../../scripts/cluster-prerequisites.ts";
import { parseSettings } from "../../../settings/index.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";

type Metadata = Readonly<Record<string, unknown>>;

/** What a cluster has, by resource type; the rest is as prod wants it. */
type Cluster = Readonly<
    Record<string, readonly { readonly metadata: Metadata; readonly spec?: object; readonly provisioner?: string }[]>
>;

const named = (name: string, more: Metadata = {}) => ({ metadata: { name, ...more } });
const node = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    named(name, { labels: { "kubernetes.io/os": "linux", ...labels } });
const prometheuses = "prometheuses.monitoring.coreos.com";
const whole: Cluster = {
    storageclasses: [
        { ...named("gp3"), provisioner: "ebs.csi.aws.com" },
        { ...named("efs"), provisioner: "efs.csi.aws.com" },
    ],
    csidrivers: [named("ebs.csi.aws.com"), named("efs.csi.aws.com")],
    nodes: [node("a"), node("b"), node("c")],
    ingressclasses: [{ ...named("alb"), spec: { controller: "ingress.k8s.aws/alb" } }],
    secret: [],
    [prometheuses]: [],
};

async function findings(
    stack: string,
    differences: Cluster = {},
    changes: Readonly<Record<string, string>> = {},
    minor = "34",
): Promise<readonly string[]> {
    const cluster = { ...whole, ...differences };
    const kubectl: Kubectl = async (verb, type = "", ...args) => {
        if (verb === "version") {
            return JSON.stringify({ serverVersion: { major: "1", minor, gitVersion: `v1.${minor}.0` } });
        }
        if (type === "crd") {
            return `customresourcedefinition/${prometheuses}`;
        }
        const items = cluster[type] ?? assert.fail(`asks for ${type}`);
        return type === "secret"
            ? items.flatMap(({ metadata }) => (metadata.name === args[0] ? [`secret/${args[0]}`] : [])).join("\n")
            : JSON.stringify({ items });
    };
    const { values, origins } = readStackConfig(stack);
    const found = await prerequisiteFindings(parseSettings(stack, { ...values, ...changes }, origins), kubectl);
    assert.ok(found.every(({ kind }) => kind === "open"));
    return found.map(({ text }) => text);
}

describe("the prerequisites of a stack", () => {
    it("are all there in a cluster as prod wants it", async () => {
        assert.deepEqual(await findings("prod"), []);
    });

    it("name a Kubernetes that has no admission policies", async () => {
        assert.deepEqual(await findings("prod", {}, {}, "30+"), []);
        const [tooOld = "", ...others] = await findings("prod", {}, {}, "29+");
        assert.deepEqual(others, []);
        assert.match(tooOld, /v1\.29\+\.0.*upgrade it to 1\.30 or newer/);
    });

    it("name each StorageClass that is missing, its setting and those that there are", async () => {
        const [gp3 = "", efs = "", ...others] = await findings("prod", { storageclasses: [named("gp2")] });
        assert.deepEqual(others, []);
        assert.match(gp3, /no StorageClass gp3, which search\.storageClass names \(there are: gp2\).*first-deployment/);
        assert.match(efs, /no StorageClass efs, which archive\.volumeStorageClass names/);
    });

    it("name each CSI driver that a class counts on, with the add-on of EKS", async () => {
        const [ebs = "", efs = "", ...others] = await findings("prod", { csidrivers: [] });
        assert.deepEqual(others, []);
        assert.match(
            ebs,
            /no CSI driver ebs\.csi\.aws\.com.*StorageClass gp3: aws eks create-addon.*aws-ebs-csi-driver/,
        );
        assert.match(efs, /no CSI driver efs\.csi\.aws\.com.*StorageClass efs: .*aws-efs-csi-driver/);
        const other = [{ ...named("gp3"), provisioner: "rancher.io/local-path" }, named("efs")];
        assert.deepEqual(await findings("prod", { storageclasses: other, csidrivers: [] }), []);
    });

    it("name a class of EBS for a volume that many nodes have to mount", async () => {
        const storageclasses = [named("gp3"), { ...named("efs"), provisioner: "ebs.csi.aws.com" }];
        assert.match((await findings("prod", { storageclasses })).join(), /StorageClass efs makes volumes of ebs\.csi/);
    });

    it("name a default StorageClass where one is counted on", async () => {
        assert.equal((await findings("dev", { nodes: [node("a")] })).length, 2);
        const standard = named("standard", {
            annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        });
        assert.deepEqual(await findings("dev", { nodes: [node("a")], storageclasses: [standard] }), []);
    });

    it("name an archive volume that only one of several nodes with logs can mount", async () => {
        const once = {
            "chattingo-logging:search.storageClass": "gp3",
            "chattingo-logging:archive.volumeStorageClass": "gp3",
        };
        const [finding = "", ...others] = await findings("dev", {}, once);
        assert.deepEqual(others, []);
        assert.match(finding, /ReadWriteOnce, and rotation writes archives on 3 nodes.*ReadWriteMany/);
        const fargate = node("f", { "eks.amazonaws.com/compute-type": "fargate" });
        assert.deepEqual(await findings("dev", { nodes: [node("a"), fargate] }, once), []);
    });

    it("name the IngressClass and the certificate of Kibana's Ingress", async () => {
        const [ingressClass = "", secret = "", ...others] = await findings("prod", { ingressclasses: [] });
        assert.deepEqual(others, []);
        assert.match(ingressClass, /no IngressClass alb, which kibana\.ingress\.className names.*lbc-helm/);
        assert.match(secret, /no Secret kibana-tls in the namespace chattingo/);
        const traefik = [{ ...named("traefik"), spec: { controller: "traefik.io/ingress-controller" } }];
        const ofTraefik = { "chattingo-logging:kibana.ingress.className": "traefik" };
        const cluster = { ingressclasses: traefik, secret: [named("kibana-tls")] };
        assert.deepEqual(await findings("prod", cluster, ofTraefik), []);
        assert.equal((await findings("prod", { ...cluster, secret: [] }, ofTraefik)).length, 1);
    });

    it("name the labels by which every Prometheus passes over rules and monitors", async () => {
        const selector = { matchLabels: { release: "kube-prometheus-stack" } };
        const server = {
            metadata: { name: "k8s", namespace: "monitoring" },
            spec: { ruleSelector: selector, serviceMonitorSelector: selector },
        };
        const [finding = "", ...others] = await findings("prod", { [prometheuses]: [server] });
        assert.deepEqual(others, []);
        assert.match(finding, /Prometheus monitoring\/k8s .*release=kube-prometheus-stack.*Set monitoring\.labels/);
        const labels = { "chattingo-logging:monitoring.labels": '{"release":"kube-prometheus-stack"}' };
        assert.deepEqual(await findings("prod", { [prometheuses]: [server] }, labels), []);
        const takesAll = { ...server, spec: { ruleSelector: {}, serviceMonitorSelector: {} } };
        assert.deepEqual(await findings("prod", { [prometheuses]: [takesAll] }), []);
    });
});
