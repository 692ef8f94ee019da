// Who may talk to whom, found by an evaluator that knows policies only and nothing of the table they are made from.

import assert from "node:assert/strict";
import { BlockList } from "node:net";
import type { types } from "@pulumi/kubernetes";
import type { Unwrap } from "@pulumi/pulumi";
import { apps } from "../../../components/connections.ts";
import { NetworkPolicies } from "../../../components/network-policies.ts";
import { type Declared, declared, declaredStack, podTemplates } from "./mocked-program.ts";

type Policy = Unwrap<types.input.networking.v1.NetworkPolicy>;
type Peer = Unwrap<types.input.networking.v1.NetworkPolicyPeer>;

/** A pod of the system, one of another namespace, or an address outside the cluster. */
type End = { readonly app: string } | { readonly namespace: string } | { readonly address: string };

const stacks = ["dev", "prod", "compliance"];

/** As https://kubernetes.io/docs/concepts/services-networking/network-policies/ defines it, for what is used here. */
class Evaluator {
    readonly #policies: readonly Policy[];

    constructor(policies: readonly Policy[]) {
        this.#policies = policies;
    }

    /** The connection leaves `from` and is let in by `to`; ends outside the namespace have no policies of their own. */
    isAllowed(from: End, to: End, port: number, protocol = "TCP"): boolean {
        return this.#opens("Egress", from, to, port, protocol) && this.#opens("Ingress", to, from, port, protocol);
    }

    #opens(direction: "Egress" | "Ingress", pod: End, peer: End, port: number, protocol: string): boolean {
        if (!("app" in pod)) {
            return true;
        }
        const selecting = this.#policies.filter(
            ({ spec }) => spec?.policyTypes?.includes(direction) && selects(spec.podSelector, { app: pod.app }),
        );
        const rules = selecting.flatMap(({ spec }) =>
            direction === "Egress"
                ? (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
                : (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
        );
        return (
            selecting.length === 0 ||
            rules.some(
                ({ peers, ports }) =>
                    (peers === undefined || peers.some((candidate) => matches(candidate, peer))) &&
                    (ports === undefined ||
                        ports.some((open) => open.port === port && (open.protocol ?? "TCP") === protocol)),
            )
        );
    }
}

function matches(peer: Peer, end: End): boolean {
    const kinds = Object.keys(peer).toSorted().join();
    switch (kinds) {
        case "podSelector":
            return "app" in end && selects(peer.podSelector, { app: end.app });
        case "namespaceSelector":
            return (
                "namespace" in end && selects(peer.namespaceSelector, { "kubernetes.io/metadata.name": end.namespace })
            );
        case "ipBlock": {
            const { cidr, except = [] } = peer.ipBlock ?? { cidr: "" };
            if (!("address" in end)) {
                return false;
            }
            const isV6 = end.address.includes(":");
            const single = `${end.address}/${isV6 ? 128 : 32}`;
            const [network = "", length] = cidr.split("/");
            const block = new BlockList();
            block.addSubnet(network, Number(length), network.includes(":") ? "ipv6" : "ipv4");
            return (
                !except.includes(single) &&
                network.includes(":") === isV6 &&
                block.check(end.address, isV6 ? "ipv6" : "ipv4")
            );
        }
        default:
            throw new Error(`the evaluator knows no peer with ${kinds}`);
    }
}

function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
    const { matchLabels = {}, ...others } = selector as { matchLabels?: Readonly<Record<string, string>> };
    assert.deepEqual(others, {}, "the evaluator knows matchLabels only");
    return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

/** Every pod of the program by its label `app`, with the text of all that it is told. */
function pods(found: Declared): ReadonlyMap<string, string> {
    const contents = new Map<string, string>();
    const maps = new Map(
        found.resources
            .filter(({ type }) => type === "kubernetes:core/v1:ConfigMap")
            .map(({ inputs }) => {
                const { metadata, data } = inputs as unknown as { metadata: { name: string }; data?: object };
                return [metadata.name, JSON.stringify(data ?? {})];
            }),
    );
    for (const { metadata, spec } of podTemplates(found)) {
        const configuration = (spec.volumes ?? [])
            .filter(({ configMap }) => !String(configMap?.name).includes("program"))
            .map(({ configMap }) => maps.get(String(configMap?.name)) ?? "");
        contents.set(String(metadata.labels.app), [JSON.stringify(spec), ...configuration].join("\n"));
    }
    return contents;
}

async function program(stack: string, config: Readonly<Record<string, string>> = {}): Promise<Declared> {
    return (await declaredStack(stack, { config })).found;
}

function policiesOf(found: Declared): readonly Policy[] {
    return found.resources
        .filter(({ type }) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy")
        .map(({ inputs }) => inputs as unknown as Policy);
}

/** Every connection that may be opened, as `from > to:port`, among all ends that there are. */
function allowed(evaluator: Evaluator): readonly string[] {
    const outside: readonly (readonly [string, End])[] = [
        ["kube-system", { namespace: "kube-system" }],
        ["traefik", { namespace: "traefik" }],
        ["the load balancer", { address: "10.0.0.9" }],
        ["monitoring", { namespace: "monitoring" }],
        ["another namespace", { namespace: "default" }],
        ["the world", { address: "52.216.0.1" }],
        ["the node's credentials", { address: "169.254.169.254" }],
    ];
    const inside = [...apps, "a stranger"].map((app): readonly [string, End] => [app, { app }]);
    const ends = [...inside, ...outside];
    const portNumbers = [22, 53, 80, 443, 5066, 5601, 6443, 9102, 9103, 9114, 9200, 9300];
    return inside
        .flatMap(([name, end]) =>
            ends.flatMap(([otherName, other]) => [
                [name, end, otherName, other] as const,
                [otherName, other, name, end] as const,
            ]),
        )
        .flatMap(([from, one, to, other]) =>
            portNumbers
                .filter((port) => evaluator.isAllowed(one, other, port))
                .map((port) => `${from} > ${to}:${port}`),
        )
        .filter((text, index, texts) => texts.indexOf(text) === index)
        .toSorted();
}

const always = [
    "elastic-setup > elasticsearch:9200",
    "elastic-setup > kibana:5601",
    "elastic-setup > kube-system:53",
    "elasticsearch > elasticsearch:9300",
    "elasticsearch-exporter > elasticsearch:9200",
    "elasticsearch-exporter > kube-system:53",
    "elasticsearch > kube-system:53",
    "filebeat > elasticsearch:9200",
    "filebeat > kube-system:53",
    "kibana > elasticsearch:9200",
    "kibana > kube-system:53",
    "log-restore > elasticsearch:9200",
    "log-restore > kube-system:53",
    "log-restore > the load balancer:443",
    "log-restore > the world:443",
    "log-rotation-leaving > kube-system:53",
    "log-rotation-leaving > the load balancer:443",
    "log-rotation-leaving > the load balancer:6443",
    "log-rotation-leaving > the world:443",
    "log-rotation-leaving > the world:6443",
    "log-rotation > kube-system:53",
    "log-rotation > the load balancer:443",
    "log-rotation > the load balancer:6443",
    "log-rotation > the world:443",
    "log-rotation > the world:6443",
    "monitoring > elasticsearch-exporter:9114",
    "monitoring > filebeat:9103",
    "monitoring > kibana:9103",
    "monitoring > s3-uploader:9102",
    "s3-uploader > kube-system:53",
    "s3-uploader > the load balancer:443",
    "s3-uploader > the world:443",
];

describe("the network policies", function () {
    this.timeout(60_000);

    for (const stack of stacks) {
        it(`of ${stack} allow what the parts need, and no other pair of ends and port`, async () => {
            const found = await program(stack);
            const withIngress = stack === "dev" ? [] : ["the load balancer > kibana:5601"];
            assert.deepEqual(allowed(new Evaluator(policiesOf(found))), [...always, ...withIngress].toSorted());
        });

        it(`of ${stack} know every pod, and every address in the system that a pod is given`, async () => {
            const found = await program(stack);
            const evaluator = new Evaluator(policiesOf(found));
            const told = pods(found);
            assert.ok(told.size >= 6, [...told.keys()].join());
            let addresses = 0;
            for (const [app, text] of told) {
                assert.ok((apps as readonly string[]).includes(app), `${app} is not in components/connections.ts`);
                for (const [, to = "", port] of text.matchAll(/\/\/([a-z0-9-]+)\.chattingo\.svc:(\d+)/g)) {
                    addresses++;
                    assert.ok(
                        evaluator.isAllowed({ app }, { app: to }, Number(port)),
                        `${app} can't reach ${to}:${port}`,
                    );
                }
            }
            assert.ok(addresses >= 4, `only ${addresses} addresses were found`);
        });
    }

    it("open the port of a store of one's own", async () => {
        const found = await program("dev", { "chattingo-logging:archive.endpoint": "http://minio.storage:9000" });
        const evaluator = new Evaluator(policiesOf(found));
        assert.ok(evaluator.isAllowed({ app: "s3-uploader" }, { address: "10.0.0.9" }, 9000));
        assert.ok(!evaluator.isAllowed({ app: "filebeat" }, { address: "10.0.0.9" }, 9000));
    });

    it("reach an API server that has an IPv6 address, and no node's credentials by one", async () => {
        const evaluator = new Evaluator(policiesOf(await program("prod")));
        assert.ok(evaluator.isAllowed({ app: "log-rotation" }, { address: "2600:1f18::1" }, 443));
        assert.ok(!evaluator.isAllowed({ app: "log-rotation" }, { address: "fd00:ec2::254" }, 443));
    });

    it("let uploader and restore ask EKS Pod Identity for credentials, and nobody else", async () => {
        const evaluator = new Evaluator(policiesOf(await program("prod")));
        for (const address of ["169.254.170.23", "fd00:ec2::23"]) {
            assert.deepEqual(
                apps.filter((app) => evaluator.isAllowed({ app }, { address }, 80)),
                ["s3-uploader", "log-restore"],
            );
        }
    });

    it("open DNS and Kibana to the addresses that the stack names", async () => {
        const named = {
            "chattingo-logging:network.dnsCidrs": '["172.20.0.10/32"]',
            "chattingo-logging:network.ingressCidrs": '["172.16.1.7/32"]',
        };
        for (const [config, expected] of [
            [named, true],
            [{}, false],
        ] as const) {
            const evaluator = new Evaluator(policiesOf(await program("prod", config)));
            assert.equal(evaluator.isAllowed({ app: "filebeat" }, { address: "172.20.0.10" }, 53, "UDP"), expected);
            assert.equal(evaluator.isAllowed({ address: "172.16.1.7" }, { app: "kibana" }, 5601), expected);
            assert.ok(!evaluator.isAllowed({ address: "172.16.1.7" }, { app: "elasticsearch" }, 9200));
        }
    });

    it("open Kibana to an Ingress controller of the cluster by its namespace, and to no address then", async () => {
        const evaluator = new Evaluator(
            policiesOf(
                await program("prod", {
                    "chattingo-logging:network.ingressControllerNamespace": "traefik",
                    "chattingo-logging:network.ingressCidrs": "[]",
                }),
            ),
        );
        assert.deepEqual(
            allowed(evaluator).filter((text) => text.includes("> kibana:5601")),
            ["elastic-setup > kibana:5601", "traefik > kibana:5601"],
        );
    });

    it("open Kibana to nobody who serves no Ingress, where the component is told of none that does", async () => {
        const found = await declared(
            () =>
                new NetworkPolicies("network-policies", {
                    namespace: "chattingo",
                    hasIngress: true,
                    ingressCidrs: [],
                    prometheusNamespace: "monitoring",
                    dnsCidrs: [],
                }),
        );
        assert.deepEqual(
            allowed(new Evaluator(policiesOf(found))).filter((text) => text.includes("> kibana:5601")),
            ["elastic-setup > kibana:5601"],
        );
    });

    it("let names be asked for by UDP too", async () => {
        const evaluator = new Evaluator(policiesOf(await program("dev")));
        assert.ok(evaluator.isAllowed({ app: "filebeat" }, { namespace: "kube-system" }, 53, "UDP"));
        assert.ok(!evaluator.isAllowed({ app: "log-setup" }, { namespace: "kube-system" }, 53, "UDP"));
    });

    it("are left out where a stack says so", async () => {
        assert.deepEqual(policiesOf(await program("dev", { "chattingo-logging:network.policies": "false" })), []);
    });
});
