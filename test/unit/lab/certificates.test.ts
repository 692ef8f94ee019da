// The lab's certificates, checked by Node's own reader.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    type CertificateAuthority,
    certificateAuthority,
    createAuthority,
    issueCertificate,
} from "../../../lab/control-plane/certificates.ts";
import { writeKubeconfig } from "../../../lab/control-plane/kubeconfig.ts";

describe("certificates of the lab", function () {
    this.timeout(20_000);

    let folder: string;
    let authority: CertificateAuthority;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "lab-certificates-"));
        authority = certificateAuthority(join(folder, "certificates"));
        await createAuthority(authority);
    });

    after(() => rm(folder, { recursive: true }));

    const read = async (file: string) => new X509Certificate(await readFile(file));

    it("are signed by an authority that nobody but the owner can use", async () => {
        const root = await read(authority.certificateFile);
        assert.equal(root.ca, true);
        assert.equal((await stat(authority.keyFile)).mode & 0o077, 0);
        const issued = await issueCertificate(authority, { name: "someone", commonName: "someone" });
        const certificate = await read(issued.certificateFile);
        assert.equal(certificate.verify(root.publicKey), true);
        assert.equal(certificate.ca, false);
        assert.equal((await stat(issued.keyFile)).mode & 0o077, 0);
    });

    it("carry user and groups of a client, and are not good for a server then", async () => {
        const issued = await issueCertificate(authority, {
            name: "client",
            commonName: "system:node:one",
            organizations: ["system:nodes", "others"],
        });
        const certificate = await read(issued.certificateFile);
        assert.equal(certificate.subject, "O=system:nodes\nO=others\nCN=system:node:one");
        assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    });

    it("are valid for a year, or for the time that is asked for", async () => {
        const usual = await read(
            (await issueCertificate(authority, { name: "usual", commonName: "one" })).certificateFile,
        );
        assert.equal(Math.round((usual.validToDate.getTime() - Date.now()) / 86_400_000), 365);
        const validity = { from: new Date("2025-09-10T00:00:00Z"), until: new Date("2025-09-11T12:34:56Z") };
        const issued = await issueCertificate(authority, {
            name: "ended",
            commonName: "server",
            hosts: ["localhost"],
            validity,
        });
        const ended = await read(issued.certificateFile);
        assert.deepEqual([ended.validFromDate, ended.validToDate], [validity.from, validity.until]);
        assert.equal(ended.subject, "CN=server");
        assert.equal(ended.checkHost("localhost"), "localhost");
        assert.equal(ended.verify((await read(authority.certificateFile)).publicKey), true);
        assert.equal((await stat(issued.keyFile)).mode & 0o077, 0);
    });

    it("name every host of a server, addresses and names", async () => {
        const issued = await issueCertificate(authority, {
            name: "server",
            commonName: "server",
            hosts: ["127.0.0.1", "kubernetes.default.svc"],
        });
        const certificate = await read(issued.certificateFile);
        assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
        assert.equal(certificate.checkHost("kubernetes.default.svc"), "kubernetes.default.svc");
        assert.equal(certificate.checkHost("another.host"), undefined);
    });

    it("are made once for a name", async () => {
        const request = { name: "same", commonName: "same" };
        const first = await read((await issueCertificate(authority, request)).certificateFile);
        const second = await read((await issueCertificate(authority, request)).certificateFile);
        assert.equal(first.fingerprint256, second.fingerprint256);
    });

    it("go whole into a kubeconfig that only its owner can read", async () => {
        const file = await writeKubeconfig(
            authority,
            { name: "viewer", user: "viewer", groups: ["readers"] },
            { file: join(folder, "kubeconfig"), server: "https://127.0.0.1:1", clusterName: "lab" },
        );
        assert.equal((await stat(file)).mode & 0o777, 0o600);
        const { users, clusters } = JSON.parse(await readFile(file, "utf8"));
        const certificate = new X509Certificate(Buffer.from(users[0].user["client-certificate-data"], "base64"));
        assert.equal(certificate.subject, "O=readers\nCN=viewer");
        assert.equal(clusters[0].cluster.server, "https://127.0.0.1:1");
    });
});
