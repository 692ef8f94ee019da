// What is said of a cluster that lacks something. Real clusters are asked in test/cluster.

import assert from "node:assert/strict";
import { clusterFindings, type Kubectl } from "../../../scripts/cluster-findings.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";
import { parseSettings } from "../../../settings.ts";

/** What a cluster answers. */
interface Cluster {
    readonly types?: readonly string[];
    readonly isUp?: boolean;
    readonly probe?: string;
}

const allTypes = [
    ...["certificates", "issuers"].map((name) => `${name}.cert-manager.io`),
    ...["prometheusrules", "servicemonitors"].map((name) => `${name}.monitoring.coreos.com`),
];

async function findingsOf(stack: string, { types = allTypes, isUp = true, probe = "held back" }: Cluster) {
    const { values, origins } = readStackConfig(stack);
    const kubectl: Kubectl = async (command, ...args) => {
        switch (command) {
            case "get":
                return args.filter((arg) => types.includes(arg)).join("\n");
            case "wait":
                return isUp ? "" : assert.fail("timed out");
            default:
                return `${probe}\n`;
        }
    };
    return (await clusterFindings(parseSettings(stack, values, origins), kubectl)).map(
        ({ kind, text }) => `${kind}: ${text}`,
    );
}

describe("the findings about a cluster", () => {
    it("are none where everything is there and policies are enforced", async () => {
        assert.deepEqual(await findingsOf("prod", {}), []);
    });

    it("name cert-manager, what happens without it, and both ways out", async () => {
        const [finding = "", ...others] = await findingsOf("prod", { types: allTypes.slice(1) });
        assert.deepEqual(others, []);
        assert.match(finding, /^open: the cluster has no cert-manager.*no Elasticsearch starts without TLS/);
        assert.match(finding, /Install it, or set search\.certManager to false/);
    });

    it("do not ask for cert-manager where nothing needs it", async () => {
        assert.deepEqual(await findingsOf("dev", { types: allTypes.slice(2) }), []);
    });

    it("name the Prometheus operator", async () => {
        assert.match(String(await findingsOf("dev", { types: [] })), /no Prometheus operator.*nobody is alerted/);
    });

    it("say what still protects where policies are not enforced", async () => {
        assert.match(
            String(await findingsOf("prod", { probe: "reached" })),
            /^open: .*does not enforce.*Logins and TLS still/,
        );
        assert.match(String(await findingsOf("dev", { probe: "reached" })), /^open: .*Nothing else protects/);
    });

    it("do not take silence for protection", async () => {
        assert.match(
            String(await findingsOf("prod", { isUp: false, probe: "reached" })),
            /^unknown: .*Elasticsearch is not up/,
        );
        assert.match(String(await findingsOf("prod", { probe: "no name" })), /^unknown: .*no name/);
    });
});
