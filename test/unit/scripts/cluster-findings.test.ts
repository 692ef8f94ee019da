// What is said of a cluster that lacks something. Real clusters are asked in test/cluster.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kubectl } from "../../../cluster/kubectl.ts";
import { certificateAuthority, createAuthority, issueCertificate } from "../../../lab/control-plane/certificates.ts";
import { clusterFindings } from "../../../scripts/cluster-findings.ts";
import { parseSettings } from "../../../settings/index.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";

/** What a cluster answers. */
interface Cluster {
    readonly types?: readonly string[];
    readonly isUp?: boolean;
    readonly probe?: string;
    /** The Secrets of Elasticsearch's and Kibana's certificates, which are the same here; undefined: there are none. */
    readonly secret?: { readonly "tls.crt": string; readonly "ca.crt": string };
}

const allTypes = [
    ...["certificates", "issuers"].map((name) => `${name}.cert-manager.io`),
    ...["prometheusrules", "servicemonitors"].map((name) => `${name}.monitoring.coreos.com`),
];

async function findingsOf(
    stack: string,
    { types = allTypes, isUp = true, probe = "held back", secret }: Cluster,
    changes: Readonly<Record<string, string>> = {},
) {
    const { values, origins } = readStackConfig(stack);
    const kubectl: Kubectl = async (command, ...args) => {
        switch (command) {
            case "get": {
                const file = /^jsonpath=\{\.data\.(tls|ca)\\\.crt\}$/.exec(args.at(-1) ?? "")?.[1] as
                    | "tls"
                    | "ca"
                    | undefined;
                if (args[0] === "secret") {
                    assert.ok(file, "asks for the private key");
                    return Buffer.from(secret?.[`${file}.crt`] ?? "").toString("base64");
                }
                return args.filter((arg) => types.includes(arg)).join("\n");
            }
            case "wait":
                return isUp ? "" : assert.fail("timed out");
            default:
                return `${probe}\n`;
        }
    };
    return (await clusterFindings(parseSettings(stack, { ...values, ...changes }, origins), kubectl)).map(
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
        assert.match(finding, /Install it \(https:\S+\), or set search\.certManager to false/);
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

    describe("of Elasticsearch's certificate", () => {
        const handMade = { "chattingo-logging:search.certManager": "false" };
        const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000);
        let folder: string;

        before(async () => {
            folder = await mkdtemp(join(tmpdir(), "cluster-findings-"));
        });

        after(() => rm(folder, { recursive: true }));

        /** A Secret whose certificate ends in so many days. */
        async function secretFor(days: number, hosts = ["elasticsearch.chattingo.svc", "kibana.chattingo.svc"]) {
            const authority = certificateAuthority(join(folder, `${hosts}-${days}`));
            await createAuthority(authority);
            const { certificateFile } = await issueCertificate(authority, {
                name: "tls",
                commonName: "elasticsearch",
                hosts,
                validity: { from: inDays(-90), until: inDays(days) },
            });
            return {
                "tls.crt": await readFile(certificateFile, "utf8"),
                "ca.crt": await readFile(authority.certificateFile, "utf8"),
            };
        }

        it("are none while it is good, whoever made it", async () => {
            const secret = await secretFor(22);
            assert.deepEqual(await findingsOf("prod", { secret }), []);
            assert.deepEqual(await findingsOf("prod", { secret }, handMade), []);
        });

        it("say that it has ended or ends soon, what that means, and how it is fixed", async () => {
            const ended = { secret: await secretFor(-1) };
            assert.match(
                String(await findingsOf("prod", ended)),
                /^open: the Secret elasticsearch-tls ended on 20.*programs refuse.*kubectl describe certificate/,
            );
            assert.match(
                String(await findingsOf("prod", ended, handMade)),
                /ended on 20.*: .*replace it, and nothing has.*kibana-server-tls ended on 20.*rollout restart/,
            );
            const ending = { secret: await secretFor(20) };
            assert.match(String(await findingsOf("prod", ending)), /ends on 20.*nobody has renewed it/);
        });

        it("say that it is for other names, or of another authority", async () => {
            const [good, other] = [await secretFor(90), await secretFor(90, ["search.example.com"])];
            assert.match(
                String(await findingsOf("prod", { secret: other })),
                /not for elasticsearch\.chattingo\.svc.*not for kibana\.chattingo\.svc/,
            );
            const mixed = { ...good, "ca.crt": other["ca.crt"] };
            assert.match(String(await findingsOf("prod", { secret: mixed })), /ca\.crt did not sign/);
        });

        it("say that what is there is no certificate", async () => {
            const secret = { ...(await secretFor(90)), "tls.crt": "-----BEGIN nonsense" };
            assert.match(String(await findingsOf("prod", { secret }, handMade)), /^open: .*no certificate in PEM/);
        });

        it("say that it is missing where nobody makes it", async () => {
            assert.match(String(await findingsOf("prod", {}, handMade)), /^open: .*not there.*no Elasticsearch starts/);
        });
    });
});
