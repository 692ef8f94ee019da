// How the smoke test asks a running stack: by kubectl alone, inside of its pods, so that it needs no way into the cluster
// that operators do not have.

import { namespaceName } from "../../components/labels.ts";
import { run } from "../../lab/tools/run.ts";
import type { Settings } from "../../settings/index.ts";

/** What one check found. */
export interface Finding {
    readonly passed: boolean;
    readonly text: string;
}

/** A Kubernetes object, as far as it is read. */
export interface ClusterObject {
    readonly metadata: { readonly name: string };
    readonly spec?: { readonly nodeName?: string };
    readonly status?: {
        readonly containerStatuses?: readonly { readonly name: string; readonly restartCount: number }[];
    };
}

/** A user of Elasticsearch whose login stands in a Secret. */
type LoginUser = "setup" | "canary";

/** A stack that runs in the cluster of KUBECONFIG. */
export class RunningStack {
    readonly settings: Settings;

    constructor(settings: Settings) {
        this.settings = settings;
    }

    /** Runs kubectl in the stack's namespace, and returns what it prints. */
    kubectl(args: readonly string[], input?: string): Promise<string> {
        return run("kubectl", ["-n", namespaceName, ...args], { input });
    }

    /** The pods of a part that are not about to end. */
    async pods(app: string): Promise<readonly ClusterObject[]> {
        const text = await this.kubectl(["get", "pods", "-l", `app=${app}`, "-o", "json"]);
        const { items } = JSON.parse(text) as {
            items: readonly (ClusterObject & { metadata: { deletionTimestamp?: string } })[];
        };
        return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    }

    /** Everything that the exporter in a pod shows, by series. */
    async metrics(pod: string): Promise<Readonly<Record<string, number>>> {
        const program =
            "fetch('http://localhost:9103/metrics').then((r) => r.text()).then((t) => process.stdout.write(t))";
        const text = await this.kubectl(["exec", pod, "-c", "metrics", "--", "node", "-e", program]);
        const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
        return Object.fromEntries(
            lines.map((line) => {
                const end = line.lastIndexOf(" ");
                return [line.slice(0, end), Number(line.slice(end + 1))];
            }),
        );
    }

    /**
     * Asks Elasticsearch, from its own pod. Name and password go over standard input, where no process can read them.
     *
     * @throws when the answer is no success
     */
    async elasticsearch(user: LoginUser, method: string, path: string, body?: object): Promise<unknown> {
        const { security, mode } = this.settings.search;
        const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
        const lines = [
            `url = ${quoted(`${security ? "https" : "http"}://localhost:9200${path}`)}`,
            `request = ${method}`,
            "silent",
            "show-error",
            "fail-with-body",
            'header = "content-type: application/json"',
            ...(body === undefined ? [] : [`data = ${quoted(JSON.stringify(body))}`]),
            ...(security ? [`user = ${quoted(await this.#login(user))}`, 'cacert = "config/certificates/ca.crt"'] : []),
        ];
        const workload = mode === "cluster" ? "statefulset/elasticsearch" : "deployment/elasticsearch";
        const command = ["exec", "-i", workload, "-c", "elasticsearch", "--", "curl", "--config", "-"];
        return JSON.parse(await this.kubectl(command, `${lines.join("\n")}\n`));
    }

    async #login(user: LoginUser): Promise<string> {
        const text = await this.kubectl(["get", "secret", `elasticsearch-login-${user}`, "-o", "json"]);
        const { data } = JSON.parse(text) as { data: { username: string; password: string } };
        const decoded = (value: string) => Buffer.from(value, "base64").toString();
        return `${decoded(data.username)}:${decoded(data.password)}`;
    }
}
