// Clients of the AWS services, one set for each region that a program uses.

import { EKSClient } from "@aws-sdk/client-eks";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import type { Configuration, services } from "./configuration.ts";

/** Clients of one region. */
export interface Clients {
    readonly region: string;
    readonly eks: EKSClient;
    readonly iam: IAMClient;
    readonly kms: KMSClient;
    readonly s3: S3Client;
    readonly sts: STSClient;
}

/**
 * Makes the clients of a region. What the configuration leaves open comes from the SDK's standard chain, so the
 * environment (`AWS_ENDPOINT_URL`, `AWS_PROFILE`, ...) counts as it does for the official provider.
 */
export function connect(configuration: Configuration, region: string): Clients {
    const common = {
        region,
        ...(configuration.credentials && { credentials: configuration.credentials }),
        ...(configuration.profile && { profile: configuration.profile }),
        ...(configuration.maxAttempts && { maxAttempts: configuration.maxAttempts }),
    };
    const at = (service: (typeof services)[number]) => {
        const endpoint = configuration.endpoints[service];
        return endpoint ? { ...common, endpoint } : common;
    };
    return {
        region,
        eks: new EKSClient(at("eks")),
        iam: new IAMClient(at("iam")),
        kms: new KMSClient(at("kms")),
        s3: new S3Client({ ...at("s3"), forcePathStyle: configuration.pathStyle, followRegionRedirects: true }),
        sts: new STSClient(at("sts")),
    };
}
