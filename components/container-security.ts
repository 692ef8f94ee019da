// What containers of the system may do: as little as their work allows.

import type k8s from "@pulumi/kubernetes";

/**
 * Security context of a container: nothing but the given capabilities, a root file system that can't be written.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 *
 * @param capabilities Linux capabilities that the container's work needs; none by default
 */
export function leastPrivilege(capabilities: readonly string[] = []): k8s.types.input.core.v1.SecurityContext {
    return {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"], ...(capabilities.length > 0 ? { add: [...capabilities] } : {}) },
    };
}

/** Security context of a pod that runs as a user of its own in the log tree's group. */
export function asUser(userId: number, groupId: number): k8s.types.input.core.v1.PodSecurityContext {
    return {
        runAsNonRoot: true,
        runAsUser: userId,
        runAsGroup: groupId,
        fsGroup: groupId,
        // Only the volume's root is looked at: an archive volume with many files would be slow to start otherwise.
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
    };
}

/** What makes a container root in a pod that runs as another user. */
export const asRootUser: k8s.types.input.core.v1.SecurityContext = {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
};

/**
 * Security context of a pod that must be root: the log tree belongs to root and its files to any application's user,
 * and what rotates them has to open them all. Its containers drop every capability that they don't need.
 */
export const asRoot: k8s.types.input.core.v1.PodSecurityContext = {
    runAsUser: 0,
    runAsGroup: 0,
    seccompProfile: { type: "RuntimeDefault" },
};
