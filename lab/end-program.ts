// Ends a program of a test or a bench as the kubelet ends that of a pod.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Seconds from SIGTERM to SIGKILL, as Kubernetes has it (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination). */
const defaultGraceSeconds = 30;

/**
 * Has a program end, and kills it when it does not; returns when it is gone and all that it said was read.
 *
 * Filebeat 7.17, the newest that the lab has, needs this: at its end an input now and then waits for ever for a lock of its
 * own, which newer ones do not (https://github.com/elastic/beats/pull/47518).
 */
export async function endProgram(child: ChildProcess, graceSeconds = defaultGraceSeconds): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) {
        return;
    }
    const closed = once(child, "close");
    child.kill("SIGTERM");
    const impatience = setTimeout(() => child.kill("SIGKILL"), graceSeconds * 1000);
    await closed;
    clearTimeout(impatience);
}
