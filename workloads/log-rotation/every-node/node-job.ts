// The Job that rotates the logs of one node: the same for every node but for its name and its place.

import { createHash } from "node:crypto";
import { whyNoLogNode } from "../../../formats/log-nodes.ts";

/** What fan-out looks at of a node. */
export interface ClusterNode {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly status?: {
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: string;
            readonly reason?: string;
            readonly message?: string;
        }[];
    };
}

/** What fan-out looks at of a Job. */
export interface NodeJob {
    readonly metadata: { readonly name: string };
    readonly status?: {
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: string;
            readonly reason?: string;
            readonly message?: string;
        }[];
    };
}

/** A Job without a name and a place (`components/log-rotation.ts`). */
export interface JobTemplate {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
        /** Seconds. */
        readonly activeDeadlineSeconds: number;
        readonly template: { readonly metadata?: object; readonly spec: object };
    };
}

/** The Job whose pod fans out. */
export interface ParentJob {
    readonly name: string;
    /** Undefined when the pod belongs to no Job; nothing removes its node Jobs before their time then. */
    readonly uid: string | undefined;
}

/** Label of the node Jobs of a run; its value is the parent's name. */
export const runLabel = "chattingo.io/rotation-run";

/** A Job's name is a label of its pods, so it may be no longer. */
const longestName = 63;
const hashDigits = 8;

/** Why the node can't rotate its logs now; undefined when it is ready. */
export function whyAway({ status }: ClusterNode): string | undefined {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "True"
        ? undefined
        : `it is not ready (${ready?.message ?? ready?.reason ?? "it never reported"})`;
}

/**
 * Why the node has no log tree of its own; undefined when it has one. Such nodes stand for something else than a Linux
 * machine: https://docs.aws.amazon.com/eks/latest/userguide/fargate.html has no host paths.
 */
export function whyWithoutLogs({ metadata: { labels = {} } }: ClusterNode): string | undefined {
    return whyNoLogNode(labels);
}

/** Name of the node's Job: readable where it fits, and another one for every node in any case. */
export function nodeJobName(parent: string, node: string): string {
    const plain = `${parent}-${node}`;
    if (plain.length <= longestName && !node.includes(".")) {
        return plain;
    }
    const hash = createHash("sha256").update(node).digest("hex").slice(0, hashDigits);
    const parentPart = parent.slice(0, longestName - 2 - hashDigits - 1);
    const room = longestName - parentPart.length - 2 - hashDigits;
    const nodePart = node.replaceAll(".", "-").slice(0, room);
    return `${parentPart}-${nodePart}-${hash}`;
}

/** The Job for the node. */
export function nodeJob(template: JobTemplate, parent: ParentJob, node: string): object {
    const { metadata, spec } = template;
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
            name: nodeJobName(parent.name, node),
            labels: { ...metadata.labels, [runLabel]: parent.name },
            // Goes when the parent does.
            ...(parent.uid === undefined
                ? {}
                : {
                      ownerReferences: [
                          {
                              apiVersion: "batch/v1",
                              kind: "Job",
                              name: parent.name,
                              uid: parent.uid,
                              controller: false,
                          },
                      ],
                  }),
        },
        spec: {
            ...spec,
            template: {
                ...spec.template,
                spec: {
                    ...spec.template.spec,
                    // As a DaemonSet pins its pods: the scheduler still sees to the volume and to what the node has left.
                    affinity: {
                        nodeAffinity: {
                            requiredDuringSchedulingIgnoredDuringExecution: {
                                nodeSelectorTerms: [
                                    { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] },
                                ],
                            },
                        },
                    },
                },
            },
        },
    };
}

/** How the Job ended; undefined while it has not. */
export function outcomeOf({
    status,
}: NodeJob): { readonly hasSucceeded: boolean; readonly reason: string } | undefined {
    for (const { type, status: value, reason, message } of status?.conditions ?? []) {
        if (value === "True" && (type === "Complete" || type === "Failed")) {
            return { hasSucceeded: type === "Complete", reason: message ?? reason ?? type };
        }
    }
    return undefined;
}
