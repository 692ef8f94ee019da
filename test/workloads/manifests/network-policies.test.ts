// Who may talk to whom, by the rendered NetworkPolicies of every stack, as Cyclonus judges it, held against the table from
// which they are made. test/unit/components/network-policies.test.ts asks an evaluator of this repository, and
// test/cluster/node/network-policies.test.ts tries real connections.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { connections } from "../../../components/connections.ts";
import { namespaceName } from "../../../components/labels.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
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
import { type Manifest, manifests, stacks } from "./rendered-stack.ts";

/** An end with the address by which Cyclonus knows it. */
interface End extends NetworkEnd {
    readonly address: string;
}

const withAddresses = (ends: readonly NetworkEnd[], range: string): readonly End[] =>
    ends.map((end, index) => ({ ...end, address: `${range}.${index + 1}` }));

const inside = withAddresses(endsInside(namespaceName), "10.1.0");

const outside: readonly End[] = [
    ...withAddresses(podsOutside, "10.2.0"),
    {
        name: "cluster DNS",
        namespace: "kube-system",
        labels: { "k8s-app": "kube-dns" },
        address: "10.3.0.1",
        is: ["dns", ...anywhere],
    },
    // In the subnets that the stacks' files name.
    { ...loadBalancer, address: "10.0.0.9" },
    { name: "a node's DNS cache", address: "169.254.20.10", is: ["dns", ...anywhere] },
    { name: "the API server", address: "172.20.0.1", is: anywhere },
    { name: "the agent of Pod Identity", address: "169.254.170.23", is: ["pod-identity-agent", ...anywhere] },
    { name: "that agent by IPv6", address: "fd00:ec2::23", is: ["pod-identity-agent", ...anywhere] },
    { name: "the world", address: "52.216.0.1", is: anywhere },
    { name: "the world by IPv6", address: "2600:1fa0::1", is: anywhere },
    { name: "the node's credentials", address: "169.254.169.254", is: [] },
    { name: "the node's credentials by IPv6", address: "fd00:ec2::254", is: [] },
];

type Question = ConnectionTry<End>;

/** Ports that the policies name, and a few that none may name. */
function portsOf(policies: readonly Manifest[]): readonly number[] {
    const named = [...JSON.stringify(policies).matchAll(/"port":(\d+)/g)].map(([, port]) => Number(port));
    assert.ok(named.length > 20, `only ${named.length} ports are named`);
    return [...new Set([...named, 1, 22, 80, 5066, 10250])].toSorted((one, other) => one - other);
}

/** Every ordered pair of which at least one is a pod of the system, two pods of one part too, on every port. */
function questions(policies: readonly Manifest[]): readonly Question[] {
    const ends = [...inside, ...outside];
    const ports = portsOf(policies);
    return ends
        .flatMap((from) => ends.map((to) => ({ from, to })))
        .filter(({ from, to }) => inside.includes(from) || inside.includes(to))
        .flatMap((pair) =>
            ports.flatMap((port) => (["TCP", "UDP"] as const).map((protocol) => ({ ...pair, port, protocol }))),
        );
}

describe("Cyclonus", function () {
    this.timeout(600_000);

    let cyclonus: string;

    before(async () => {
        cyclonus = await toolBinary("cyclonus");
    });

    /** Those of the questions that it answers with yes. */
    const allowed = (policies: readonly Manifest[], asked: readonly Question[]): readonly Question[] => {
        const peer = ({ namespace, labels, address }: End) => ({
            ip: address,
            internal:
                namespace === undefined
                    ? undefined
                    : {
                          namespace,
                          namespaceLabels: { "kubernetes.io/metadata.name": namespace },
                          podLabels: labels,
                      },
        });
        const input = JSON.stringify({
            policies,
            connections: asked.map(({ from, to, port, protocol }) => ({
                from: peer(from),
                to: peer(to),
                port,
                protocol,
            })),
        });
        const { stdout, stderr } = spawnSync(cyclonus, { input, encoding: "utf8", maxBuffer: 2 ** 26 });
        const verdicts = JSON.parse(stdout || assert.fail(stderr)) as readonly boolean[];
        assert.equal(verdicts.length, asked.length);
        return asked.filter((_, index) => verdicts[index]);
    };

    for (const stack of stacks) {
        it(`lets through in ${stack} what the table of connections names, and nothing else`, async () => {
            const all = await manifests(stack);
            const policies = all.filter(({ kind }) => kind === "NetworkPolicy");
            const hasIngress = all.some(({ kind }) => kind === "Ingress");
            assert.equal(hasIngress, stack !== "dev");
            const table = connections({ objectStorePort: 443, hasIngress });
            const asked = questions(policies);
            const expected = asked.filter((question) => isInTable(table, question));
            assert.ok(
                asked.length > 5000 && expected.length > 30,
                `${asked.length} questions, ${expected.length} allowed`,
            );
            assert.deepEqual(allowed(policies, asked).map(shownTry), expected.map(shownTry));
        });
    }

    it("sees a policy that is missing, and one that is too wide", async () => {
        const policies = (await manifests("prod")).filter(({ kind }) => kind === "NetworkPolicy");
        const asked = questions(policies);
        const before = allowed(policies, asked).length;
        const without = (name: string) => policies.filter(({ metadata }) => metadata.name !== name);
        assert.ok(allowed(without("kibana"), asked).length < before);
        const tooWide = without("default-deny").concat({
            kind: "NetworkPolicy",
            metadata: { name: "too-wide", namespace: namespaceName },
            ...{ spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] } },
        });
        assert.ok(allowed(tooWide, asked).length > before);
    });
});
