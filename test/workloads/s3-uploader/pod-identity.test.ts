import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { emulatedAwsRegion, operatorCredentials } from "../../../lab/aws/emulated-aws.ts";
import { TestS3 } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";
import { makeUploaderRole } from "./uploader-role.ts";

/**
 * Answers as the agent of EKS Pod Identity does on a node, where it listens on 169.254.170.23: with a role's temporary
 * credentials for a pod's token, and with nothing for anyone else. Unlike the agent it knows one token and one role.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 */
function podIdentityAgent(credentials: object, tokenFile: string): Server {
    return createServer((request, response) => {
        const isAllowed =
            request.url === "/v1/credentials" && request.headers.authorization === readFileSync(tokenFile, "utf8");
        response.writeHead(isAllowed ? 200 : 401, { "Content-Type": "application/json" });
        response.end(JSON.stringify(isAllowed ? credentials : { message: "not authorized" }));
    });
}

describe("The uploader with EKS Pod Identity", () => {
    let s3: TestS3;
    let bed: UploaderBed;
    let agent: Server | undefined;

    before(async () => {
        bed = await UploaderBed.make();
        s3 = await TestS3.start();
    });
    after(async () => {
        agent?.close();
        await s3.stop();
        await bed.remove();
    });

    it("takes its role's credentials from the agent on its node, and does its work with them", async () => {
        const bucket = await s3.newBucket();
        const access = { endpoint: s3.endpoint, region: emulatedAwsRegion, credentials: operatorCredentials };
        const iam = new IAMClient(access);
        // AWS has the service pods.eks.amazonaws.com here; moto knows only users and roles, so the operator assumes it.
        const trust = {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
        };
        const roleArn = await makeUploaderRole(iam, trust, bucket.name);
        iam.destroy();
        const sts = new STSClient(access);
        const { Credentials } = await sts.send(
            new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "eks-chattingo-prod-s3-uploader" }),
        );
        sts.destroy();
        const tokenFile = join(bed.root, "eks-pod-identity-token");
        await writeFile(tokenFile, "the-token-of-the-pod");
        agent = podIdentityAgent(
            {
                AccessKeyId: Credentials?.AccessKeyId,
                SecretAccessKey: Credentials?.SecretAccessKey,
                Token: Credentials?.SessionToken,
                Expiration: Credentials?.Expiration?.toISOString(),
            },
            tokenFile,
        ).listen(0, "127.0.0.1");
        await new Promise((resolve) => agent?.once("listening", resolve));
        const { port } = agent.address() as AddressInfo;
        await bed.archive("app_application_20250910_120000.log.gz", "a\n");
        const run = await bed.once(await bed.config(bucket.name), {
            AWS_ENDPOINT_URL: s3.endpoint,
            AWS_REGION: emulatedAwsRegion,
            AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v1/credentials`,
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
        });
        assert.equal(run.status, 0, run.stdout);
        assert.equal((await bucket.keys()).length, 2);
        assert.deepEqual(await bed.localFiles(), []);
    });
});
