// The archive of a stack that stands: its bucket and the uploader's role as the program made them, with tokens of the
// cluster's own API server. What AWS's admission webhook adds to the uploader's pod, the tests add.
// https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { emulatedAwsRegion, operatorCredentials } from "../../../lab/aws/emulated-aws.ts";
import { clusterFolder } from "../../../lab/cluster.ts";
import { labPorts } from "../../../lab/ports.ts";
import { run } from "../../../lab/tools/run.ts";
import type { LabStack } from "../../../scripts/lab-stack.ts";

/** Audience of the tokens that EKS projects into pods for STS. */
const stsAudience = "sts.amazonaws.com";

const ports = labPorts("simulated", 0);

/** Credentials of an IAM user or of a role's session. */
export interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
}

/** Who asks for a token, and what for. */
export interface TokenRequest {
    /** `s3-uploader` by default. */
    readonly serviceAccount?: string;
    /** `chattingo` by default. */
    readonly namespace?: string;
    /** That of STS by default. */
    readonly audience?: string;
}

/** The archive of a stack. */
export class DeployedArchive {
    /** The emulated AWS over TLS. */
    readonly endpoint = `https://127.0.0.1:${ports.awsOverTls}`;
    /** The same without TLS. */
    readonly endpointWithoutTls = `http://127.0.0.1:${ports.awsWithoutTls}`;
    /** Certificate of who signed that of the emulated AWS. */
    readonly authorityFile = join(clusterFolder("simulated"), "certificates", "ca.crt");
    readonly bucketName: string;
    readonly keyArn: string;
    readonly roleArn: string;
    readonly #stack: LabStack;

    /** @param outputs the stack's */
    constructor(stack: LabStack, outputs: Readonly<Record<string, string>>) {
        this.#stack = stack;
        const { bucketName, keyArn, roleArn } = outputs;
        assert.ok(bucketName && keyArn && roleArn, JSON.stringify(outputs));
        this.bucketName = bucketName;
        this.keyArn = keyArn;
        this.roleArn = roleArn;
    }

    /** What the SDK needs to reach the emulated AWS over TLS. */
    client(credentials: Credentials = operatorCredentials) {
        return {
            endpoint: this.endpoint,
            region: emulatedAwsRegion,
            credentials,
            requestHandler: { httpsAgent: new Agent({ ca: readFileSync(this.authorityFile) }) },
        };
    }

    /** S3 as the operator sees it, whom no policy of a user keeps from anything. */
    s3(credentials: Credentials = operatorCredentials): S3Client {
        return new S3Client({ ...this.client(credentials), forcePathStyle: true });
    }

    /** A put that the bucket takes, apart from its key and body. */
    get encryption() {
        return { Bucket: this.bucketName, ServerSideEncryption: "aws:kms", SSEKMSKeyId: this.keyArn } as const;
    }

    kubectl(...args: string[]): Promise<string> {
        return run("kubectl", args, { env: this.#stack.environment });
    }

    /** A token as kubelet asks for one that is projected into a pod. */
    async token({
        serviceAccount = "s3-uploader",
        namespace = "chattingo",
        audience = stsAudience,
    }: TokenRequest = {}): Promise<string> {
        const [pod] = (
            await this.kubectl("get", "pods", "-n", namespace, "-l", `app=${serviceAccount}`, "-o", "name")
        ).split("\n");
        const bound = pod ? ["--bound-object-kind", "Pod", "--bound-object-name", pod.replace("pod/", "")] : [];
        const token = await this.kubectl(
            ...["create", "token", serviceAccount, "-n", namespace, "--audience", audience, ...bound],
        );
        return token.trim();
    }

    /** Credentials of the uploader's role for who holds a token. */
    async assumeRole(token: string): Promise<Credentials> {
        const sts = new STSClient(this.client());
        const { Credentials: given } = await sts.send(
            new AssumeRoleWithWebIdentityCommand({
                RoleArn: this.roleArn,
                RoleSessionName: "test",
                WebIdentityToken: token,
            }),
        );
        const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "", SessionToken } = given ?? {};
        return { accessKeyId, secretAccessKey, sessionToken: SessionToken };
    }
}

/** Fails unless AWS refuses the call, and for this reason. */
export async function refused(call: Promise<unknown>, name = "AccessDenied"): Promise<void> {
    await assert.rejects(call, (error: Error) => {
        assert.equal(error.name, name, String(error));
        return true;
    });
}
