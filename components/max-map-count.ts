// The one container that may change the Kubernetes node: it raises a kernel limit that Elasticsearch asks for.

import type k8s from "@pulumi/kubernetes";
import { containerResources } from "./container-resources.ts";
import { asRootUser, leastPrivilege } from "./container-security.ts";

/** Memory maps that Elasticsearch wants to be allowed (https://www.elastic.co/docs/deploy-manage/deploy/self-managed/vm-max-map-count). */
export const maxMapCount = 1_048_576;

const volumeName = "max-map-count";
/** The setting as the node's kernel shows it. */
const hostFile = "/proc/sys/vm/max_map_count";
/** Where the container sees it. Its own `/proc/sys` can't be written, as that of any container. */
const file = "/node/max_map_count";

/** The volume of {@link maxMapCountContainer}: that one file of the node. */
export const maxMapCountVolume: k8s.types.input.core.v1.Volume = {
    name: volumeName,
    hostPath: { path: hostFile, type: "File" },
};

/**
 * An init container that raises `vm.max_map_count` where it is lower. To root the setting is a file like any other, so it
 * needs no capability, and sees no other file of the node.
 *
 * @param image any image with a shell; Elasticsearch's own is on the node anyway
 */
export function maxMapCountContainer(image: string): k8s.types.input.core.v1.Container {
    return {
        name: "max-map-count",
        image,
        command: ["bash", "-ec", `[ "$(< ${file})" -ge ${maxMapCount} ] || echo ${maxMapCount} > ${file}`],
        securityContext: { ...leastPrivilege(), ...asRootUser },
        resources: containerResources({ cpu: "10m", memory: "16Mi" }, { cpu: "100m", memory: "32Mi" }),
        volumeMounts: [{ name: volumeName, mountPath: file }],
    };
}
