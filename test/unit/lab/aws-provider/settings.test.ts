import assert from "node:assert/strict";
import { ConfigurationError, readConfiguration } from "../../../../lab/providers/aws/configuration.ts";
import { explain } from "../../../../lab/providers/aws/credentials.ts";

describe("the settings of the AWS provider", () => {
    it("are read from the JSON texts that the engine hands over", () => {
        const configuration = readConfiguration(
            {
                region: "eu-west-1",
                accessKey: "id",
                secretKey: "secret",
                defaultTags: '{"tags":{"project":"chattingo"}}',
                endpoints: '[{"s3":"http://127.0.0.1:1"}]',
                maxRetries: "2",
                skipCredentialsValidation: "true",
                s3UsePathStyle: "true",
                allowedAccountIds: '["123456789012"]',
            },
            {},
        );
        assert.deepEqual(configuration, {
            region: "eu-west-1",
            credentials: { accessKeyId: "id", secretAccessKey: "secret" },
            endpoints: { s3: "http://127.0.0.1:1" },
            pathStyle: true,
            maxAttempts: 3,
            defaultTags: { project: "chattingo" },
            validateCredentials: false,
            allowedAccountIds: ["123456789012"],
        });
    });

    it("take the region from the environment when none is set", () => {
        assert.equal(readConfiguration({}, { AWS_DEFAULT_REGION: "eu-west-1" }).region, "eu-west-1");
        assert.equal(readConfiguration({}, { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" }).region, "eu-west-1");
    });

    it("are refused all at once, each by its name", () => {
        assert.throws(
            () => readConfiguration({ accessKey: "id", assumeRoles: "[]", endpoints: '[{"sqs":"http://x"}]' }, {}),
            (error: unknown) =>
                error instanceof ConfigurationError &&
                ["aws:assumeRoles", "no AWS region", "aws:secretKey", "aws:endpoints names sqs"].every((part) =>
                    error.message.includes(part),
                ),
        );
    });
});

describe("credentials that AWS does not accept", () => {
    const named = (name: string, code?: string) => Object.assign(new Error("reason"), { name, code });

    it("are told apart: expired, unknown, not matching, missing, and an AWS out of reach", () => {
        const expected: readonly (readonly [error: Error, words: RegExp])[] = [
            [named("ExpiredToken"), /have expired; renew them/],
            [named("InvalidClientTokenId"), /does not know the access key; set AWS_ACCESS_KEY_ID/],
            [named("SignatureDoesNotMatch"), /does not belong to the access key; correct AWS_SECRET_ACCESS_KEY/],
            [named("CredentialsProviderError"), /no AWS credentials were found; set AWS_ACCESS_KEY_ID/],
            [
                named("Error", "ECONNREFUSED"),
                /cannot be reached in region us-east-1; check the network and AWS_ENDPOINT_URL/,
            ],
        ];
        for (const [error, words] of expected) {
            const { message, cause } = explain(error, "us-east-1");
            assert.match(message, words);
            assert.match(message, /Nothing has been changed\.$/);
            assert.equal(cause, error);
        }
    });
});
