// The dev stack on a cluster in Docker (`lab/kind-cluster.ts`), with the bucket in the AWS account of the user's credentials.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { parse } from "yaml";
import {
    assertDockerIsFit,
    deleteKindCluster,
    isKindClusterThere,
    kindEnvironment,
    kindFolder,
    startKindCluster,
} from "../lab/kind-cluster.ts";
import { step } from "../lab/tools/progress.ts";
import { readStackConfig } from "../settings/index.ts";
import { type LabStack, prepareStackIn, pulumi } from "./lab-stack.ts";

const bucketKey = "chattingo-logging:archive.bucketName";

const stackFile = (name: string) => join(kindFolder(), `Pulumi.${name}.yaml`);

/**
 * Starts the cluster and makes the stack known to a backend of its own. The bucket goes with the stack, and there is no
 * Prometheus operator.
 *
 * @param bucket name of the bucket; undefined: the one of the last time
 * @throws an error that says what is missing before anything is made
 */
export async function prepareKindStack(name: string, bucket: string | undefined): Promise<LabStack> {
    await assertDockerIsFit();
    const last = lastBucket(name);
    const bucketName = bucket ?? last;
    if (bucketName === undefined) {
        throw new Error(
            "the bucket has no name: those of S3 are unique in the world, so give one that nobody has, for example\n" +
                "  make up CLUSTER=kind BUCKET=chattingo-logs-dev-$(openssl rand -hex 4)",
        );
    }
    if (last !== undefined && last !== bucketName) {
        throw new Error(
            `the stack has the bucket ${last} already: leave out BUCKET, or take it away first with make down CLUSTER=kind`,
        );
    }
    const environment = await startKindCluster();
    return prepareStackIn(kindFolder(), name, environment, {
        [bucketKey]: bucketName,
        "chattingo-logging:archive.keepBucketOnDestroy": false,
        "chattingo-logging:monitoring.operator": false,
    });
}

/** A client of the stack's S3, with the user's credentials. */
export function s3OfKindStack(name: string): S3Client {
    return new S3Client({ region: readStackConfig(name).values["aws:region"] });
}

/**
 * Destroys the stack, with its bucket and key in AWS, and deletes the cluster and nothing else.
 *
 * @throws RunError when the stack can't be destroyed: then the cluster stays too
 */
export async function removeKindStack(name: string): Promise<void> {
    await assertDockerIsFit();
    if (existsSync(stackFile(name))) {
        // What is in AWS has to go even when the cluster is gone; what was in the cluster went with it.
        const environment = (await isKindClusterThere())
            ? await startKindCluster()
            : { ...(await kindEnvironment()), PULUMI_K8S_DELETE_UNREACHABLE: "true" };
        const stack = { name, configFile: stackFile(name), environment };
        await step(`pulumi destroy of ${name}`, undefined, () =>
            pulumi(stack, ["destroy", "--yes", "--skip-preview"], { onOutput: (text) => process.stderr.write(text) }),
        );
    }
    await deleteKindCluster();
}

function lastBucket(name: string): string | undefined {
    const file = stackFile(name);
    return existsSync(file)
        ? (parse(readFileSync(file, "utf8")) as { config?: Record<string, string> } | null)?.config?.[bucketKey]
        : undefined;
}
