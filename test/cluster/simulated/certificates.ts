// Tests of the certificates of a stack that stands, as cert-manager's own controllers make and renew them: what
// `components/search-certificates.ts` orders, and what the rest of the system counts on, holds for what comes of it.

import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { namespaceName } from "../../../components/labels.ts";
import { certificateSecretName, kibanaCertificateSecretName } from "../../../components/search-security.ts";
import { startCertManager } from "../../../lab/cert-manager.ts";
import { run } from "../../../lab/tools/run.ts";
import type { IssuedCertificates } from "../../issued-certificates.ts";

const day = 24 * 3600 * 1000;

/** What a server's certificate has to be. */
interface Promised {
    readonly secret: string;
    readonly uses: string;
    readonly days: number;
    readonly renewedDaysBefore: number;
    readonly names: readonly string[];
}

const servers: Readonly<Record<string, Promised>> = {
    elasticsearch: {
        secret: certificateSecretName,
        uses: "TLS Web Server Authentication, TLS Web Client Authentication",
        days: 90,
        renewedDaysBefore: 30,
        names: [
            ...["elasticsearch", "elasticsearch.chattingo", "elasticsearch.chattingo.svc"],
            ...["*.elasticsearch-headless", "*.elasticsearch-headless.chattingo"],
            ...["*.elasticsearch-headless.chattingo.svc", "localhost"],
        ],
    },
    kibana: {
        secret: kibanaCertificateSecretName,
        uses: "TLS Web Server Authentication",
        days: 5 * 365,
        renewedDaysBefore: 4 * 365,
        names: ["kibana", "kibana.chattingo", "kibana.chattingo.svc", "localhost"],
    },
};

/** Registers the tests, in the place of the call: they leave cert-manager running. */
export function testCertificates(issuedOf: () => IssuedCertificates): void {
    /** Days before a certificate's end at which cert-manager will renew it. */
    const renewedBefore = async (name: string, { validToDate }: X509Certificate) => {
        const { renewalTime = "" } = await issuedOf().status(name);
        return (validToDate.getTime() - Date.parse(renewalTime)) / day;
    };

    it("has cert-manager make every certificate that it orders", async () => {
        await startCertManager("simulated", namespaceName);
        await issuedOf().allReady();
    });

    for (const [server, { secret, uses, days, renewedDaysBefore, names }] of Object.entries(servers)) {
        it(`has a certificate of ${server} with the names, uses, key and time that it was ordered with`, async () => {
            const files = await issuedOf().files(secret);
            const certificate = new X509Certificate(files["tls.crt"]);
            const named = (certificate.subjectAltName ?? "").split(", ").map((name) => name.replace(/^DNS:/, ""));
            assert.deepEqual(named.toSorted(), names.toSorted());
            // For a star below a single label, as in `*.com`, most clients take no host; nobody asks by that name.
            for (const name of names.filter((each) => !/^\*\.[^.]+$/.test(each))) {
                await assertTrusted(files["tls.crt"], files["ca.crt"], name.replace("*", "elasticsearch-0"));
            }
            assert.deepEqual(await extensionsOf(files["tls.crt"]), {
                "X509v3 Basic Constraints: critical": "CA:FALSE",
                "X509v3 Key Usage: critical": "Digital Signature",
                "X509v3 Extended Key Usage": uses,
            });
            assert.equal(files["tls.key"].split("\n")[0], "-----BEGIN PRIVATE KEY-----");
            assertKeyOf(certificate, files["tls.key"]);
            assert.equal(daysOf(certificate), days);
            assert.equal(await renewedBefore(server, certificate), renewedDaysBefore);
        });

        it(`has an authority of ${server} for ten years that signs for no other server`, async () => {
            const files = await issuedOf().files(`${server}-authority`);
            assert.equal(files["tls.crt"], files["ca.crt"]);
            assert.equal((await issuedOf().files(secret))["ca.crt"], files["ca.crt"]);
            const certificate = new X509Certificate(files["tls.crt"]);
            assert.equal(certificate.subject, `CN=${server} of prod`);
            assert.ok(certificate.ca && certificate.checkIssued(certificate));
            assert.match(
                (await extensionsOf(files["tls.crt"]))["X509v3 Key Usage: critical"] ?? "",
                /Certificate Sign/,
            );
            assertKeyOf(certificate, files["tls.key"]);
            assert.equal(daysOf(certificate), 3650);
            assert.equal(await renewedBefore(`${server}-authority`, certificate), 1825);
            for (const [other, { secret: ofOther }] of Object.entries(servers).filter(([name]) => name !== server)) {
                const { "tls.crt": another } = await issuedOf().files(ofOther);
                await assert.rejects(assertTrusted(another, files["ca.crt"], other), /local issuer certificate/);
            }
        });
    }

    it("renews certificates with new keys under the same authorities", async () => {
        for (const [server, { secret }] of Object.entries(servers)) {
            const before = await issuedOf().files(secret);
            await issuedOf().renew(server);
            const after = await issuedOf().files(secret);
            assert.notEqual(after["tls.crt"], before["tls.crt"]);
            assert.notEqual(after["tls.key"], before["tls.key"]);
            assertKeyOf(new X509Certificate(after["tls.crt"]), after["tls.key"]);
            assert.equal(after["ca.crt"], before["ca.crt"]);
            await assertTrusted(after["tls.crt"], before["ca.crt"], server);
        }
    });

    it("renews authorities with the same keys: who knows the old or the new one trusts what either has signed", async () => {
        for (const [server, { secret }] of Object.entries(servers)) {
            const old = await issuedOf().files(secret);
            const before = await issuedOf().files(`${server}-authority`);
            await issuedOf().renew(`${server}-authority`);
            const after = await issuedOf().files(`${server}-authority`);
            assert.notEqual(after["ca.crt"], before["ca.crt"]);
            assert.equal(after["tls.key"], before["tls.key"]);
            await assertTrusted(old["tls.crt"], after["ca.crt"], server);

            await issuedOf().renew(server);
            const next = await issuedOf().files(secret);
            assert.equal(next["ca.crt"], after["ca.crt"]);
            for (const authority of [before["ca.crt"], after["ca.crt"]]) {
                await assertTrusted(next["tls.crt"], authority, server);
            }
        }
    });
}

/** How long it is good, in days, from its first second to its last. */
function daysOf({ validFromDate, validToDate }: X509Certificate): number {
    return (validToDate.getTime() - validFromDate.getTime()) / day;
}

function assertKeyOf(certificate: X509Certificate, text: string): void {
    const key = createPrivateKey(text);
    assert.equal(key.asymmetricKeyDetails?.namedCurve, "prime256v1");
    assert.ok(certificate.checkPrivateKey(key));
}

/** Extensions by their names, as openssl tells them. */
async function extensionsOf(certificate: string): Promise<Readonly<Record<string, string>>> {
    const told = await run("openssl", ["x509", "-noout", "-ext", "basicConstraints,keyUsage,extendedKeyUsage"], {
        input: certificate,
    });
    const lines = told.trimEnd().split("\n");
    return Object.fromEntries(
        lines.flatMap((line, index) =>
            line.startsWith(" ") ? [] : [[line.replace(/:\s*$/, "").trim(), (lines[index + 1] ?? "").trim()]],
        ),
    );
}

/** Fails unless a client that knows this authority alone takes the certificate for that of the host. */
async function assertTrusted(certificate: string, authority: string, host: string): Promise<void> {
    // Both by their contents, which are no secrets.
    const verify = 'openssl verify -x509_strict -purpose sslserver -verify_hostname "$0" -CAfile <(printf %s "$1")';
    await run("bash", ["-c", verify, host, authority], { input: certificate });
}
