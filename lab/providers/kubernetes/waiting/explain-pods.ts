// Why an object's pods are not what they should be: their state, the last events and, for what has ended, the log's end.

import { type ApiClient, ApiError } from "../api-client.ts";
import type { KubernetesObject } from "../kubernetes-object.ts";

const logLines = 20;
const shownPods = 3;
const shownEvents = 5;

interface ContainerStatus {
    readonly name: string;
    readonly ready: boolean;
    readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: { readonly exitCode: number; readonly reason?: string };
    };
}

/** Lines about the pods that the object selects; none when it selects none. */
export async function explainPods(object: KubernetesObject, api: ApiClient): Promise<readonly string[]> {
    const labels = (object.spec?.selector as { matchLabels?: Record<string, string> } | undefined)?.matchLabels;
    const { namespace } = object.metadata;
    if (!labels || !namespace) {
        return [];
    }
    const labelSelector = Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(",");
    const pods = await api.list({ apiVersion: "v1", kind: "Pod", namespace }, { labelSelector });
    const explained = await Promise.all(pods.slice(-shownPods).map((pod) => explainPod(pod, namespace, api)));
    return explained.flat();
}

async function explainPod(pod: KubernetesObject, namespace: string, api: ApiClient): Promise<readonly string[]> {
    const { name } = pod.metadata;
    const lines = [`pod ${name}: ${String(pod.status?.phase)}`];
    const status = pod.status as
        | { containerStatuses?: readonly ContainerStatus[]; initContainerStatuses?: readonly ContainerStatus[] }
        | undefined;
    for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
        const { waiting, terminated } = container.state ?? {};
        if (waiting) {
            lines.push(
                `  container ${container.name} waits: ${waiting.reason ?? ""} ${waiting.message ?? ""}`.trimEnd(),
            );
        }
        if (terminated && terminated.exitCode !== 0) {
            lines.push(`  container ${container.name} ended with status ${terminated.exitCode}; its log ends:`);
            lines.push(...(await logTail(name, namespace, container.name, api)));
        }
    }
    const events = await api.list(
        { apiVersion: "v1", kind: "Event", namespace },
        { fieldSelector: `involvedObject.name=${name},type=Warning` },
    );
    lines.push(...events.slice(-shownEvents).map((event) => `  ${String(event.reason)}: ${String(event.message)}`));
    return lines;
}

async function logTail(pod: string, namespace: string, container: string, api: ApiClient): Promise<readonly string[]> {
    try {
        const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
        const text = await api.text("GET", path, { query: { container, tailLines: String(logLines) } });
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
