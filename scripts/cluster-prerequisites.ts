// What has to be in a cluster before a stack's first `pulumi up`, and how to get it: classes of volumes and Ingresses, the
// certificate of the Ingress, a volume that all nodes can mount, and a Prometheus that looks at what the stack makes.

import {
    defaultClassAnnotation,
    isClass,
    oneNodeClass,
    type StorageClass,
    tooManyNodes,
} from "../cluster/archive-volume.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { labelsOf, namespaceName } from "../components/labels.ts";
import { oldestKubernetesMinor } from "../components/rotation-admission.ts";
import { whyNoLogNode } from "../formats/log-nodes.ts";
import type { Settings } from "../settings/index.ts";
import { servesTls } from "../settings/ingress-tls.ts";
import type { Finding } from "./cluster-findings.ts";

interface KubernetesObject {
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
}

/** Everything that is missing, each with the setting that counts on it and the way out; empty when all is there. */
export async function prerequisiteFindings(settings: Settings, kubectl: Kubectl): Promise<readonly Finding[]> {
    const findings = await Promise.all([
        versionFindings(kubectl),
        storageFindings(settings, kubectl),
        nodeFindings(settings, kubectl),
        ingressFindings(settings, kubectl),
        selectorFindings(settings, kubectl),
    ]);
    return findings.flat().map((text) => ({ kind: "open", text }));
}

async function list<T extends KubernetesObject>(kubectl: Kubectl, ...what: readonly string[]): Promise<readonly T[]> {
    return (JSON.parse(await kubectl("get", ...what, "--output=json")) as { readonly items: readonly T[] }).items;
}

async function versionFindings(kubectl: Kubectl): Promise<readonly string[]> {
    const { serverVersion } = JSON.parse(await kubectl("version", "--output=json")) as {
        readonly serverVersion: { readonly major: string; readonly minor: string; readonly gitVersion: string };
    };
    // EKS writes "30+".
    const isTooOld = serverVersion.major === "1" && Number.parseInt(serverVersion.minor, 10) < oldestKubernetesMinor;
    return isTooOld
        ? [
              `the cluster is Kubernetes ${serverVersion.gitVersion}, which lacks the ValidatingAdmissionPolicy that holds what rotation's account creates: upgrade it to 1.${oldestKubernetesMinor} or newer`,
          ]
        : [];
}

async function storageFindings({ search, archive }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const classes = await list<KubernetesObject & StorageClass>(kubectl, "storageclasses");
    const names = classes.map(({ metadata }) => metadata.name);
    const wanted = [
        ["search.storageClass", search.storageClass],
        ["archive.volumeStorageClass", archive.volumeStorageClass],
    ] as const;
    const missing = wanted.flatMap(([key, name]) => {
        if (classes.some((each) => isClass(each, name))) {
            return [];
        }
        return name === undefined
            ? [
                  `the cluster has no default StorageClass, which ${key} counts on by being empty: name one of ${names.join(", ") || "none"}, or annotate one with ${defaultClassAnnotation}=true`,
              ]
            : [
                  `the cluster has no StorageClass ${name}, which ${key} names (there are: ${names.join(", ") || "none"}): install its CSI driver and make the class, as docs/first-deployment.md does for gp3 and efs`,
              ];
    });
    const used = classes.filter((each) => wanted.some(([, name]) => isClass(each, name)));
    return [...missing, ...(await driverFindings(used, kubectl)), oneNodeClass(archive, classes) ?? []].flat();
}

/** How to get the drivers of AWS: https://docs.aws.amazon.com/eks/latest/userguide/storage.html */
const driverAddons: Readonly<Record<string, string>> = {
    "ebs.csi.aws.com": "aws-ebs-csi-driver",
    "efs.csi.aws.com": "aws-efs-csi-driver",
};

/** CSI drivers of the classes that no pod of the cluster has registered. Other provisioners register nothing. */
async function driverFindings(classes: readonly StorageClass[], kubectl: Kubectl): Promise<readonly string[]> {
    const drivers = (await list(kubectl, "csidrivers")).map(({ metadata }) => metadata.name);
    return classes.flatMap(({ metadata, provisioner = "" }) => {
        const addon = driverAddons[provisioner];
        return !provisioner.split(".").includes("csi") || drivers.includes(provisioner)
            ? []
            : [
                  `the cluster has no CSI driver ${provisioner}, which makes the volumes of the StorageClass ${metadata.name}: ${
                      addon === undefined
                          ? "install it"
                          : `aws eks create-addon --cluster-name <cluster> --addon-name ${addon}, with a role as docs/first-deployment.md says`
                  }`,
              ];
    });
}

async function nodeFindings({ archive }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const nodes = (await list(kubectl, "nodes")).filter(({ metadata }) => !whyNoLogNode(metadata.labels ?? {}));
    return [tooManyNodes(archive, nodes.length) ?? []].flat();
}

interface IngressClass extends KubernetesObject {
    readonly spec?: { readonly controller?: string };
}

/**
 * Controllers of ALBs, the second of them that of EKS Auto Mode. They take certificates from ACM, by the host:
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/cert_discovery/
 */
const loadBalancerControllers = ["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"];

async function ingressFindings({ kibana }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const { ingress } = kibana;
    if (ingress === undefined) {
        return [];
    }
    const { className, tlsSecretName } = ingress;
    const classes = await list<IngressClass>(kubectl, "ingressclasses");
    const names = classes.map(({ metadata }) => metadata.name);
    const { spec } = classes.find(({ metadata }) => metadata.name === className) ?? {};
    const isFromAcm = loadBalancerControllers.includes(spec?.controller ?? "");
    const secret =
        tlsSecretName === undefined
            ? ""
            : await kubectl("get", "secret", tlsSecretName, "-n", namespaceName, "--ignore-not-found", "-o", "name");
    return [
        ...(className === undefined || names.includes(className)
            ? []
            : [
                  `the cluster has no IngressClass ${className}, which kibana.ingress.className names (there are: ${names.join(", ") || "none"}): install its controller, for alb that of https://docs.aws.amazon.com/eks/latest/userguide/lbc-helm.html`,
              ]),
        ...(servesTls(ingress) && !isFromAcm && tlsSecretName !== undefined && secret.trim() === ""
            ? [
                  `there is no Secret ${tlsSecretName} in the namespace ${namespaceName}, which kibana.ingress.tlsSecretName names: the Ingress controller serves a certificate of its own until it is there`,
              ]
            : []),
    ];
}

interface Prometheus extends KubernetesObject {
    readonly spec?: {
        readonly ruleSelector?: Selector;
        readonly serviceMonitorSelector?: Selector;
    };
}

interface Selector {
    readonly matchLabels?: Readonly<Record<string, string>>;
}

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Prometheus */
async function selectorFindings({ monitoring }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const type = "prometheuses.monitoring.coreos.com";
    const isServed = (await kubectl("get", "crd", type, "--ignore-not-found", "-o", "name")).includes(type);
    if (!monitoring.enabled || !monitoring.operator || !isServed) {
        return [];
    }
    const servers = await list<Prometheus>(kubectl, type, "--all-namespaces");
    const labels: Readonly<Record<string, string>> = { ...monitoring.labels, ...labelsOf("monitoring", "monitoring") };
    const missing = ({ matchLabels = {} }: Selector = {}) =>
        Object.entries(matchLabels).filter(([key, value]) => labels[key] !== value);
    const left = servers.map(({ metadata, spec }) => ({
        name: `${metadata.namespace}/${metadata.name}`,
        wanted: [...new Map([...missing(spec?.ruleSelector), ...missing(spec?.serviceMonitorSelector)])],
    }));
    return left.length === 0 || left.some(({ wanted }) => wanted.length === 0)
        ? []
        : left.map(
              ({ name, wanted }) =>
                  `the Prometheus ${name} selects rules and monitors with ${wanted.map(([key, value]) => `${key}=${value}`).join(", ")}, and those of the stack have other labels: nobody is alerted. Set monitoring.labels to them`,
          );
}
