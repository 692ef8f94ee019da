// kubectl for the cluster of a stack, however that is reached.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Runs kubectl and returns what it prints. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

/** How a cluster is reached; by default by the kubeconfig of the environment and its current context. */
export interface ClusterAccess {
    /** A whole kubeconfig, in the place of the environment's. */
    readonly kubeconfig?: string;
    /** A context in the place of the current one. */
    readonly context?: string;
}

/** Bytes that kubectl may print: a list of 1,000 nodes has some 10 MB. */
const maxBuffer = 64 * 1024 * 1024;

const runFile = promisify(execFile);

/**
 * Calls `work` with a kubectl for the cluster. A kubeconfig that is given lies in a file of its own meanwhile, which
 * only this user may read.
 *
 * @throws what `work` throws; its kubectl throws an error with the last line that kubectl printed
 */
export async function withKubectl<T>(access: ClusterAccess, work: (kubectl: Kubectl) => Promise<T>): Promise<T> {
    const { kubeconfig, context } = access;
    const options = context === undefined ? [] : ["--context", context];
    if (kubeconfig === undefined) {
        return work((...args) => kubectl([...options, ...args], process.env));
    }
    const folder = await mkdtemp(join(tmpdir(), "chattingo-kubeconfig-"));
    try {
        const file = join(folder, "kubeconfig");
        await writeFile(file, kubeconfig, { mode: 0o600 });
        return await work((...args) => kubectl([...options, ...args], { ...process.env, KUBECONFIG: file }));
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

async function kubectl(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
    try {
        return (await runFile("kubectl", args, { env, maxBuffer })).stdout;
    } catch (error) {
        const { code, stderr = "", message } = error as NodeJS.ErrnoException & { readonly stderr?: string };
        throw new Error(
            code === "ENOENT"
                ? "kubectl is not there; install it (https://kubernetes.io/docs/tasks/tools/)"
                : stderr.trim().split("\n").at(-1) || message,
        );
    }
}
