// The one container that may change the Kubernetes node: it raises a kernel limit that Elasticsearch asks for.

import type k8s from "@pulumi/kubernetes";
import { containerResources } from "./container-resources.ts";

/** Memory maps that Elasticsearch wants to be allowed (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/vm-max-map-count). */
export const maxMapCount = 1_048_576;

const file = "/proc/sys/vm/max_map_count";

/**
 * An init container that raises `vm.max_map_count` where it is lower. It is privileged, because that is what it takes to
 * write a kernel setting, and does nothing else.
 *
 * @param image any image with a shell; Elasticsearch's own is on the node anyway
 */
export function maxMapCountContainer(image: string): k8s.types.input.core.v1.Container {
    return {
        name: "max-map-count",
        image,
        command: ["bash", "-ec", `[ "$(< ${file})" -ge ${maxMapCount} ] || echo ${maxMapCount} > ${file}`],
        securityContext: {
            privileged: true,
            // To root, the setting is a file like any other.
            capabilities: { drop: ["ALL"] },
            runAsUser: 0,
            runAsGroup: 0,
            runAsNonRoot: false,
            readOnlyRootFilesystem: true,
        },
        resources: containerResources({ cpu: "10m", memory: "16Mi" }, { cpu: "100m", memory: "32Mi" }),
    };
}
