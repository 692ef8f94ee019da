// The container that makes the log tree on a node, or fixes it: in the Job `log-setup`, and before Filebeat on every node
// that joins later.

import type k8s from "@pulumi/kubernetes";
import { logRoot } from "../formats/log-tree.ts";
import { containerResources } from "./container-resources.ts";
import { leastPrivilege } from "./container-security.ts";
import { applicationEnvironment, canaryGroupId, logGroupId } from "./log-tree.ts";
import type { WorkloadBundle } from "./workload-bundle.ts";

/** How the log tree is made on a node. */
export interface LogSetup {
    /** Image with Node.js. */
    readonly image: string;
    /** The workload `log-setup`. */
    readonly program: WorkloadBundle;
    /** Directories of applications, beside those of the six categories; none by default. */
    readonly applicationDirectories?: readonly string[];
}

/** The container, whose pod runs as root and mounts the program, the node's log tree and what else is given. */
export function logSetupContainer(
    { image, program, applicationDirectories }: LogSetup,
    volumeMounts: readonly k8s.types.input.core.v1.VolumeMount[],
    args?: readonly string[],
): k8s.types.input.core.v1.Container {
    return {
        name: "log-setup",
        image,
        command: program.command,
        args: args && [...args],
        env: [
            { name: "LOG_ROOT", value: logRoot },
            { name: "LOG_GROUP_ID", value: String(logGroupId) },
            { name: "CANARY_GROUP_ID", value: String(canaryGroupId) },
            ...Object.entries(applicationEnvironment(applicationDirectories)).map(([name, value]) => ({ name, value })),
        ],
        // It gives directories another group than its own, and keeps that group for what is made in them.
        securityContext: leastPrivilege(["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"]),
        resources: containerResources({ cpu: "50m", memory: "64Mi" }, { cpu: "500m", memory: "128Mi" }),
        volumeMounts: [program.volumeMount, ...volumeMounts],
    };
}
