// S3 as a lab has it.

import { S3Client } from "@aws-sdk/client-s3";

/**
 * A client of the S3 that this environment points at, whatever the environment of the process itself says.
 *
 * @param environment that of a lab (`lab/environment.ts`)
 */
export function labS3(environment: Readonly<Record<string, string>>): S3Client {
    return new S3Client({
        endpoint: environment.AWS_ENDPOINT_URL,
        region: environment.AWS_REGION,
        forcePathStyle: true,
        credentials: {
            accessKeyId: environment.AWS_ACCESS_KEY_ID ?? "",
            secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? "",
        },
    });
}
