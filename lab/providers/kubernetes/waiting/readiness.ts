// When an object of each kind counts as being what it should be, after the rules that the official provider documents
// with each kind (https://www.pulumi.com/registry/packages/kubernetes/api-docs/apps/v1/deployment/ and its neighbours).
// Kinds that are not here are ready as soon as the API server has them.

import type { ApiClient } from "../api-client.ts";
import type { KubernetesObject } from "../kubernetes-object.ts";
import { condition, failed, type Readiness, ready, specNumber, statusNumber, waiting } from "./condition.ts";

/** Whether the object is what it should be, as far as it shows now. */
export async function readiness(object: KubernetesObject, api: ApiClient): Promise<Readiness> {
    switch (object.kind) {
        case "Deployment":
            return deployment(object);
        case "DaemonSet":
            return daemonSet(object);
        case "StatefulSet":
            return statefulSet(object);
        case "Job":
            return job(object);
        case "Pod":
            return pod(object);
        case "PersistentVolumeClaim":
            return claim(object, api);
        case "Service":
            return service(object, api);
        case "CustomResourceDefinition":
            return condition(object, "Established")?.status === "True" ? ready : waiting("not established yet");
        default:
            return ready;
    }
}

/** Whether the status speaks of the object as it is now, not as it was before the last change. */
function isObserved(object: KubernetesObject): boolean {
    return statusNumber(object, "observedGeneration") >= (object.metadata.generation ?? 0);
}

interface UpdateStrategy {
    readonly type?: string;
    readonly rollingUpdate?: { readonly partition?: number };
}

/** With `OnDelete` the controller leaves running pods as they are until somebody deletes them. */
function replacesPods(object: KubernetesObject): boolean {
    return (object.spec?.updateStrategy as UpdateStrategy | undefined)?.type !== "OnDelete";
}

function deployment(object: KubernetesObject): Readiness {
    if (object.spec?.paused === true) {
        return ready;
    }
    const wanted = specNumber(object, "replicas", 1);
    const updated = statusNumber(object, "updatedReplicas");
    const available = statusNumber(object, "availableReplicas");
    const all = statusNumber(object, "replicas");
    const progressing = condition(object, "Progressing");
    if (isObserved(object) && progressing?.reason === "ProgressDeadlineExceeded") {
        return failed(progressing.message ?? "the roll-out exceeded its deadline");
    }
    const isRolledOut = isObserved(object) && updated === wanted && all === wanted && available === wanted;
    return isRolledOut ? ready : waiting(`${available} of ${wanted} replicas available, ${updated} of this version`);
}

function daemonSet(object: KubernetesObject): Readiness {
    const wanted = statusNumber(object, "desiredNumberScheduled");
    const updated = statusNumber(object, "updatedNumberScheduled");
    const available = statusNumber(object, "numberAvailable");
    const isNew = updated === wanted || !replacesPods(object);
    const isRolledOut = isObserved(object) && isNew && available === wanted;
    return isRolledOut ? ready : waiting(`${available} of ${wanted} pods available, ${updated} of this version`);
}

function statefulSet(object: KubernetesObject): Readiness {
    const wanted = specNumber(object, "replicas", 1);
    const updated = statusNumber(object, "updatedReplicas");
    const isReady = statusNumber(object, "readyReplicas");
    const strategy = object.spec?.updateStrategy as UpdateStrategy | undefined;
    const toUpdate = Math.max(0, wanted - (strategy?.rollingUpdate?.partition ?? 0));
    const isNew = updated >= toUpdate || !replacesPods(object);
    const isRolledOut = isObserved(object) && isNew && isReady === wanted;
    return isRolledOut ? ready : waiting(`${isReady} of ${wanted} replicas ready, ${updated} of this version`);
}

function job(object: KubernetesObject): Readiness {
    if (object.spec?.suspend === true || condition(object, "Complete")?.status === "True") {
        return ready;
    }
    const failure = condition(object, "Failed");
    if (failure?.status === "True") {
        return failed(`the Job failed: ${failure.message ?? failure.reason ?? "no reason given"}`);
    }
    const succeeded = statusNumber(object, "succeeded");
    return waiting(
        `${succeeded} of ${specNumber(object, "completions", 1)} pods finished, ${statusNumber(object, "failed")} failed`,
    );
}

function pod(object: KubernetesObject): Readiness {
    const phase = object.status?.phase;
    if (phase === "Failed") {
        return failed(
            `the pod failed: ${String(object.status?.message ?? object.status?.reason ?? "no reason given")}`,
        );
    }
    const isReady = phase === "Succeeded" || condition(object, "Ready")?.status === "True";
    return isReady ? ready : waiting(`phase ${String(phase)}`);
}

async function claim(object: KubernetesObject, api: ApiClient): Promise<Readiness> {
    if (object.status?.phase === "Bound") {
        return ready;
    }
    const className = object.spec?.storageClassName;
    if (typeof className !== "string") {
        return waiting("no StorageClass yet: the cluster has no default one, or it was just made");
    }
    if (className === "") {
        return waiting("not bound yet: it names no StorageClass, so a PersistentVolume that fits must be there");
    }
    const storageClass = await api.get({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name: className });
    return storageClass?.volumeBindingMode === "WaitForFirstConsumer"
        ? ready
        : waiting(storageClass ? `not bound yet (StorageClass ${className})` : `there is no StorageClass ${className}`);
}

async function service(object: KubernetesObject, api: ApiClient): Promise<Readiness> {
    const { spec, metadata } = object;
    if (spec?.type === "ExternalName") {
        return ready;
    }
    const balancer = object.status?.loadBalancer as { readonly ingress?: readonly unknown[] } | undefined;
    if (spec?.type === "LoadBalancer" && !balancer?.ingress?.length) {
        return waiting("no address from the load balancer yet");
    }
    const hasSelector = Object.keys((spec?.selector as object | undefined) ?? {}).length > 0;
    if (!hasSelector || spec?.clusterIP === "None") {
        return ready;
    }
    const slices = await api.list(
        { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: metadata.namespace },
        { labelSelector: `kubernetes.io/service-name=${metadata.name}` },
    );
    const endpoints = slices.flatMap((slice) => (slice.endpoints as readonly Endpoint[] | null) ?? []);
    return endpoints.some((endpoint) => endpoint.conditions?.ready !== false)
        ? ready
        : waiting("no pod that the selector matches is ready");
}

interface Endpoint {
    readonly conditions?: { readonly ready?: boolean };
}
