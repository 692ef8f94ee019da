// S3's rules for the name of a general purpose bucket.

import type { Parsed, ValueKind } from "./value-kind.ts";

const reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
const reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/**
 * The name of an S3 bucket.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const bucketName: ValueKind<string> = {
    engineType: "string",
    allowed:
        'the name of an S3 bucket: 3 to 63 lower-case letters, digits, "." and "-", a letter or digit at both ends, ' +
        "no reserved prefix or suffix, not like an IP address",
    parse: parseBucketName,
};

function parseBucketName(text: string): Parsed<string> {
    const wrong = fault(text);
    if (wrong === undefined) {
        return { value: text };
    }
    const fixed = text
        .toLowerCase()
        .replace(/[^a-z0-9.-]/g, "-")
        .replace(/\.{2,}/g, ".")
        .replace(/^[.-]+|[.-]+$/g, "");
    return { wrong, suggestion: fault(fixed) === undefined ? fixed : undefined };
}

function fault(name: string): string | undefined {
    if (name.length < 3 || name.length > 63) {
        return `it has ${name.length} characters, and S3 takes 3 to 63`;
    }
    const foreign = /[^a-z0-9.-]/u.exec(name)?.[0];
    if (foreign !== undefined) {
        return `it has the character "${foreign}"`;
    }
    if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) {
        return "it begins or ends with neither a letter nor a digit";
    }
    if (name.includes("..")) {
        return "it has two dots side by side";
    }
    if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) {
        return "it looks like an IP address";
    }
    const prefix = reservedPrefixes.find((reserved) => name.startsWith(reserved));
    if (prefix !== undefined) {
        return `it begins with "${prefix}", which S3 reserves`;
    }
    const suffix = reservedSuffixes.find((reserved) => name.endsWith(reserved));
    return suffix === undefined ? undefined : `it ends with "${suffix}", which S3 reserves`;
}
