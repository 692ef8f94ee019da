// The ways of a log line, shown on real input: a pod writes, Elasticsearch finds it, a manual rotation archives it, the
// uploader sends it to S3.

import { setTimeout } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { logCategories } from "../formats/log-categories.ts";
import { say, step } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { countByCategory } from "./count-by-category.ts";
import { labS3 } from "./lab-s3.ts";
import { logWriterPod } from "./log-writer-pod.ts";

/** What the demonstration needs to know of the running stack. */
export interface DemonstrationOptions {
    /** Environment for kubectl, and for AWS unless {@link s3} is given. */
    readonly environment: Readonly<Record<string, string>>;
    /** Client of the bucket's S3; by default that of the lab. The demonstration ends it. */
    readonly s3?: S3Client;
    /** Image of the pod that writes the lines. */
    readonly image: string;
    readonly bucketName: string;
    /** Lines written into each category's file. */
    readonly linesPerCategory: number;
}

/** An object of the bucket as the demonstration lists it. */
export interface ListedObject {
    readonly key: string;
    readonly bytes: number;
}

/** What the demonstration left in the bucket. */
export interface DemonstrationResult {
    /** Lines that Elasticsearch finds, by category. */
    readonly searchable: Readonly<Record<string, number>>;
    readonly objects: readonly ListedObject[];
    /** The manifests, by their key. */
    readonly manifests: Readonly<Record<string, string>>;
    /** Log of the manual rotation Job. */
    readonly rotationLog: string;
}

const namespace = "chattingo";
const writerPod = "log-writer";
/** Seconds within which all lines have to be found: far more than an idle system needs. */
const searchableWithinSeconds = 120;

/** Writes lines, rotates and uploads them, and returns what is in the bucket afterwards. */
export async function demonstrate(options: DemonstrationOptions): Promise<DemonstrationResult> {
    const kubectl = (args: readonly string[], input?: string) =>
        run("kubectl", args, { env: options.environment, input });

    await step(`a pod appends ${options.linesPerCategory} lines to each of the six logs`, undefined, async () => {
        await kubectl(["delete", "pod", writerPod, "--ignore-not-found", "--wait"]);
        await kubectl(["apply", "-f", "-"], logWriterPod(writerPod, options.image, options.linesPerCategory));
        await kubectl(["wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${writerPod}`, "--timeout=120s"]);
        await kubectl(["delete", "pod", writerPod, "--wait"]);
    });

    const searchable = await step("Elasticsearch finds them", "seconds", () => waitUntilSearchable(options));

    const job = `manual-rotation-${Math.floor(Date.now() / 1000)}`;
    say(`$ kubectl create job -n ${namespace} --from=cronjob/log-rotation ${job}`);
    const rotationLog = await step("manual rotation", undefined, async () => {
        await kubectl(["create", "job", "-n", namespace, "--from=cronjob/log-rotation", job]);
        await kubectl(["wait", "-n", namespace, "--for=condition=complete", `job/${job}`, "--timeout=180s"]);
        return kubectl(["logs", "-n", namespace, `job/${job}`]);
    });

    await step("the uploader makes a pass", undefined, () =>
        kubectl([
            "exec",
            "-n",
            namespace,
            "deployment/s3-uploader",
            "--",
            "node",
            "/opt/chattingo/s3-uploader.js",
            "--once",
            "--config",
            "/etc/s3-uploader/config.yaml",
        ]),
    );
    return { searchable, ...(await readBucket(options)), rotationLog };
}

/** Waits until every category has as many lines as were written, and returns how many each has. */
async function waitUntilSearchable({
    environment,
    linesPerCategory,
}: DemonstrationOptions): Promise<Readonly<Record<string, number>>> {
    const deadline = Date.now() + searchableWithinSeconds * 1000;
    for (;;) {
        const counts = await countByCategory(environment);
        const missing = logCategories.filter(({ name }) => (counts[name] ?? 0) < linesPerCategory);
        if (missing.length === 0) {
            return counts;
        }
        if (Date.now() > deadline) {
            throw new Error(
                `after ${searchableWithinSeconds} s Elasticsearch finds ${JSON.stringify(counts)}, and ${linesPerCategory} lines were ` +
                    "written in each category; look at: kubectl logs -n chattingo daemonset/filebeat",
            );
        }
        await setTimeout(500);
    }
}

/** Every object of the bucket, and the text of each upload manifest. */
export async function readBucket(
    options: Pick<DemonstrationOptions, "environment" | "s3" | "bucketName">,
): Promise<Pick<DemonstrationResult, "objects" | "manifests">> {
    const { environment, bucketName, s3 = labS3(environment) } = options;
    try {
        const objects: ListedObject[] = [];
        let continuation: string | undefined;
        do {
            const page = await s3.send(
                new ListObjectsV2Command({ Bucket: bucketName, ContinuationToken: continuation }),
            );
            for (const object of page.Contents ?? []) {
                objects.push({ key: object.Key ?? "", bytes: object.Size ?? 0 });
            }
            continuation = page.NextContinuationToken;
        } while (continuation);
        const manifests: Record<string, string> = {};
        for (const { key } of objects.filter((object) => object.key.endsWith("/upload_manifest.json"))) {
            const answer = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }));
            manifests[key] = (await answer.Body?.transformToString("utf8")) ?? "";
        }
        return { objects, manifests };
    } finally {
        s3.destroy();
    }
}
