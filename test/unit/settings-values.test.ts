// What single settings may be: sizes, schedules, names, images.

import assert from "node:assert/strict";
import fc from "fast-check";
import { nextRun } from "../../formats/cron-schedule.ts";
import { quantityValue } from "../../formats/quantity.ts";
import { bucketName } from "../../settings/bucket-name.ts";
import { cronSchedule } from "../../settings/cron-schedule.ts";
import { imageReference } from "../../settings/image-reference.ts";
import { keys, kinds } from "../../settings/keys.ts";
import { labels } from "../../settings/lists-and-maps.ts";
import { editDistance, nearest } from "../../settings/nearest.ts";
import {
    awsRegion,
    hostName,
    namespaceName,
    oneOf,
    serviceUrl,
    wholeNumber,
    yesOrNo,
} from "../../settings/plain-values.ts";
import { bytes, cpu } from "../../settings/quantity.ts";
import type { Refusal, ValueKind } from "../../settings/value-kind.ts";

function accepts<T>(kind: ValueKind<T>, text: string, value: T): void {
    assert.deepEqual(kind.parse(text), { value }, text);
}

function refusal<T>(kind: ValueKind<T>, text: string): Refusal {
    const parsed = kind.parse(text);
    assert.ok("wrong" in parsed, `"${text}" should be refused`);
    return parsed;
}

describe("a setting's value", () => {
    it("is refused or accepted, and never throws; what is suggested instead is right", () => {
        const texts = fc.oneof(
            fc.string(),
            fc.string({ unit: "binary" }),
            fc.stringMatching(/^[0-9.,a-zA-Z:@/* -]{0,40}$/),
            fc.constantFrom("5Gb", "5 GiB", "yes", "0", "-1", "1e3", "[]", "{}", "null", "True", "30 * * *"),
        );
        fc.assert(
            fc.property(fc.constantFrom(...keys), texts, (key, text) => {
                const parsed = kinds[key].parse(text);
                if ("wrong" in parsed) {
                    assert.notEqual(parsed.wrong, "");
                    if (parsed.suggestion !== undefined) {
                        assert.ok("value" in kinds[key].parse(parsed.suggestion), `${key}: ${parsed.suggestion}`);
                    }
                }
            }),
            { numRuns: 2000 },
        );
    });
});

describe("the name of a Namespace", () => {
    it("is one DNS label of 63 characters at most", () => {
        accepts(namespaceName, "monitoring", "monitoring");
        accepts(namespaceName, "n".repeat(63), "n".repeat(63));
        for (const text of ["n".repeat(64), "kube.system", "-a", "a-", "A", ""]) {
            refusal(namespaceName, text);
        }
    });
});

describe("the key of a label or an annotation", () => {
    it("has before a slash, if at all, a DNS name of 253 characters at most", () => {
        const long = Array.from({ length: 4 }, () => "n".repeat(62)).join(".");
        for (const key of ["release", "app.kubernetes.io/part-of", "a.b-c/D_e", `${long}/x`]) {
            assert.deepEqual(labels.parse(JSON.stringify({ [key]: "v" })), { value: { [key]: "v" }, parts: [] });
        }
        for (const key of ["", "/x", "x/", "a/b/c", "a..b/x", ".a/x", "a./x", "a.-b/x", "A/x", `${long}.nn/x`, "-x"]) {
            const parsed = labels.parse(JSON.stringify({ [key]: "v" }));
            assert.equal("parts" in parsed && parsed.parts?.length, 1, key);
        }
    });
});

describe("a whole number", () => {
    const days = wholeNumber(1, 30, "days");

    it("is decimal digits within the bounds", () => {
        accepts(days, "1", 1);
        accepts(days, "30", 30);
        for (const text of ["", "seven", "7.5", "7.0", "07", "+7", " 7", "1e1", "0x7", "7d", "{}"]) {
            assert.equal(refusal(days, text).suggestion, undefined);
        }
    });

    it("outside the bounds is refused with the nearest that is inside", () => {
        assert.equal(refusal(days, "0").suggestion, "1");
        assert.equal(refusal(days, "-3").suggestion, "1");
        assert.equal(refusal(days, "31").suggestion, "30");
        assert.equal(refusal(days, "99999999999999999999").suggestion, "30");
    });
});

describe("yes or no", () => {
    it("is true or false, and nothing that merely looks like it", () => {
        accepts(yesOrNo, "true", true);
        accepts(yesOrNo, "false", false);
        for (const [text, suggestion] of Object.entries({ yes: "true", True: "true", "1": "true", OFF: "false" })) {
            assert.equal(refusal(yesOrNo, text).suggestion, suggestion);
        }
        assert.equal(refusal(yesOrNo, "maybe").suggestion, undefined);
    });
});

describe("one of a few words", () => {
    it("has exactly their spelling; the nearest is suggested", () => {
        const mode = oneOf(["single", "cluster"]);
        accepts(mode, "cluster", "cluster");
        assert.equal(refusal(mode, "Cluster").suggestion, "cluster");
        assert.equal(refusal(mode, "singel").suggestion, "single");
        assert.equal(refusal(mode, "distributed").suggestion, undefined);
    });
});

describe("a quantity of bytes", () => {
    const size = bytes({ least: "1Mi", most: "1Ti", example: "5Gi" });

    it("is what Kubernetes takes", () => {
        for (const text of ["5Gi", "1.5Gi", "5G", "5000M", "1073741824", "1e9", "1E9", "1Mi", "1Ti", "2000000k"]) {
            accepts(size, text, text);
        }
    });

    it("in another spelling is refused with the nearest right one", () => {
        const meant = {
            "5Gb": "5Gi",
            "5GB": "5Gi",
            "5 Gi": "5Gi",
            "5GiB": "5Gi",
            "5gi": "5Gi",
            "500mb": "500Mi",
            "1.5 tb": undefined,
            "2kb": undefined,
        };
        for (const [text, suggestion] of Object.entries(meant)) {
            assert.equal(refusal(size, text).suggestion, suggestion, text);
        }
    });

    it("is not a fraction of a byte, nothing, negative, or out of bounds", () => {
        for (const text of ["", "-5Gi", "5Gi Gi", "Gi", "5e", "five", "1048576500m", "0.1Gi"]) {
            refusal(size, text);
        }
        assert.equal(refusal(size, "1Ki").suggestion, "1Mi");
        assert.equal(refusal(size, "5m").suggestion, "1Mi");
        assert.equal(refusal(size, "2Ti").suggestion, "1Ti");
        assert.equal(refusal(size, "2E").suggestion, "1Ti");
    });
});

describe("a quantity of CPU", () => {
    const cores = cpu({ least: "10m", most: "64", example: "500m" });

    it("is cores or thousandths of a core", () => {
        for (const text of ["1", "0.5", ".5", "500m", "0.7", "64"]) {
            accepts(cores, text, text);
        }
        refusal(cores, "0.0105");
        refusal(cores, "0");
        refusal(cores, "65");
    });

    it("in another spelling is refused with the nearest right one", () => {
        const meant = {
            "500 m": "500m",
            "0,5": "0.5",
            "2 cores": "2",
            "250 millicores": "250m",
            "2vCPU": "2",
            two: undefined,
        };
        for (const [text, suggestion] of Object.entries(meant)) {
            assert.equal(refusal(cores, text).suggestion, suggestion, text);
        }
    });

    it("can be compared whatever its unit", () => {
        assert.equal(quantityValue("500m"), 0.5);
        assert.equal(quantityValue("1Ki"), 1024);
        assert.equal(quantityValue("1E"), 1e18);
        assert.equal(quantityValue("1E3"), 1000);
        assert.equal(quantityValue("5Gb"), undefined);
    });
});

describe("a schedule", () => {
    it("is a cron line of five fields", () => {
        for (const line of [
            "30 * * * *",
            "0 */2 * * *",
            "0 3 1,15 * *",
            "0 0 29 2 *",
            "5 4 * JAN-MAR MON-FRI",
            "0 0 ? * 0",
        ]) {
            accepts(cronSchedule, line, line);
        }
        accepts(cronSchedule, " 30  * * * * ", "30 * * * *");
    });

    it("of four or six fields is refused with the likeliest line of five", () => {
        assert.deepEqual(refusal(cronSchedule, "30 * * *"), { wrong: "it has 4 fields", suggestion: "30 * * * *" });
        assert.deepEqual(refusal(cronSchedule, "0 30 * * * *"), { wrong: "it has 6 fields", suggestion: "30 * * * *" });
        assert.deepEqual(refusal(cronSchedule, "every two hours ok"), {
            wrong: "it has 4 fields",
            suggestion: undefined,
        });
        assert.match(refusal(cronSchedule, "@hourly").wrong, /1 field$/);
        assert.match(refusal(cronSchedule, "").wrong, /0 fields/);
    });

    it("holds nothing that other cron programs know and a CronJob does not", () => {
        for (const line of [
            "0 0 L * *",
            "0 0 * * 5L",
            "0 0 * * 1#1",
            "H * * * *",
            "0 0 * * 7",
            "0 0 * * 1-7",
            "0 0 15W * *",
        ]) {
            refusal(cronSchedule, line);
        }
    });

    it("is within range and comes due at some time", () => {
        for (const line of [
            "60 * * * *",
            "* 24 * * *",
            "0 0 0 * *",
            "0 0 31 2 *",
            "0 0 * 13 *",
            "5-1 * * * *",
            "*/0 * * * *",
            "1,,2 * * * *",
        ]) {
            refusal(cronSchedule, line);
        }
    });

    it("comes due when a CronJob with it does", () => {
        const saturday = new Date("2026-08-01T10:20:30Z");
        const due = (line: string) => nextRun(line, saturday)?.toISOString();
        assert.equal(due("30 * * * *"), "2026-08-01T10:30:00.000Z");
        assert.equal(due("0 */2 * * ?"), "2026-08-01T12:00:00.000Z");
        assert.equal(due("5/20 * * * *"), "2026-08-01T10:25:00.000Z");
        assert.equal(due("0 9 * * MON-FRI"), "2026-08-03T09:00:00.000Z");
        // From Wednesday on every second day, and a week ends with Saturday.
        assert.equal(due("0 9 * * 3/2"), "2026-08-05T09:00:00.000Z");
        assert.equal(due("0 9 3 * 0"), "2026-08-02T09:00:00.000Z", "one of the two days is enough");
        assert.equal(due("0 0 29 2 *"), "2028-02-29T00:00:00.000Z");
        assert.equal(due("0 0 30 2 *"), undefined);
    });
});

describe("a bucket name", () => {
    it("follows S3's rules", () => {
        for (const name of [
            "abc",
            "chattingo-logs",
            "logs.chattingo.example",
            "1a2",
            "a--b",
            "a".repeat(63),
            "1.2.3",
        ]) {
            accepts(bucketName, name, name);
        }
    });

    it("is refused with the rule that it breaks", () => {
        const rules: readonly (readonly [string, RegExp])[] = [
            ["ab", /2 characters/],
            ["a".repeat(64), /64 characters/],
            ["Not_A_Bucket", /character "N"/],
            ["under_score", /character "_"/],
            ["with space", /character " "/],
            ["bücket", /character "ü"/],
            ["-logs", /begins or ends/],
            ["logs-", /begins or ends/],
            [".logs", /begins or ends/],
            ["logs..old", /two dots/],
            ["192.168.5.4", /IP address/],
            ["xn--logs", /begins with "xn--"/],
            ["sthree-logs", /begins with "sthree-"/],
            ["amzn-s3-demo-logs", /begins with "amzn-s3-demo-"/],
            ["logs-s3alias", /ends with "-s3alias"/],
            ["logs--ol-s3", /ends with "--ol-s3"/],
            ["logs.mrap", /ends with ".mrap"/],
            ["logs--x-s3", /ends with "--x-s3"/],
            ["logs--table-s3", /ends with "--table-s3"/],
            ["logs-123456789012-us-east-1-an", /ends with "-an"/],
        ];
        for (const [name, rule] of rules) {
            assert.match(refusal(bucketName, name).wrong, rule, name);
        }
    });

    it("that is mistyped is refused with a right one like it", () => {
        assert.equal(refusal(bucketName, "Chattingo_Logs").suggestion, "chattingo-logs");
        assert.equal(refusal(bucketName, "logs..old-").suggestion, "logs.old");
        assert.equal(refusal(bucketName, "xn--logs").suggestion, undefined);
    });
});

describe("an image", () => {
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

    it("has a tag or a digest", () => {
        for (const image of [
            "node:24.21.0-bookworm-slim",
            "docker.io/library/node:24.21.0-bookworm-slim",
            "localhost:5000/team/log-tools:1",
            `docker.elastic.co/beats/filebeat@${digest}`,
            `node:latest@${digest}`,
        ]) {
            accepts(imageReference, image, image);
        }
    });

    it("is refused when it can become another image, or is no image at all", () => {
        assert.match(refusal(imageReference, "node").wrong, /neither tag nor digest/);
        assert.match(refusal(imageReference, "localhost:5000/node").wrong, /neither tag nor digest/);
        assert.match(refusal(imageReference, "node:latest").wrong, /latest is another image every time/);
        for (const image of [
            "",
            "Node:24",
            "node:",
            "node:24 ",
            "https://docker.io/node:24",
            "node@sha256:abc",
            `${"a".repeat(256)}:1`,
        ]) {
            refusal(imageReference, image);
        }
    });
});

describe("an address", () => {
    it("of a host is a DNS name", () => {
        accepts(hostName, "kibana.example.com", "kibana.example.com");
        for (const host of [
            "kibana",
            "https://kibana.example.com",
            "kibana.example.com:443",
            "Kibana.example.com",
            "10.0.0.1",
            "a..b",
        ]) {
            refusal(hostName, host);
        }
    });

    it("of a service is a URL of host and port", () => {
        accepts(serviceUrl, "http://10.96.0.20", "http://10.96.0.20");
        accepts(serviceUrl, "https://s3.example.com:9000/", "https://s3.example.com:9000");
        assert.match(refusal(serviceUrl, "http://x:0").wrong, /port 0/);
        assert.equal(refusal(serviceUrl, "http://minio:9000/bucket").suggestion, "http://minio:9000");
        for (const url of ["minio:9000", "s3://logs", "http://user:pass@minio", "", "http://"]) {
            refusal(serviceUrl, url);
        }
    });

    it("of an AWS region is its code", () => {
        for (const region of ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-4"]) {
            accepts(awsRegion, region, region);
        }
        for (const region of ["", "us-east", "us-east-1a", "US-EAST-1", "Frankfurt"]) {
            refusal(awsRegion, region);
        }
    });
});

describe("the nearest word", () => {
    it("is one with few changes, and none when all are far", () => {
        assert.equal(nearest("rotation.maxAgeDay", keys), "rotation.maxAgeDays");
        assert.equal(nearest("rotation.maxagedays", keys), "rotation.maxAgeDays");
        assert.equal(nearest("archive.buketName", keys), "archive.bucketName");
        assert.equal(nearest("database.password", keys), undefined);
    });

    it("is measured by a true distance", () => {
        const word = fc.string({ maxLength: 12 });
        fc.assert(
            fc.property(word, word, word, (a, b, c) => {
                assert.equal(editDistance(a, a), 0);
                assert.equal(editDistance(a, b), editDistance(b, a));
                assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
                assert.ok(editDistance(a, b) >= Math.abs(a.length - b.length));
            }),
        );
        assert.equal(editDistance("kitten", "sitting"), 3);
    });
});
