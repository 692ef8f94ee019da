// The lab's AWS provider under the real engine, against the emulated AWS: one resource of every type it covers.

import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
    DeletePublicAccessBlockCommand,
    GetBucketLifecycleConfigurationCommand,
    ListBucketsCommand,
    PutBucketLifecycleConfigurationCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { type EmulatedAws, emulatedAwsRegion, startEmulatedAws } from "../../../lab/aws/emulated-aws.ts";
import { pulumiEnvironment } from "../../../lab/environment.ts";
import { installAwsStandIn } from "../../../lab/providers/aws-stand-in.ts";
import { RunError, run } from "../../../lab/tools/run.ts";
import { type HostedProgram, hostProgram } from "./program-host.ts";

const program = join(import.meta.dirname, "aws-program");
const bucketName = "aws-program-archive";

/** Steps of one engine run that did something, as `operation type`. */
type Steps = readonly string[];

describe("the lab's AWS provider under the real engine", function () {
    this.timeout(300_000);

    let folder: string;
    let aws: EmulatedAws;
    let environment: Record<string, string>;
    let hosted: HostedProgram;
    let s3: S3Client;

    const pulumi = (args: readonly string[], overrides: Readonly<Record<string, string>> = {}): Promise<string> => {
        // `pulumi stack` takes no --config-file; it needs none but the one beside the Pulumi.yaml it works with.
        const project =
            args[0] === "stack"
                ? ["--cwd", folder]
                : ["--cwd", program, "--config-file", join(folder, "Pulumi.test.yaml"), ...hosted.optionsOf(args[0])];
        return run("pulumi", [...args, "--stack", "test", ...project, "--non-interactive"], {
            env: { ...environment, ...overrides },
        });
    };
    const configure = (name: string, value: string) => pulumi(["config", "set", name, value]);
    const up = () => pulumi(["up", "--yes", "--skip-preview"]);
    const preview = async (...args: readonly string[]): Promise<Steps> => {
        const digest = JSON.parse(await pulumi(["preview", "--json", ...args])) as {
            readonly steps: readonly { readonly op: string; readonly urn: string }[];
        };
        return digest.steps
            .filter(({ op }) => op !== "same" && op !== "refresh")
            .map(({ op, urn }) => `${op} ${urn.split("::")[2]}`)
            .toSorted();
    };
    const failure = async (command: Promise<unknown>): Promise<string> => {
        const error = await command.then(
            () => undefined,
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof RunError, "the command should fail");
        return error.output;
    };

    /** Secrets in the clear, because each export encrypts them again. */
    const stateResources = async (): Promise<unknown> => {
        const state = JSON.parse(await pulumi(["stack", "export", "--show-secrets"])) as {
            readonly deployment: { readonly resources: unknown };
        };
        return state.deployment.resources;
    };

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "aws-provider-"));
        aws = await startEmulatedAws({ port: 0, folder });
        const { accessKeyId, secretAccessKey } = aws.operatorCredentials;
        const pulumiHome = join(folder, "home");
        const stateFolder = join(folder, "state");
        await mkdir(stateFolder);
        await installAwsStandIn(pulumiHome);
        environment = {
            ...(await pulumiEnvironment(pulumiHome, stateFolder, "for this test")),
            AWS_ENDPOINT_URL: aws.endpoint,
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            AWS_REGION: emulatedAwsRegion,
        };
        s3 = new S3Client({
            endpoint: aws.endpoint,
            region: emulatedAwsRegion,
            credentials: { accessKeyId, secretAccessKey },
        });
        hosted = await hostProgram(join(program, "index.ts"));
        await copyFile(join(program, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
        await run("pulumi", ["stack", "init", "test", "--cwd", folder, "--non-interactive"], { env: environment });
    });

    after(async () => {
        await hosted?.stop();
        await aws?.stop();
        await rm(folder, { recursive: true, force: true });
    });

    it("previews what a program knows, and leaves open what only AWS can tell", async () => {
        const output = await pulumi(["preview"]);
        assert.match(output, /\+ 19 to create/);
        assert.match(output, /knownBucketName: "aws-program-archive"/);
        assert.match(output, /bucketTags\s*: \{\s+owner: "logging"\s+\}/);
        for (const open of ["bucketArn", "keyArn", "roleArn"]) {
            assert.match(output, new RegExp(`${open}\\s*: \\[unknown\\]`));
        }
        assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets, []);
    });

    it("makes every resource, and keeps the secret access key out of the state in plain text", async () => {
        await up();
        const outputs = JSON.parse(await pulumi(["stack", "output", "--json", "--show-secrets"])) as Record<
            string,
            string
        >;
        assert.equal(outputs.bucketArn, `arn:aws:s3:::${bucketName}`);
        assert.equal(outputs.region, emulatedAwsRegion);
        assert.match(outputs.keyArn ?? "", /^arn:aws:kms:us-east-1:\d{12}:key\//);
        assert.match(outputs.oidcProviderArn ?? "", /:oidc-provider\/oidc\.eks\.us-east-1\.amazonaws\.com\/id\//);
        const secret = outputs.secretAccessKey ?? "";
        assert.ok(secret.length >= 40);
        assert.ok(!(await pulumi(["stack", "export"])).includes(secret));
    });

    it("changes nothing when nothing has changed, and sees no drift where there is none", async () => {
        await pulumi(["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"]);
    });

    it("changes the lifecycle and tags in place", async () => {
        await configure("days", "400");
        await configure("owner", "operations");
        assert.deepEqual(await preview(), [
            "update aws:iam/role:Role",
            "update aws:iam/user:User",
            "update aws:kms/key:Key",
            "update aws:s3/bucket:Bucket",
            "update aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        ]);
        await up();
        const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucketName }));
        assert.equal(Rules?.[0]?.Expiration?.Days, 400);
        assert.deepEqual(await preview("--expect-no-changes", "--refresh"), []);
    });

    it("would replace the bucket and what hangs on it when its name changes", async () => {
        await configure("bucketName", "aws-program-other");
        const steps = await preview();
        await configure("bucketName", bucketName);
        const replaced = steps.filter((step) => step.startsWith("replace "));
        assert.equal(replaced.length, 8);
        assert.ok(replaced.every((step) => step.startsWith("replace aws:s3/bucket")));
        assert.ok(!steps.some((step) => step.includes("aws:kms/key:Key")));
    });

    it("shows and fixes drift, and nothing else", async () => {
        await s3.send(
            new PutBucketLifecycleConfigurationCommand({
                Bucket: bucketName,
                LifecycleConfiguration: {
                    Rules: [{ ID: "archive", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
                },
            }),
        );
        await s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucketName }));
        await pulumi(["refresh", "--yes", "--skip-preview"]);
        assert.deepEqual(await preview(), [
            "create aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "update aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        ]);
        await up();
        assert.deepEqual(await preview("--expect-no-changes", "--refresh"), []);
    });

    const refusals: readonly (readonly [what: string, overrides: Readonly<Record<string, string>>, message: RegExp])[] =
        [
            ["an unknown access key", { AWS_ACCESS_KEY_ID: "AKIAOFNOBODY" }, /AWS does not know the access key; set/],
            ["a wrong secret", { AWS_SECRET_ACCESS_KEY: "wrong" }, /does not belong to the access key; correct/],
            [
                "missing credentials",
                {
                    AWS_ACCESS_KEY_ID: "",
                    AWS_SECRET_ACCESS_KEY: "",
                    AWS_EC2_METADATA_DISABLED: "true",
                    HOME: "/nonexistent",
                },
                /no AWS credentials were found; set/,
            ],
            [
                "an AWS that does not answer",
                { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
                /AWS cannot be reached.*AWS_ENDPOINT_URL/,
            ],
            ["no region", { AWS_REGION: "", AWS_DEFAULT_REGION: "" }, /no AWS region is set; set one/],
        ];
    for (const [what, overrides, message] of refusals) {
        it(`refuses ${what} before anything is done, and leaves the state as it was`, async () => {
            const before = await stateResources();
            assert.match(await failure(pulumi(["up", "--yes", "--skip-preview"], overrides)), message);
            assert.deepEqual(await stateResources(), before);
        });
    }

    it("refuses to delete a bucket that holds objects, and says what to do", async () => {
        await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: "2026/01/01/archive/a.gz", Body: "a" }));
        const output = await failure(pulumi(["destroy", "--yes", "--skip-preview"]));
        assert.match(output, /bucket aws-program-archive is not empty, so it is not deleted; set forceDestroy: true/);
        await configure("forceDestroy", "true");
        await up();
    });

    it("destroys everything, and the key after its waiting time", async () => {
        const { keyArn } = JSON.parse(await pulumi(["stack", "output", "--json"])) as Record<string, string>;
        await pulumi(["destroy", "--yes", "--skip-preview"]);
        assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets, []);
        const { config } = s3;
        const options = { endpoint: aws.endpoint, region: emulatedAwsRegion, credentials: config.credentials };
        const { KeyMetadata } = await new KMSClient(options).send(new DescribeKeyCommand({ KeyId: keyArn }));
        assert.equal(KeyMetadata?.KeyState, "PendingDeletion");
        await assert.rejects(
            new IAMClient(options).send(new GetRoleCommand({ RoleName: "aws-program-uploader" })),
            (error: Error) => error.name === "NoSuchEntityException",
        );
    });
});
