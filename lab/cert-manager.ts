// cert-manager beside a running lab: its own controllers, in a process of this machine. What it leaves out stands in
// `tools/go/cert-manager/main.go`.

import { type ClusterKind, lockFile } from "./cluster-kind.ts";
import { withLock } from "./cluster-lock.ts";
import { runningControlPlane } from "./cluster-parts.ts";
import { checkoutFolder, readClusterState } from "./cluster-state.ts";
import { type ControlPlane, issueKubeconfig, startTool } from "./control-plane/control-plane.ts";
import { toolBinary } from "./prerequisites.ts";

const name = "cert-manager";

/**
 * Has cert-manager act on the Certificates and Issuers of one namespace. It is a part of the lab: its status shows it and
 * its end ends it. Builds it first if the cache lacks it.
 *
 * @throws an error when no lab of this kind runs, or when it does not start
 */
export async function startCertManager(kind: ClusterKind, namespace: string): Promise<void> {
    const state = await readClusterState(kind);
    if (state?.phase !== "running") {
        throw new Error(`no ${kind} lab is running: start it with \`lab/lab up --kind ${kind}\``);
    }
    await toolBinary(name);
    await withLock(lockFile(kind), `the start of ${name} from ${checkoutFolder}`, () =>
        startControllers(runningControlPlane(kind, state), namespace),
    );
}

/** Starts cert-manager's controllers on an API server that has its types. */
export async function startControllers(plane: ControlPlane, namespace: string): Promise<void> {
    const kubeconfig = await issueKubeconfig(plane, { name, user: "lab-cert-manager", groups: ["system:masters"] });
    await startTool(plane, { name, args: [`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`] });
}
