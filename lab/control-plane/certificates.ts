// The lab's own certificate authority and the certificates that it signs; openssl does the work.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { run } from "../tools/run.ts";

/** Days that the lab's certificates are valid: longer than any lab lives. */
const validDays = 365;

/** What a certificate is for. */
export interface CertificateRequest {
    /** Names the files; unique in the cluster, for example `kubelet-serving`. */
    readonly name: string;
    /** User name of a client, or name of a server. */
    readonly commonName: string;
    /** Groups of a client, for example `system:nodes`. */
    readonly organizations?: readonly string[];
    /** Host names and IP addresses at which a server is reached; without them the certificate is for clients only. */
    readonly hosts?: readonly string[];
    /** When it is valid; by default for a year from now. */
    readonly validity?: { readonly from: Date; readonly until: Date };
}

/** A signed certificate and its key, as PEM files. */
export interface IssuedCertificate {
    readonly certificateFile: string;
    readonly keyFile: string;
}

/** A certificate authority, as PEM files in a folder in which the certificates that it signs are put too. */
export interface CertificateAuthority extends IssuedCertificate {
    readonly folder: string;
}

/** Where the authority of the cluster with this certificate folder stands, whether made already or not. */
export function certificateAuthority(folder: string): CertificateAuthority {
    return { folder, certificateFile: join(folder, "ca.crt"), keyFile: join(folder, "ca.key") };
}

/** Makes the key and the self-signed certificate of an authority. */
export async function createAuthority(authority: CertificateAuthority): Promise<void> {
    await mkdir(authority.folder, { recursive: true, mode: 0o700 });
    await openssl(authority, authority.folder, "ca", [
        "[req]",
        "distinguished_name = subject",
        "prompt = no",
        "x509_extensions = extensions",
        "[subject]",
        "CN = chattingo-lab",
        "[extensions]",
        "basicConstraints = critical, CA:TRUE",
        "keyUsage = critical, keyCertSign, cRLSign, digitalSignature",
        "subjectKeyIdentifier = hash",
    ]);
}

/**
 * Certificate for clients and, when it names hosts, for servers; made at the first request of that name and the same
 * one afterwards.
 */
export async function issueCertificate(
    authority: CertificateAuthority,
    request: CertificateRequest,
): Promise<IssuedCertificate> {
    const issued = {
        certificateFile: join(authority.folder, `${request.name}.crt`),
        keyFile: join(authority.folder, `${request.name}.key`),
    };
    if (!existsSync(issued.certificateFile)) {
        const configuration = certificateConfiguration(request);
        if (request.validity === undefined) {
            await openssl(issued, authority.folder, request.name, configuration, authority);
        } else {
            await signForValidity(issued, authority, request.name, configuration, request.validity);
        }
    }
    return issued;
}

/** Configuration of `openssl req` for one certificate (https://docs.openssl.org/3.0/man1/openssl-req/). */
function certificateConfiguration(request: CertificateRequest): readonly string[] {
    const hosts = request.hosts ?? [];
    const alternativeNames = hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`);
    return [
        "[req]",
        "distinguished_name = subject",
        "prompt = no",
        "x509_extensions = extensions",
        "[subject]",
        ...(request.organizations ?? []).map((organization, index) => `${index}.O = ${organization}`),
        `CN = ${request.commonName}`,
        "[extensions]",
        "basicConstraints = critical, CA:FALSE",
        "keyUsage = critical, digitalSignature",
        `extendedKeyUsage = clientAuth${hosts.length > 0 ? ", serverAuth" : ""}`,
        "subjectKeyIdentifier = hash",
        "authorityKeyIdentifier = keyid",
        ...(hosts.length > 0 ? [`subjectAltName = ${alternativeNames.join(", ")}`] : []),
    ];
}

async function openssl(
    target: IssuedCertificate,
    folder: string,
    name: string,
    configuration: readonly string[],
    signer?: CertificateAuthority,
): Promise<void> {
    const configurationFile = join(folder, `${name}.cnf`);
    await writeFile(configurationFile, `${configuration.join("\n")}\n`);
    await run("openssl", [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        String(validDays),
        "-config",
        configurationFile,
        ...(signer ? ["-CA", signer.certificateFile, "-CAkey", signer.keyFile] : []),
        "-keyout",
        target.keyFile,
        "-out",
        target.certificateFile,
    ]);
}

/** `openssl req` of Debian's version knows no dates: those take a request, and `openssl ca` with its records. */
async function signForValidity(
    target: IssuedCertificate,
    authority: CertificateAuthority,
    name: string,
    configuration: readonly string[],
    { from, until }: { readonly from: Date; readonly until: Date },
): Promise<void> {
    const file = (ending: string) => join(authority.folder, `${name}.${ending}`);
    await writeFile(file("index"), "");
    const records = [
        "[ca]",
        "default_ca = records",
        "[records]",
        `database = ${file("index")}`,
        `new_certs_dir = ${authority.folder}`,
        "rand_serial = yes",
        "default_md = sha256",
        "policy = names",
        "[names]",
        "organizationName = optional",
        "commonName = supplied",
    ];
    await writeFile(file("cnf"), `${[...configuration, ...records].join("\n")}\n`);
    await run("openssl", [
        ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-config", file("cnf"), "-keyout", target.keyFile, "-out", file("csr")],
    ]);
    await run("openssl", [
        ...["ca", "-batch", "-notext", "-config", file("cnf"), "-extensions", "extensions"],
        ...["-cert", authority.certificateFile, "-keyfile", authority.keyFile],
        ...["-startdate", asn1Time(from), "-enddate", asn1Time(until)],
        ...["-in", file("csr"), "-out", target.certificateFile],
    ]);
}

/** Such as `20250910120000Z`. */
function asn1Time(time: Date): string {
    return `${time.toISOString().slice(0, 19).replaceAll(/[-T:]/g, "")}Z`;
}
