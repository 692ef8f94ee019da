// The rendered NetworkPolicies of every stack under real traffic: pods with the labels of each part, on a node whose
// firewall enforces policies, try to reach each other on every port. What opens is what the table of connections names.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { connections } from "../../../components/connections.ts";
import { clusterNetwork } from "../../../lab/control-plane/network.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { labPorts } from "../../../lab/ports.ts";
import { run } from "../../../lab/tools/run.ts";
import {
    anywhere,
    type ConnectionTry,
    endsInside,
    isInTable,
    loadBalancer,
    type NetworkEnd,
    podsOutside,
    shownTry,
} from "../../network-ends.ts";
import { realNode } from "../../real-node.ts";
import { until } from "../../until.ts";
import { type Manifest, manifests, type Stack, stacks } from "../../workloads/manifests/rendered-stack.ts";
import type { Target } from "./connection-prober.ts";

/** Not that of the system: other tests' dev stack may be up in it. */
const namespace = "policy-traffic";

/** Every port that a policy names, and two that none may name. */
const ports = [22, 53, 443, 5601, 6443, 9102, 9103, 9114, 9200, 9300, 10250];

/** Where NodeLocal DNSCache listens on each node: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/ */
const nodeDnsAddress = "169.254.20.10";
/** Takes connections there, on the node itself. */
const nodeDns = createServer((socket) => socket.destroy());

/** Port on which a pod is told what to try, by the node, from which policies can't keep anything. */
const orderPort = 8080;

/** An end with its address, and the ports on which it listens. */
interface End extends NetworkEnd {
    readonly address: string;
    readonly listens: readonly number[];
}

const proberFile = "connection-prober.ts";

function podOf({ labels }: NetworkEnd, name: string, inNamespace: string) {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: inNamespace, labels: { ...labels, "test-run": namespace } },
        spec: {
            terminationGracePeriodSeconds: 1,
            automountServiceAccountToken: false,
            securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "22" }] },
            containers: [
                {
                    name: "prober",
                    image: nodeImage,
                    command: ["node", `/prober/${proberFile}`],
                    env: [{ name: "PORTS", value: ports.join() }],
                    securityContext: { runAsUser: 10001, runAsNonRoot: true, allowPrivilegeEscalation: false },
                    readinessProbe: { httpGet: { path: "/", port: orderPort }, periodSeconds: 1 },
                    volumeMounts: [{ name: "prober", mountPath: "/prober" }],
                },
            ],
            volumes: [{ name: "prober", configMap: { name: "connection-prober" } }],
        },
    };
}

/** The load balancer that serves Kibana's Ingress is a pod here: what it is known by is its address. */
const servingPod: NetworkEnd = { ...loadBalancer, namespace: "default", labels: { app: "load-balancer" } };

/** The policies of a stack, moved into the namespace of this test, with this address for the load balancer's subnets. */
async function policiesOf(stack: Stack, servingAddress: string): Promise<readonly Manifest[]> {
    const policies = (await manifests(stack)).filter(({ kind }) => kind === "NetworkPolicy");
    const text = JSON.stringify(policies.map((policy) => ({ ...policy, metadata: { ...policy.metadata, namespace } })));
    const here = text.replaceAll('"10.0.0.0/16"', JSON.stringify(`${servingAddress}/32`));
    assert.equal(here !== text, stack !== "dev", "the stacks' files name another load balancer");
    return JSON.parse(here) as readonly Manifest[];
}

describe("real traffic under the network policies", function () {
    this.timeout(240_000);

    let pods: readonly End[];
    let ends: readonly End[];
    let namespaces: readonly string[];

    const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
        run("kubectl", args, { env: (await realNode()).environment, ...(input === undefined ? {} : { input }) });

    const apply = (objects: readonly unknown[]): Promise<string> =>
        kubectl(["apply", "--filename=-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));

    const namesIn = async (...args: readonly string[]): Promise<readonly string[]> =>
        (await kubectl(["get", ...args, "--output=name"])).split("\n").filter((name) => name !== "");

    before(async () => {
        await run("ip", ["address", "add", `${nodeDnsAddress}/32`, "dev", "lo"]);
        nodeDns.listen(53, nodeDnsAddress);
        await once(nodeDns, "listening");
        const program = await readFile(join(import.meta.dirname, proberFile), "utf8");
        const wanted = [...endsInside(namespace), ...podsOutside, servingPod];
        const needed = [...new Set(wanted.map((end) => end.namespace ?? ""))];
        const there = await namesIn("namespaces");
        namespaces = needed.filter((name) => !there.includes(`namespace/${name}`));
        await apply([
            ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
            ...needed.map((name) => ({
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "connection-prober", namespace: name, labels: { "test-run": namespace } },
                data: { [proberFile]: program },
            })),
            ...wanted.map((end, index) => podOf(end, `prober-${index}`, end.namespace ?? "")),
        ]);
        for (const name of needed) {
            const which = ["--namespace", name, "--selector", `test-run=${namespace}`];
            await kubectl(["wait", "pods", ...which, "--for=condition=ready", "--timeout=120s"]);
        }
        const addressOf = async (which: readonly string[]): Promise<string> =>
            (await kubectl(["get", "pods", ...which, "--output=jsonpath={.items[0].status.podIP}"])).trim();
        pods = await Promise.all(
            wanted.map(async (end, index) => {
                const field = `--field-selector=metadata.name=prober-${index}`;
                return {
                    ...end,
                    address: await addressOf(["--namespace", end.namespace ?? "", field]),
                    listens: ports,
                };
            }),
        );
        ends = [
            ...pods,
            {
                name: "cluster DNS",
                address: await addressOf(["--namespace=kube-system", "--selector=k8s-app=kube-dns"]),
                is: ["dns", ...anywhere],
                listens: [53],
            },
            {
                name: "the node's DNS cache",
                address: nodeDnsAddress,
                is: ["dns", ...anywhere],
                listens: [53],
            },
            {
                name: "the host",
                address: clusterNetwork.hostAddress,
                is: anywhere,
                listens: [labPorts("node", 0).apiServer],
            },
        ];
    });

    after(async () => {
        nodeDns.close();
        await run("ip", ["address", "delete", `${nodeDnsAddress}/32`, "dev", "lo"]);
        for (const { namespace: name = "" } of podsOutside) {
            await kubectl(["delete", "pods,configmaps", "-n", name, "--selector", `test-run=${namespace}`]);
        }
        await kubectl(["delete", "namespaces", ...namespaces]);
    });

    /** Every ordered pair of which at least one is inside, on every port on which the other one listens. */
    const tries = (): readonly ConnectionTry<End>[] =>
        pods.flatMap((from) =>
            ends
                .filter((to) => to !== from && [from, to].some((end) => end.namespace === namespace))
                .flatMap((to) => to.listens.map((port) => ({ from, to, port, protocol: "TCP" as const }))),
        );

    /** Those of the tries that open a connection. */
    const opened = async (tried: readonly ConnectionTry<End>[]): Promise<readonly ConnectionTry<End>[]> => {
        const answers = await Promise.all(
            pods.map(async (pod) => {
                const own = tried.filter(({ from }) => from === pod);
                const targets = own.map(({ to, port }): Target => ({ address: to.address, port }));
                const answer = await fetch(`http://${pod.address}:${orderPort}`, {
                    method: "POST",
                    body: JSON.stringify(targets),
                    signal: AbortSignal.timeout(60_000),
                });
                const verdicts = (await answer.json()) as readonly boolean[];
                assert.equal(verdicts.length, own.length);
                return own.filter((_, index) => verdicts[index]);
            }),
        );
        return answers.flat();
    };

    /** What opens under the policies that are there: seen when it is as much as expected, or after the firewall had time enough. */
    const openedUnderPolicies = async (expected: readonly string[]): Promise<readonly string[]> => {
        let seen: readonly string[] = [];
        await until("the firewall to have the policies", 20, async () => {
            seen = (await opened(tries())).map(shownTry);
            return seen.length === expected.length ? true : undefined;
        }).catch(() => undefined);
        return seen;
    };

    it("opens every connection where there is no policy", async () => {
        const all = tries().map(shownTry);
        assert.ok(all.length > 1500, `only ${all.length} connections to try`);
        assert.deepEqual(await openedUnderPolicies(all), all);
    });

    for (const stack of stacks) {
        it(`opens in ${stack} what the table of connections names, and nothing else`, async () => {
            const { address } = pods.find(({ name }) => name === servingPod.name) ?? assert.fail("it has no pod");
            const policies = await policiesOf(stack, address);
            const hasIngress = (await manifests(stack)).some(({ kind }) => kind === "Ingress");
            const table = connections({ objectStorePort: 443, hasIngress });
            const expected = tries()
                .filter((one) => isInTable(table, one))
                .map(shownTry);
            assert.ok(expected.length > 30, `only ${expected.length} connections are named`);
            await apply(policies);
            try {
                assert.deepEqual(await openedUnderPolicies(expected), expected);
            } finally {
                await kubectl(["delete", "networkpolicies", "--all", "--namespace", namespace]);
            }
        });
    }
});
