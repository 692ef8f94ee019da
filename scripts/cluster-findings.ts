// What a cluster lacks of what a stack counts on, and what is and is not protected by it.

import { X509Certificate } from "node:crypto";
import type { Kubectl } from "../cluster/kubectl.ts";
import { type Operator, operatorsOf } from "../cluster/operators.ts";
import { ports } from "../components/connections.ts";
import { namespaceName } from "../components/labels.ts";
import { certificateBoundDays } from "../components/monitoring/alerts.ts";
import { certificateSecretName, kibanaCertificateSecretName } from "../components/search-security.ts";
import type { Settings } from "../settings/index.ts";

/** One thing about the cluster that somebody has to know. */
export interface Finding {
    /** `open`: something is missing or not protected. `unknown`: it could not be found out. */
    readonly kind: "open" | "unknown";
    readonly text: string;
}

/** The uploader may not open this connection: it tells whether policies are enforced. */
const probe = `
const socket = require("node:net").connect(${ports.elasticsearch}, "elasticsearch.${namespaceName}.svc");
const end = (word) => { console.log(word); process.exit(); };
socket.on("connect", () => end("reached"));
socket.on("error", ({ code }) => end(/ENOTFOUND|EAI_AGAIN/.test(code) ? "no name" : "held back"));
socket.setTimeout(5000, () => end("held back"));
`;

/** Everything that the stack counts on and the cluster does not have; empty when all is there. */
export async function clusterFindings(settings: Settings, kubectl: Kubectl): Promise<readonly Finding[]> {
    const { network } = settings;
    const { security } = settings.search;
    const findings = [
        ...operatorsOf(settings).map((operator) => operatorFindings(operator, kubectl)),
        ...(security ? certifiedServers.map((one) => certificateFindings(one, security.certManager, kubectl)) : []),
        ...(network.policies ? [networkFindings(security !== undefined, kubectl)] : []),
    ];
    return (await Promise.all(findings)).flat();
}

async function operatorFindings({ types, missing }: Operator, kubectl: Kubectl): Promise<readonly Finding[]> {
    const found = await kubectl("get", "crd", ...types, "--ignore-not-found", "-o", "name");
    return types.every((type) => found.includes(type)) ? [] : [{ kind: "open", text: missing }];
}

/** A server with a certificate. */
interface CertifiedServer {
    /** Of its Service, and of the certificate that cert-manager is asked for. */
    readonly name: string;
    readonly title: string;
    readonly secretName: string;
    /** What follows when the certificate has been replaced by hand. */
    readonly afterwards: string;
}

const certifiedServers: readonly CertifiedServer[] = [
    {
        name: "elasticsearch",
        title: "Elasticsearch",
        secretName: certificateSecretName,
        afterwards: "nothing has to be restarted",
    },
    {
        name: "kibana",
        title: "Kibana",
        secretName: kibanaCertificateSecretName,
        afterwards: `kubectl rollout restart -n ${namespaceName} deployment/kibana has it read`,
    },
];

const dayMilliseconds = 24 * 3600 * 1000;

/** The certificate of a server, of which nothing but the public part is read. */
async function certificateFindings(
    { name, title, secretName, afterwards }: CertifiedServer,
    certManager: boolean,
    kubectl: Kubectl,
): Promise<readonly Finding[]> {
    const host = `${name}.${namespaceName}.svc`;
    const open = (what: string, then: string): readonly Finding[] => [
        { kind: "open", text: `the Secret ${secretName} ${what}: ${then}` },
    ];
    const howToFix = certManager
        ? `kubectl describe certificate ${name} -n ${namespaceName} says why cert-manager does not renew it`
        : `replace it, and ${afterwards}`;
    const read = async (file: string) =>
        Buffer.from(
            await kubectl(
                ...["get", "secret", secretName, "-n", namespaceName, "--ignore-not-found"],
                ...["-o", `jsonpath={.data.${file.replace(".", "\\.")}}`],
            ),
            "base64",
        ).toString();
    const [certificateText, authorityText] = await Promise.all([read("tls.crt"), read("ca.crt")]);
    if (certificateText === "" || authorityText === "") {
        return certManager
            ? []
            : open(
                  "is not there, or lacks tls.crt or ca.crt, and search.certManager is false",
                  `no ${title} starts. Make it as the operations guide says under Users and TLS of Elasticsearch`,
              );
    }
    const [certificate, authority] = [certificateText, authorityText].map(certificateIn);
    if (certificate === undefined || authority === undefined) {
        return open("has a tls.crt or ca.crt that is no certificate in PEM", `no ${title} starts; ${howToFix}`);
    }
    const end = certificate.validToDate < authority.validToDate ? certificate.validToDate : authority.validToDate;
    const days = (end.getTime() - Date.now()) / dayMilliseconds;
    return [
        ...(days < 0
            ? open(`ended on ${end.toISOString()}`, `programs refuse to talk to ${title}; ${howToFix}`)
            : days < certificateBoundDays
              ? open(`ends on ${end.toISOString()}`, `nobody has renewed it; ${howToFix}`)
              : []),
        ...(certificate.checkHost(host) === undefined
            ? open(`has a certificate that is not for ${host}`, `programs refuse it; ${howToFix}`)
            : []),
        ...(certificate.verify(authority.publicKey)
            ? []
            : open("has a tls.crt that its ca.crt did not sign", `programs refuse it; ${howToFix}`)),
    ];
}

function certificateIn(text: string): X509Certificate | undefined {
    try {
        return new X509Certificate(text);
    } catch {
        return undefined;
    }
}

async function networkFindings(hasLogins: boolean, kubectl: Kubectl): Promise<readonly Finding[]> {
    const unknown = (why: string): readonly Finding[] => [
        { kind: "unknown", text: `whether the network plugin enforces NetworkPolicies can't be told: ${why}` },
    ];
    const here = ["-n", namespaceName] as const;
    try {
        await kubectl("wait", ...here, "--for=condition=ready", "pod", "-l", "app=elasticsearch", "--timeout=1s");
    } catch {
        return unknown("Elasticsearch is not up");
    }
    const answer = await kubectl("exec", ...here, "deployment/s3-uploader", "--", "node", "-e", probe).catch(
        () => "no uploader",
    );
    switch (answer.trim()) {
        case "held back":
            return [];
        case "reached":
            return [
                {
                    kind: "open",
                    text: `the network plugin does not enforce NetworkPolicies: every pod of the cluster reaches every port of this system. ${
                        hasLogins
                            ? "Logins and TLS still protect Elasticsearch, and a login protects Kibana; metrics are open"
                            : "Nothing else protects the lines in Elasticsearch, which asks nobody who they are"
                    }`,
                },
            ];
        default:
            return unknown(answer.trim());
    }
}
