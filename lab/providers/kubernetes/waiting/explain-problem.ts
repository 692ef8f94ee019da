// Why an object is not what it should be: the state of its pods, the end of the log of what failed, the last warnings.

import { type ApiClient, ApiError } from "../api-client.ts";
import type { KubernetesObject } from "../kubernetes-object.ts";
import { condition } from "./condition.ts";

const logLines = 20;
const shownPods = 3;
const shownWarnings = 5;

interface ContainerStatus {
    readonly name: string;
    readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: { readonly exitCode: number; readonly reason?: string };
    };
    readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

/** Lines that name the object's pods, their state and the last warnings about the object and about them. */
export async function explainProblem(object: KubernetesObject, api: ApiClient): Promise<readonly string[]> {
    const { name, namespace } = object.metadata;
    if (!namespace) {
        return [];
    }
    try {
        const pods = (await podsOf(object, namespace, api)).toSorted(worstFirst).slice(0, shownPods);
        const explained = await Promise.all(pods.map((pod) => explainPod(pod, namespace, api)));
        const warnings = await warningsAbout([name, ...pods.map((pod) => pod.metadata.name)], namespace, api);
        return [...explained.flat(), ...warnings];
    } catch (error) {
        return [`(no more is known: ${error instanceof Error ? error.message : String(error)})`];
    }
}

async function podsOf(
    object: KubernetesObject,
    namespace: string,
    api: ApiClient,
): Promise<readonly KubernetesObject[]> {
    if (object.kind === "Pod") {
        return [object];
    }
    const labels = selectedLabels(object);
    if (Object.keys(labels).length === 0) {
        return [];
    }
    const labelSelector = Object.entries(labels)
        .map(([label, value]) => `${label}=${value}`)
        .join(",");
    return api.list({ apiVersion: "v1", kind: "Pod", namespace }, { labelSelector });
}

/** A Service selects by labels directly, controllers by a selector that holds them. */
function selectedLabels(object: KubernetesObject): Readonly<Record<string, string>> {
    const selector = object.spec?.selector;
    const labels =
        object.kind === "Service" ? selector : (selector as { matchLabels?: unknown } | undefined)?.matchLabels;
    return (labels as Readonly<Record<string, string>> | undefined) ?? {};
}

function worstFirst(one: KubernetesObject, other: KubernetesObject): number {
    const rank = (pod: KubernetesObject) => (condition(pod, "Ready")?.status === "True" ? 1 : 0);
    return rank(one) - rank(other);
}

async function explainPod(pod: KubernetesObject, namespace: string, api: ApiClient): Promise<readonly string[]> {
    const { name } = pod.metadata;
    const scheduled = condition(pod, "PodScheduled");
    const unscheduled = scheduled?.status === "False" ? `, not scheduled: ${scheduled.message ?? ""}` : "";
    const lines = [`pod ${name}: ${String(pod.status?.phase)}${unscheduled}`];
    const status = pod.status as
        | { containerStatuses?: readonly ContainerStatus[]; initContainerStatuses?: readonly ContainerStatus[] }
        | undefined;
    for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
        const { waiting } = container.state ?? {};
        const ended = container.state?.terminated ?? container.lastState?.terminated;
        if (waiting) {
            lines.push(
                `  container ${container.name} waits: ${waiting.reason ?? ""} ${waiting.message ?? ""}`.trimEnd(),
            );
        }
        if (ended && ended.exitCode !== 0) {
            lines.push(`  container ${container.name} ended with status ${ended.exitCode}; its log ends:`);
            lines.push(...(await logTail(name, namespace, container, api)));
        }
    }
    return lines;
}

async function logTail(
    pod: string,
    namespace: string,
    container: ContainerStatus,
    api: ApiClient,
): Promise<readonly string[]> {
    // A container that was started again has the log of what failed as its previous one.
    const previous = container.state?.terminated ? "false" : "true";
    try {
        const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
        const text = await api.text("GET", path, {
            query: { container: container.name, tailLines: String(logLines), previous },
        });
        return text
            .trimEnd()
            .split("\n")
            .map((line) => `    ${line}`);
    } catch (error) {
        if (error instanceof ApiError) {
            return [`    (no log: ${error.message})`];
        }
        throw error;
    }
}

/** The last warnings about the objects of these names and about what they own, whose names begin with theirs. */
async function warningsAbout(names: readonly string[], namespace: string, api: ApiClient): Promise<readonly string[]> {
    const events = await api.list({ apiVersion: "v1", kind: "Event", namespace }, { fieldSelector: "type=Warning" });
    const subject = (event: KubernetesObject) =>
        event.involvedObject as { readonly kind: string; readonly name: string };
    return events
        .filter((event) => names.some((name) => `${subject(event).name}-`.startsWith(`${name}-`)))
        .toSorted((one, other) => timeOf(one).localeCompare(timeOf(other)))
        .slice(-shownWarnings)
        .map((event) => {
            const { kind, name } = subject(event);
            return `warning about ${kind} ${name}: ${String(event.reason)}: ${String(event.message)}`;
        });
}

function timeOf(event: KubernetesObject): string {
    return String(event.lastTimestamp ?? event.eventTime ?? "");
}
