// What has to be in a cluster before a stack's first `pulumi up`, and how to get it: classes of volumes and Ingresses, the
// certificate of the Ingress, a volume that all nodes can mount, and a Prometheus that looks at what the stack makes.

import { servesTls } from "../components/ingress-tls.ts";
import { labelsOf, namespaceName } from "../components/labels.ts";
import { oldestKubernetesMinor } from "../components/rotation-admission.ts";
import type { Settings } from "../settings.ts";
import { whyNoLogNode } from "../workloads/log-nodes.ts";
import type { Finding, Kubectl } from "./cluster-findings.ts";

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

/** https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass */
const defaultClass = "storageclass.kubernetes.io/is-default-class";

async function storageFindings({ search, archive }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const classes = await list(kubectl, "storageclasses");
    const names = classes.map(({ metadata }) => metadata.name);
    const hasDefault = classes.some(({ metadata }) => metadata.annotations?.[defaultClass] === "true");
    const wanted = [
        ["search.storageClass", search.storageClass],
        ["archive.volumeStorageClass", archive.volumeStorageClass],
    ] as const;
    return wanted.flatMap(([key, name]) => {
        if (name === undefined) {
            return hasDefault
                ? []
                : [
                      `the cluster has no default StorageClass, which ${key} counts on by being empty: name one of ${names.join(", ") || "none"}, or annotate one with ${defaultClass}=true`,
                  ];
        }
        return names.includes(name)
            ? []
            : [
                  `the cluster has no StorageClass ${name}, which ${key} names (there are: ${names.join(", ") || "none"}): install its CSI driver and make the class, as docs/first-deployment.md does for gp3 and efs`,
              ];
    });
}

async function nodeFindings({ archive }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const nodes = (await list(kubectl, "nodes")).filter(({ metadata }) => !whyNoLogNode(metadata.labels ?? {}));
    return archive.volumeAccessMode === "ReadWriteMany" || nodes.length <= 1
        ? []
        : [
              `archive.volumeAccessMode is ReadWriteOnce, and rotation writes archives on ${nodes.length} nodes, of which only one can mount such a volume: set archive.volumeAccessMode to ReadWriteMany and archive.volumeStorageClass to a class that many nodes can mount, such as one of EFS`,
          ];
}

async function ingressFindings({ kibana }: Settings, kubectl: Kubectl): Promise<readonly string[]> {
    const { ingress } = kibana;
    if (ingress === undefined) {
        return [];
    }
    const { className, tlsSecretName } = ingress;
    const names = (await list(kubectl, "ingressclasses")).map(({ metadata }) => metadata.name);
    const secret =
        tlsSecretName === undefined
            ? ""
            : await kubectl("get", "secret", tlsSecretName, "-n", namespaceName, "--ignore-not-found", "-o", "name");
    return [
        ...(className === undefined || names.includes(className)
            ? []
            : [
                  `the cluster has no IngressClass ${className}, which kibana.ingress.className names (there are: ${names.join(", ") || "none"}): install its controller`,
              ]),
        ...(servesTls(ingress) && tlsSecretName !== undefined && secret.trim() === ""
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
