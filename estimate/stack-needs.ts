// What a stack takes of its cluster, counted from its manifests: pods, CPU, memory and volumes.

import { quantityValue } from "../formats/quantity.ts";
import { gibibyte } from "./search-capacity.ts";

/** CPU in cores, memory in bytes. */
interface Amounts {
    readonly cpu: number;
    readonly memory: number;
}

/** What pods reserve, and what they may take at most. */
interface PodAmounts {
    readonly requests: Amounts;
    readonly limits: Amounts;
}

/** Pods that run all the time. */
interface Running extends PodAmounts {
    readonly pods: number;
}

/** Claims of one size and class. */
interface Volumes {
    readonly count: number;
    readonly size: string;
    /** Undefined: the cluster's default. */
    readonly storageClass: string | undefined;
}

/** What a stack takes of its cluster. */
export interface StackNeeds {
    /** Pods of Deployments and StatefulSets. */
    readonly cluster: Running;
    /** Pods of DaemonSets, on each node. */
    readonly eachNode: Running;
    /** The most that a pod of a Job or CronJob takes, while it runs. */
    readonly largestJob: PodAmounts;
    /** The most that any pod reserves: a node has to have that free. */
    readonly largestPod: Amounts;
    readonly volumes: readonly Volumes[];
}

/** A container of a manifest, as far as it is counted. */
interface Container {
    readonly restartPolicy?: string;
    readonly resources?: Partial<Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>>;
}

interface PodTemplate {
    readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
}

/** A manifest, as far as it is counted. */
export interface Manifest {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec?: {
        readonly replicas?: number;
        readonly template?: PodTemplate;
        readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
        readonly resources?: { readonly requests?: { readonly storage?: string } };
        readonly storageClassName?: string;
    };
}

const none: Amounts = { cpu: 0, memory: 0 };

/**
 * Counts what the manifests of a stack ask for. The pods that rotation starts on each node are those of its own Job.
 *
 * @throws an error that names a workload of which a container has no request or no limit
 */
export function stackNeeds(manifests: readonly Manifest[]): StackNeeds {
    const counted = (kinds: readonly string[]) =>
        manifests.flatMap((manifest) => {
            const template = manifest.spec?.template ?? manifest.spec?.jobTemplate?.spec.template;
            const replicas = manifest.spec?.replicas ?? 1;
            return kinds.includes(manifest.kind) && template
                ? [{ replicas, pod: podAmounts(template, `${manifest.kind} ${manifest.metadata.name}`) }]
                : [];
        });
    const cluster = counted(["Deployment", "StatefulSet"]);
    const eachNode = counted(["DaemonSet"]);
    const jobs = counted(["Job", "CronJob"]).map(({ pod }) => pod);
    const pods = [...cluster, ...eachNode].map(({ pod }) => pod);
    return {
        cluster: running(cluster),
        eachNode: running(eachNode),
        largestJob: { requests: most(jobs.map(requestsOf)), limits: most(jobs.map(({ limits }) => limits)) },
        largestPod: most([...pods, ...jobs].map(requestsOf)),
        volumes: volumesOf(manifests),
    };
}

function requestsOf({ requests }: PodAmounts): Amounts {
    return requests;
}

function running(workloads: readonly { readonly replicas: number; readonly pod: PodAmounts }[]): Running {
    const pods = workloads.flatMap(({ replicas, pod }) => Array<PodAmounts>(replicas).fill(pod));
    return {
        pods: pods.length,
        requests: sum(pods.map(requestsOf)),
        limits: sum(pods.map(({ limits }) => limits)),
    };
}

/**
 * Containers run together, after init containers one at a time:
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
function podAmounts({ spec }: PodTemplate, workload: string): PodAmounts {
    const starting = spec.initContainers ?? [];
    const amounts = (kind: "requests" | "limits") => {
        const of = (container: Container) => amountsOf(container, kind, workload);
        // One that is restarted stays beside the containers.
        const together = [...spec.containers, ...starting.filter(({ restartPolicy }) => restartPolicy === "Always")];
        return most([sum(together.map(of)), ...starting.map(of)]);
    };
    return { requests: amounts("requests"), limits: amounts("limits") };
}

function amountsOf({ resources }: Container, kind: "requests" | "limits", workload: string): Amounts {
    const amount = (name: string) => {
        const value = quantityValue(resources?.[kind]?.[name] ?? "");
        if (value === undefined) {
            throw new Error(`${workload} has a container without ${name} in its ${kind}`);
        }
        return value;
    };
    return { cpu: amount("cpu"), memory: amount("memory") };
}

function sum(all: readonly Amounts[]): Amounts {
    return all.reduce((total, { cpu, memory }) => ({ cpu: total.cpu + cpu, memory: total.memory + memory }), none);
}

function most(all: readonly Amounts[]): Amounts {
    return { cpu: Math.max(0, ...all.map(({ cpu }) => cpu)), memory: Math.max(0, ...all.map(({ memory }) => memory)) };
}

function volumesOf(manifests: readonly Manifest[]): readonly Volumes[] {
    const claims = manifests.flatMap(({ kind, spec }) =>
        kind === "PersistentVolumeClaim"
            ? [{ size: spec?.resources?.requests?.storage ?? "", storageClass: spec?.storageClassName }]
            : [],
    );
    const kindOf = ({ size, storageClass }: (typeof claims)[number]) => `${size} ${storageClass}`;
    const kinds = new Map(claims.map((claim) => [kindOf(claim), claim]));
    return [...kinds].map(([kind, claim]) => ({
        count: claims.filter((other) => kindOf(other) === kind).length,
        ...claim,
    }));
}

/** The needs of several stacks side by side, as a table in Markdown. */
export function needsTable(stacks: Readonly<Record<string, StackNeeds>>): string {
    const needs = Object.values(stacks);
    const row = (what: string, text: (of: StackNeeds) => string) => [what, ...needs.map(text)];
    const rows: readonly (readonly string[])[] = [
        ["", ...Object.keys(stacks).map((stack) => `\`${stack}\``)],
        row("---", () => "---"),
        row("Pods", ({ cluster }) => String(cluster.pods)),
        row("CPU: requests / limits", ({ cluster }) => both(cluster, cores)),
        row("Memory: requests / limits", ({ cluster }) => both(cluster, size)),
        row("Pods on each node besides", ({ eachNode }) => String(eachNode.pods)),
        row("CPU on each node besides", ({ eachNode }) => both(eachNode, cores)),
        row("Memory on each node besides", ({ eachNode }) => both(eachNode, size)),
        row("Largest pod: requests", ({ largestPod }) => `${cores(largestPod)} CPU, ${size(largestPod)}`),
        row("A Job while it runs: CPU, at most", ({ largestJob }) => both(largestJob, cores)),
        row("A Job while it runs: memory, at most", ({ largestJob }) => both(largestJob, size)),
        row("Volumes", ({ volumes }) => volumes.map(volumesText).join(", ")),
    ];
    return rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function both({ requests, limits }: PodAmounts, text: (amounts: Amounts) => string): string {
    return `${text(requests)} / ${text(limits)}`;
}

function cores({ cpu }: Amounts): string {
    return String(Number(cpu.toFixed(2)));
}

function size({ memory }: Amounts): string {
    return `${Number((memory / gibibyte).toFixed(2))} GiB`;
}

function volumesText({ count, size, storageClass }: Volumes): string {
    return `${count} × ${size}${storageClass === undefined ? "" : ` (${storageClass})`}`;
}
