// The container that shows Prometheus what a Filebeat or a Kibana tells: it stands beside them in their pods.

import type k8s from "@pulumi/kubernetes";
import { ports } from "../connections.ts";
import { containerResources } from "../container-resources.ts";
import { leastPrivilege } from "../container-security.ts";
import { canaryGroupId } from "../log-tree.ts";
import type { WorkloadBundle } from "../workload-bundle.ts";

/** What the container is made of. */
export interface ElasticExporter {
    /** Image with Node.js. */
    readonly image: string;
    /** The workload `elastic-exporter`. */
    readonly program: WorkloadBundle;
}

/** The port of the container and of the Services that lead to it. */
export const metricsPort = { name: "metrics", port: ports.exporterMetrics, targetPort: "metrics" } as const;

/** Name of the program's volume, which no other container of the pods has. */
const programVolume = "metrics-program";

/** User of the program, which owns nothing; its group may write the canary's lines. */
const userId = 10003;

/** The volume that the pod needs beside the container. */
export function elasticExporterVolume({ program }: ElasticExporter): k8s.types.input.core.v1.Volume {
    return { ...program.volume, name: programVolume };
}

/**
 * The container, whose pod has {@link elasticExporterVolume}.
 *
 * @param env tells whose metrics are shown
 */
export function elasticExporterContainer(
    { image, program }: ElasticExporter,
    env: readonly k8s.types.input.core.v1.EnvVar[],
    volumeMounts: readonly k8s.types.input.core.v1.VolumeMount[] = [],
): k8s.types.input.core.v1.Container {
    return {
        name: "metrics",
        image,
        command: program.command,
        env: [...env, { name: "METRICS_PORT", value: String(ports.exporterMetrics) }],
        ports: [{ name: "metrics", containerPort: ports.exporterMetrics }],
        readinessProbe: { tcpSocket: { port: "metrics" }, periodSeconds: 10 },
        livenessProbe: { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 30, timeoutSeconds: 5 },
        securityContext: { ...leastPrivilege(), runAsNonRoot: true, runAsUser: userId, runAsGroup: canaryGroupId },
        resources: containerResources({ cpu: "10m", memory: "48Mi" }, { cpu: "200m", memory: "128Mi" }),
        volumeMounts: [{ ...program.volumeMount, name: programVolume }, ...volumeMounts],
    };
}
