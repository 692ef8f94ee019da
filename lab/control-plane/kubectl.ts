// kubectl on a lab's cluster, whatever the user's own environment points at.

import { run } from "../tools/run.ts";

/** The cluster is on this machine: a proxy that the user's environment names would not find it. */
const withoutProxy = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        .flatMap((name) => [name, name.toLowerCase()])
        .map((name) => [name, undefined]),
);

/** Runs kubectl and returns what it prints. */
export function kubectl(kubeconfig: string, args: readonly string[], input?: string): Promise<string> {
    return run("kubectl", args, { env: { ...withoutProxy, KUBECONFIG: kubeconfig }, input });
}
