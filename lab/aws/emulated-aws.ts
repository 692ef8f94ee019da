// The AWS of the lab: S3, KMS, IAM, STS and EKS answered by moto (https://docs.getmoto.org) on this machine.
//
// What it holds is in memory and ends with the process: stopping it empties the account, so a Pulumi stack that was
// provisioned there has to be destroyed, or its state thrown away, before.
//
// Kept as AWS keeps it (server/ adds what moto 5.2.5 lacks, marked *): signatures, access keys and the policies of users
// and roles on every request; trust policies of roles assumed with a web identity, and the token's signature and time*;
// conditional puts (`If-None-Match: *`); `x-amz-checksum-sha256` refused on a mismatch*, for bodies sent in one piece, and
// listed with the parts of an upload*; bucket policies with their conditions*; TLS or its absence, on ports of their own*;
// disabled ACLs, blocked public ACLs and policies*; versions; Object Lock (default retention, also changed later*;
// governance and compliance; versioning that cannot be suspended*); lifecycle configuration as it was put*; tokens of
// `aws eks get-token`, by their signature, time and cluster*, where an API server asks whose they are.
// Not kept: the ordinary port speaks plain HTTP and counts as TLS, so a program that forgets TLS is not found out there;
// conditional puts are not atomic against each other; lifecycle rules are stored and never carried out; use of
// a KMS key is not authorized and objects are not encrypted, only labelled; checksums of other algorithms and of
// aws-chunked bodies are not verified; bucket policies naming a principal other than `*` are ignored; anonymous requests
// and presigned URLs are always refused; a metadata name with an underscore is one with a hyphen, so that a request that
// signs it is refused; access points and buckets of other accounts do not exist; the audiences that
// an IAM OpenID Connect provider lists are not looked at; in a
// bucket whose versioning is suspended, deleting one version of an object deletes all of them; deleting several objects
// in one request asks for a permission on the bucket, not on each object.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import type { IssuedCertificate } from "../control-plane/certificates.ts";
import type { ProcessSpec } from "../processes/detached-process.ts";
import { pythonWithMoto } from "./python-environment.ts";

/** An access key of the emulated account. */
export interface AwsCredentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
}

/** Region in which the emulated account has its EKS clusters. */
export const emulatedAwsRegion = "us-east-1";

/** Access key of the IAM user who may do everything; good for the emulated account and nowhere else. */
export const operatorCredentials: AwsCredentials = {
    accessKeyId: "LABOPERATORACCESSKEY",
    secretAccessKey: "only-good-in-the-lab",
};

/** EKS clusters of the account, each with an OIDC issuer and the IAM provider that trusts it. */
export const eksClusters = ["chattingo-prod", "chattingo-compliance"] as const;

/** An EKS cluster of the account whose API server answers nobody here, as one with a private endpoint does outside its VPC. */
export const unreachableEksCluster = "chattingo-private";

/** URL of the token issuer of one of the {@link eksClusters}. */
export function eksIssuer(clusterName: string): string {
    const id = createHash("sha256").update(clusterName).digest("hex").slice(0, 32).toUpperCase();
    return `https://oidc.eks.${emulatedAwsRegion}.amazonaws.com/id/${id}`;
}

/** Nothing listens there (https://www.rfc-editor.org/rfc/rfc6335#section-6: port 1 is a system port that is out of use). */
const closedEndpoint = "https://127.0.0.1:1";

/** Where it tells an API server whose a token of `aws eks get-token` is, beneath the URL of any of its ports. */
export const tokenReviewPath = "/eks-token-reviews";

/** Ports for those to whom it matters whether a request comes over TLS; 0 lets the kernel choose one. */
export interface TransportPorts {
    readonly https: number;
    /** Plain HTTP that counts as such. */
    readonly http: number;
    /** Shown on the port for HTTPS. */
    readonly certificate: IssuedCertificate;
}

/** The API server that stands for those of the {@link eksClusters}. */
export interface EksApiServer {
    readonly url: string;
    /** PEM file of the authority that signed its certificate. */
    readonly authorityFile: string;
}

/** Where the emulated AWS listens and whom it believes. */
export interface EmulatedAwsAddress {
    /** TCP port of plain HTTP that counts as TLS, because it never leaves the machine; 0 lets the kernel choose one. */
    readonly port: number;
    /** IP addresses, 127.0.0.1 alone by default. All show the same account. */
    readonly listen?: readonly string[];
    /** None by default. */
    readonly transports?: TransportPorts;
    /**
     * Files with the RSA public key of token issuers, PEM, by the issuer's URL. They need not be there before a token is.
     * No token of any other issuer is taken.
     */
    readonly issuerKeyFiles?: Readonly<Record<string, string>>;
    /** None by default: the clusters have a made-up address then. */
    readonly eksApiServer?: EksApiServer;
}

/** How {@link startEmulatedAws} starts one. */
export interface EmulatedAwsOptions extends EmulatedAwsAddress {
    /** Receives `emulated-aws.log`, one line a request. Made if missing. */
    readonly folder: string;
}

/** A running emulated AWS. */
export interface EmulatedAws {
    /** URL on the first address, for `AWS_ENDPOINT_URL`. */
    readonly endpoint: string;
    /** URLs of the ports of {@link TransportPorts}, where they were asked for. */
    readonly transports: { readonly https: string; readonly http: string } | undefined;
    readonly operatorCredentials: AwsCredentials;
    /** Ends it and everything it held. */
    stop(): Promise<void>;
}

/**
 * Starts an emulated AWS that ends with this process at the latest; what tests use.
 *
 * @throws an error that names the log file when it does not start, for example because the port is taken
 */
export async function startEmulatedAws(options: EmulatedAwsOptions): Promise<EmulatedAws> {
    const addresses = listenAddresses(options);
    const { command, args, env } = await serverCommand(options, "with-standard-input");
    await mkdir(options.folder, { recursive: true });
    const logFile = join(options.folder, "emulated-aws.log");
    const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const log = child.stderr.pipe(createWriteStream(logFile));
    const ended = Promise.all([once(child, "close"), finished(log)]);
    const [port, https, http] = await new Promise<readonly string[]>((resolve, reject) => {
        child.once("error", reject);
        createInterface({ input: child.stdout }).on("line", (line) => {
            const [word, ...ports] = line.split(" ");
            if (word === "ready") {
                resolve(ports);
            }
        });
        void ended.then(() =>
            reject(new Error(`the emulated AWS did not start on ${addresses} port ${options.port}; see ${logFile}`)),
        );
    });
    return {
        endpoint: `http://${addresses[0]}:${port}`,
        transports: options.transports && {
            https: `https://${addresses[0]}:${https}`,
            http: `http://${addresses[0]}:${http}`,
        },
        operatorCredentials,
        async stop() {
            child.kill("SIGTERM");
            await ended;
        },
    };
}

/** The emulated AWS as a program of the lab, which lives until the lab is taken down. */
export async function emulatedAwsProcess(address: EmulatedAwsAddress): Promise<ProcessSpec> {
    return {
        name: "emulated-aws",
        ...(await serverCommand(address, "until-signal")),
        healthCheck: { url: `http://${listenAddresses(address)[0]}:${address.port}/moto-api/data.json` },
    };
}

async function serverCommand(
    address: EmulatedAwsAddress,
    life: "with-standard-input" | "until-signal",
): Promise<Required<Pick<ProcessSpec, "command" | "args" | "env">>> {
    const { transports } = address;
    const config = {
        addresses: listenAddresses(address),
        listeners: [
            { port: address.port, isSecure: true },
            ...(transports === undefined
                ? []
                : [
                      { port: transports.https, isSecure: true, certificate: transports.certificate },
                      { port: transports.http, isSecure: false },
                  ]),
        ],
        region: emulatedAwsRegion,
        operator: { userName: "operator", ...operatorCredentials },
        clusters: await seededClusters(address.eksApiServer),
        issuerKeyFiles: address.issuerKeyFiles ?? {},
        tokenReviews: { path: tokenReviewPath, clusters: eksClusters },
        endsWithStandardInput: life === "with-standard-input",
    };
    return {
        command: await pythonWithMoto(),
        args: [join(import.meta.dirname, "server"), JSON.stringify(config)],
        // Without it moto takes the first label of any host name for a bucket.
        env: { S3_IGNORE_SUBDOMAIN_BUCKETNAME: "true", PYTHONDONTWRITEBYTECODE: "1" },
    };
}

/** What the server is told of each cluster; the one that can't be reached has the authority of the others. */
async function seededClusters(apiServer: EksApiServer | undefined): Promise<readonly object[]> {
    const authority = apiServer && (await readFile(apiServer.authorityFile, "base64"));
    const seeded = (name: string, endpoint: string | undefined) => ({
        name,
        issuer: eksIssuer(name),
        ...(endpoint !== undefined && { endpoint, certificateAuthority: authority }),
    });
    return [
        ...eksClusters.map((name) => seeded(name, apiServer?.url)),
        seeded(unreachableEksCluster, apiServer && closedEndpoint),
    ];
}

function listenAddresses(address: EmulatedAwsAddress): readonly string[] {
    return address.listen ?? ["127.0.0.1"];
}
