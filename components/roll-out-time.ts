// How long the engine waits for a workload: the provider gives each ten minutes unless it is told otherwise
// (https://www.pulumi.com/docs/iac/concepts/resources/options/customtimeouts/), and then calls a roll-out failed that goes on.

import type * as pulumi from "@pulumi/pulumi";
import { quantityValue } from "../formats/quantity.ts";

/** For a node that has to be started first, an image that has to be pulled, and a program that starts. */
const startMinutes = 15;
/** Bytes a second at which Elasticsearch brings a shard back: https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/index-recovery-settings */
const recoveryRate = 40 * 2 ** 20;

/** The time to wait for what is made and what is changed. */
export function waitingAtMost(minutes: number): pulumi.CustomTimeouts {
    return { create: `${minutes}m`, update: `${minutes}m` };
}

/** Minutes for a workload of one pod, or of which one pod is enough. */
export const onePodMinutes = startMinutes + 5;

/**
 * Minutes for Elasticsearch, whose nodes are replaced one after the other, each when the cluster is green again: at worst
 * each node's whole volume is copied.
 *
 * @param storage size of a node's volume, a Kubernetes quantity
 */
export function elasticsearchMinutes(replicas: number, storage: string): number {
    const copying = (quantityValue(storage) ?? 0) / recoveryRate / 60;
    return Math.ceil(replicas * (startMinutes + (replicas > 1 ? copying : 0)));
}

/** Minutes for a Job that ends by itself after so many seconds, so that what it says of its failure is what people see. */
export function jobMinutes(deadlineSeconds: number): number {
    return Math.ceil(deadlineSeconds / 60) + 5;
}
