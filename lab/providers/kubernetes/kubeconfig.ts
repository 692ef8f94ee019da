// Where the API server is and how to authenticate to it, from a kubeconfig file.
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/

import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";

/** A cluster and the user that acts on it. */
export interface ClusterAccess {
    /** URL of the API server. */
    readonly server: string;
    readonly certificateAuthority?: Buffer;
    readonly clientCertificate?: Buffer;
    readonly clientKey?: Buffer;
    readonly token?: string;
    /** Namespace of the context, for objects that name none. */
    readonly namespace?: string;
    /** Where all this was read, as a person would name it. */
    readonly source: string;
}

interface Named {
    readonly name: string;
}

interface Context {
    readonly cluster: string;
    readonly user: string;
    readonly namespace?: string;
}

interface KubeconfigFile {
    readonly "current-context"?: string;
    readonly contexts?: readonly (Named & { readonly context: Context })[];
    readonly clusters?: readonly (Named & { readonly cluster: Readonly<Record<string, unknown>> })[];
    readonly users?: readonly (Named & { readonly user: Readonly<Record<string, unknown>> })[];
}

const clusterFields = ["server", "certificate-authority", "certificate-authority-data"];
const userFields = ["client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"];

/**
 * Reads the kubeconfig.
 *
 * @param given the provider's `kubeconfig`: a path or the text itself; the SDK sets it to KUBECONFIG when the program
 * leaves it out. Without it KUBECONFIG, then `~/.kube/config`
 * @param contextName the provider's `context`; without it the file's current context
 * @throws an error that names the file, the variable that chose it and what to do
 */
export function readKubeconfig(given: string | undefined, contextName: string | undefined): ClusterAccess {
    const source = kubeconfigSource(given);
    const config = parsed(source);
    const wanted = contextName ?? config?.["current-context"];
    const context = config?.contexts?.find(({ name }) => name === wanted)?.context;
    if (!context) {
        const known = config?.contexts?.map(({ name }) => name).join(", ") || "none";
        throw new Error(
            `${source.name}: there is no context ${wanted ?? "(no current-context is set)"}; it has: ${known}. Choose one with \`kubectl config use-context NAME\``,
        );
    }
    const cluster = only(config?.clusters, context.cluster, `${source.name}: cluster`).cluster;
    const user = only(config?.users, context.user, `${source.name}: user`).user;
    refuseOthers(cluster, clusterFields, `${source.name}: cluster ${context.cluster}`);
    refuseOthers(user, userFields, `${source.name}: user ${context.user}`);
    if (typeof cluster.server !== "string" || !cluster.server.startsWith("https://")) {
        const given = cluster.server === undefined ? "no server" : `server ${String(cluster.server)}`;
        throw new Error(`${source.name}: cluster ${context.cluster} has ${given}: a URL with https is expected`);
    }
    const content = (fields: Readonly<Record<string, unknown>>, name: string): Buffer | undefined => {
        const data = fields[`${name}-data`];
        const file = fields[name];
        if (typeof data === "string") {
            return Buffer.from(data, "base64");
        }
        return typeof file === "string" ? readFileSync(resolve(source.folder, file)) : undefined;
    };
    return {
        server: cluster.server.replace(/\/$/, ""),
        certificateAuthority: content(cluster, "certificate-authority"),
        clientCertificate: content(user, "client-certificate"),
        clientKey: content(user, "client-key"),
        token: typeof user.token === "string" ? user.token : undefined,
        namespace: context.namespace,
        source: `context ${wanted} of ${source.name}`,
    };
}

function kubeconfigSource(given: string | undefined): { name: string; text: string; folder: string } {
    if (given?.includes("\n")) {
        return { name: "the provider's kubeconfig", text: given, folder: process.cwd() };
    }
    const fromEnvironment = process.env.KUBECONFIG || undefined;
    const path = given ?? fromEnvironment ?? join(homedir(), ".kube", "config");
    const chosenBy =
        path === fromEnvironment
            ? "KUBECONFIG"
            : given === undefined
              ? "default, because KUBECONFIG is not set"
              : "the provider's setting kubeconfig";
    if (path.includes(delimiter)) {
        throw new Error(`KUBECONFIG=${path}: several files are not covered by the lab's Kubernetes provider; name one`);
    }
    if (!existsSync(path)) {
        throw new Error(
            `there is no kubeconfig at ${path} (chosen by ${chosenBy}). Set KUBECONFIG to the file of the cluster that you mean, for example \`export KUBECONFIG=~/.kube/config\`. Nothing was changed, and the state is intact`,
        );
    }
    return { name: path, text: readFileSync(path, "utf8"), folder: dirname(path) };
}

function parsed(source: { readonly name: string; readonly text: string }): KubeconfigFile | null {
    try {
        return parse(source.text) as KubeconfigFile | null;
    } catch {
        // The parser quotes what it can't read, and that may be a key.
        throw new Error(`${source.name} is not YAML: a kubeconfig is expected; \`kubectl config view\` shows one`);
    }
}

function only<T extends Named>(list: readonly T[] | undefined, name: string, what: string): T {
    const found = list?.find((item) => item.name === name);
    if (!found) {
        throw new Error(`${what} ${name} is named by the context but is not there`);
    }
    return found;
}

function refuseOthers(fields: Readonly<Record<string, unknown>>, known: readonly string[], where: string): void {
    const other = Object.keys(fields).find((field) => !known.includes(field));
    if (other !== undefined) {
        throw new Error(`${where}: ${other} is not covered by the lab's Kubernetes provider; use the official plugin`);
    }
}
