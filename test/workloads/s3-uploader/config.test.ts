import assert from "node:assert/strict";
import { ConfigError, loadConfig, parseConfig } from "../../../workloads/s3-uploader/config.ts";

function refused(text: string): ConfigError {
    try {
        parseConfig(text, "config.yaml");
    } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        return error;
    }
    throw new Error("it was accepted");
}

const wrongKeys = (text: string) => refused(text).problems.map(({ key }) => key);
const inBucket = (text: string) => `s3: { bucket_name: chattingo-logs }\n${text}`;

describe("The uploader's configuration", () => {
    it("has the documented form", () => {
        const text = [
            "s3:",
            "  bucket_name: chattingo-logs",
            "  region: eu-central-1",
            "  storage_class: GLACIER_IR",
            "  kms_key_id: arn:aws:kms:eu-central-1:123456789012:key/1234abcd",
            "upload:",
            '  file_patterns: ["*.gz", "*.log"]',
            '  upload_directories: ["archive/", "more/archives"]',
            '  schedule: "15 */4 * * 1-5"',
            "  categories: { billing: payments, push-gateway: push-gateway }",
            "cleanup:",
            "  max_age_days: 7",
            "  delete_after_upload: false",
        ].join("\n");
        assert.deepEqual(parseConfig(text, "config.yaml"), {
            s3: {
                bucketName: "chattingo-logs",
                region: "eu-central-1",
                storageClass: "GLACIER_IR",
                kmsKeyId: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd",
            },
            upload: {
                filePatterns: ["*.gz", "*.log"],
                directories: ["archive", "more/archives"],
                schedule: "15 */4 * * 1-5",
                categories: new Map([
                    ["billing", "payments"],
                    ["push-gateway", "push-gateway"],
                ]),
            },
            cleanup: { maxAgeDays: 7, deleteAfterUpload: false },
        });
    });

    it("needs the bucket's name only", () => {
        assert.deepEqual(parseConfig(inBucket(""), "config.yaml"), {
            s3: {
                bucketName: "chattingo-logs",
                region: "us-east-1",
                storageClass: "STANDARD_IA",
                kmsKeyId: undefined,
            },
            upload: {
                filePatterns: ["*.gz"],
                directories: ["archive"],
                schedule: "0 */2 * * *",
                categories: new Map(),
            },
            cleanup: { maxAgeDays: 30, deleteAfterUpload: true },
        });
        assert.deepEqual(wrongKeys("upload: {}"), ["s3.bucket_name"]);
    });

    it("is refused with all that is wrong at once, each with its value, its line and what is allowed", () => {
        const error = refused(
            [
                "s3:",
                "  bucket_name: Chattingo_Logs",
                "  regoin: us-east-1",
                "  storage_class: COLD",
                "  kms_key_id: my-key",
                "upload:",
                "  file_patterns: []",
                '  upload_directories: ["/var/log"]',
                '  schedule: "0 */2 * *"',
                "cleanup:",
                "  max_age_days: 0.5",
                '  delete_after_upload: "yes"',
                "extra: 1",
            ].join("\n"),
        );
        assert.deepEqual(
            error.problems.map(({ key, line }) => [key, line]),
            [
                ["s3.bucket_name", 2],
                ["s3.regoin", 3],
                ["s3.storage_class", 4],
                ["s3.kms_key_id", 5],
                ["upload.file_patterns", 7],
                ["upload.upload_directories", 8],
                ["upload.schedule", 9],
                ["cleanup.max_age_days", 11],
                ["cleanup.delete_after_upload", 12],
                ["extra", 13],
            ],
        );
        for (const { value, allowed } of error.problems) {
            assert.ok(value !== undefined && allowed !== undefined);
        }
        assert.match(error.message, /^config\.yaml: 10 things are wrong/);
        assert.match(error.message, /s3\.regoin \(line 3\)\n.*"us-east-1"\n.*did you mean "s3\.region"\?/);
        assert.match(error.message, /value {4}"COLD"\n.*\n {4}allowed {2}one of STANDARD, STANDARD_IA/);
        assert.match(error.message, /it has 4 fields/);
    });

    it("is refused where it is of a wrong shape", () => {
        assert.deepEqual(wrongKeys(""), ["(the file)", "s3.bucket_name"]);
        assert.deepEqual(wrongKeys("just text"), ["(the file)", "s3.bucket_name"]);
        assert.deepEqual(wrongKeys("s3: [1]"), ["s3"]);
        assert.deepEqual(wrongKeys("s3:\n"), ["s3"]);
        assert.deepEqual(wrongKeys(inBucket("upload: 7\ncleanup: [a]")), ["upload", "cleanup"]);
        assert.deepEqual(wrongKeys(inBucket("upload: { file_patterns: '*.gz' }")), ["upload.file_patterns"]);
        assert.deepEqual(wrongKeys(inBucket("upload: { file_patterns: [7] }")), ["upload.file_patterns"]);
        assert.deepEqual(wrongKeys("s3: { bucket_name: 12345 }"), ["s3.bucket_name"]);
        assert.match(refused("s3: {\n").message, /the file/);
        assert.match(refused("s3: { bucket_name: abc, bucket_name: abd }").message, /must be unique/);
    });

    it("keeps to patterns and directories that mean what they look like", () => {
        for (const pattern of ["archive/*.gz", "*.{gz,log}", "[ab].gz", "!a.gz", ""]) {
            assert.deepEqual(wrongKeys(inBucket(`upload: { file_patterns: ["${pattern}"] }`)), [
                "upload.file_patterns",
            ]);
        }
        for (const directory of ["/archive", "../archive", "a/../..", ".", ""]) {
            const text = inBucket(`upload: { upload_directories: ["${directory}"] }`);
            assert.deepEqual(wrongKeys(text), ["upload.upload_directories"]);
        }
        const nested = refused(inBucket('upload: { upload_directories: ["archive", "archive/node-1/"] }'));
        assert.match(nested.message, /"archive\/node-1" lies in another directory/);
        const twice = parseConfig(inBucket('upload: { upload_directories: ["archive", "archive/"] }'), "config.yaml");
        assert.deepEqual(twice.upload.directories, ["archive"]);
    });

    it("takes categories of applications by their directories, and none of a directory of its own", () => {
        const wrongOf = (categories: string) => refused(inBucket(`upload: { categories: ${categories} }`)).message;
        assert.match(wrongOf("[billing]"), /it is no mapping/);
        assert.match(wrongOf("{ app: billing, a_b: billing }"), /"app" can't be .*; "a_b" can't be /);
        assert.match(wrongOf("{ billing: Billing/../x, other: 7 }"), /"Billing\/\.\.\/x" is no category; 7 is no/);
    });

    it("is refused with the file's name when it cannot be read", async () => {
        await assert.rejects(loadConfig("no-such-file.yaml"), /no-such-file\.yaml.*ENOENT/s);
    });
});
