// Starts a control plane: a store, an API server, the controllers and the scheduler, on certificates made for it.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startApiServer } from "./api-server.ts";
import { applyObjects } from "./apply-objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import { startControllerManager } from "./controller-manager.ts";
import { startEtcd } from "./etcd.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { kubeletAccess } from "./kubelet-access.ts";
import { startScheduler } from "./scheduler.ts";
import { createServiceAccountKeys, type ServiceAccountKeys } from "./service-account-keys.ts";

/** Starts every program of the control plane, whose authority has been made, and waits until each is healthy. */
export async function startControlPlane(plane: ControlPlane): Promise<void> {
    const keys = await startApi(plane);
    await Promise.all([
        startControllerManager(plane, keys),
        startScheduler(plane),
        applyObjects(plane.adminKubeconfig, [kubeletAccess]),
    ]);
}

/** Starts the store and the API server only, and writes the administrator's kubeconfig. */
export async function startApi(plane: ControlPlane): Promise<ServiceAccountKeys> {
    await mkdir(join(plane.folder, "kubeconfigs"), { mode: 0o700 });
    const keys = await createServiceAccountKeys(plane.authority.folder);
    const etcd = await startEtcd(plane);
    await startApiServer(plane, etcd, keys);
    await writeKubeconfig(
        plane.authority,
        { name: "admin", user: "lab-admin", groups: ["system:masters"] },
        { file: plane.adminKubeconfig, server: plane.server, clusterName: plane.clusterName },
    );
    return keys;
}
