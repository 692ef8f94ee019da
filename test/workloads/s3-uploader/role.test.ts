import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IAMClient, ListOpenIDConnectProvidersCommand } from "@aws-sdk/client-iam";
import { serviceAccountTrustPolicy } from "../../../components/iam-policies.ts";
import { eksClusters, eksIssuer, emulatedAwsRegion, operatorCredentials } from "../../../lab/aws/emulated-aws.ts";
import { TokenIssuer } from "../../token-issuer.ts";
import { TestS3 } from "./test-bucket.ts";
import { UploaderBed } from "./uploader-process.ts";
import { makeUploaderRole } from "./uploader-role.ts";

const account = { namespace: "chattingo", name: "s3-uploader" };

describe("The uploader with a role of its ServiceAccount", () => {
    let s3: TestS3;
    let bed: UploaderBed;
    let issuer: TokenIssuer;

    before(async () => {
        bed = await UploaderBed.make();
        issuer = await TokenIssuer.make(bed.root, eksIssuer(eksClusters[0]));
        s3 = await TestS3.start({ issuerKeyFiles: { [issuer.url]: issuer.publicKeyFile } });
    });
    after(async () => {
        await s3.stop();
        await bed.remove();
    });

    it("becomes ready and does its work with the rights that the stack gives it", async () => {
        const bucket = await s3.newBucket();
        const iam = new IAMClient({
            endpoint: s3.endpoint,
            region: emulatedAwsRegion,
            credentials: operatorCredentials,
        });
        const { OpenIDConnectProviderList: providers } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
        const host = issuer.url.replace("https://", "");
        const providerArn = providers?.find(({ Arn }) => Arn?.endsWith(host))?.Arn ?? "";
        const trust = serviceAccountTrustPolicy({ ...account, providerArn, issuerUrl: issuer.url });
        const roleArn = await makeUploaderRole(iam, trust, bucket.name);
        iam.destroy();
        await bed.archive("app_application_20250910_120000.log.gz", "a\n");
        const token = join(bed.root, "token");
        const sub = `system:serviceaccount:${account.namespace}:${account.name}`;
        await writeFile(token, issuer.token({ sub }));
        const uploader = bed.start(["--config", await bed.config(bucket.name), "--log-root", bed.root], {
            AWS_ENDPOINT_URL: s3.endpoint,
            AWS_REGION: emulatedAwsRegion,
            AWS_ROLE_ARN: roleArn,
            AWS_WEB_IDENTITY_TOKEN_FILE: token,
            METRICS_PORT: "0",
        });
        const { port } = await uploader.line("started");
        await uploader.line("S3 lets the uploader in");
        assert.deepEqual((await uploader.line("pass ended")).failures, []);
        assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200);
        uploader.kill("SIGTERM");
        assert.equal((await uploader.ended).status, 0);
        assert.equal((await bucket.keys()).length, 2);
        assert.deepEqual(await bed.localFiles(), []);
    });
});
