// Where the archive of a stack is, and with whose eyes a person looks at it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ArchivePlace } from "../archive-access/reader.ts";
import { type ClusterKind, clusterFolder } from "../lab/cluster-kind.ts";
import { labEnvironment } from "../lab/environment.ts";
import { say } from "../lab/tools/progress.ts";
import { parseSettings, readStackConfig } from "../settings/index.ts";

/** The archive of a stack. */
export interface StackArchive extends ArchivePlace {
    /** Days after which the bucket deletes an archive. */
    readonly retentionDays: number;
}

const kinds: readonly ClusterKind[] = ["node", "simulated"];

/**
 * The archive by the stack's settings. Credentials and endpoint are those of the environment; where it has none and the
 * stack runs in a lab on this machine, those of the lab.
 *
 * @throws an error when there is no such stack or its settings are wrong
 */
export async function stackArchive(stack: string): Promise<StackArchive> {
    const { values, origins } = readStackConfig(stack);
    const { archive } = parseSettings(stack, values, origins);
    const { bucketName, region, retentionDays, endpoint } = archive;
    if (!Object.keys(process.env).some((name) => name.startsWith("AWS_"))) {
        const kind = kinds.find((one) => existsSync(join(clusterFolder(one), `Pulumi.${stack}.yaml`)));
        const environment = kind && (await labEnvironment(kind).catch(() => undefined));
        if (environment) {
            say(`no AWS_… is set, and ${stack} runs in the lab (${kind}): its emulated AWS is asked`);
            Object.assign(process.env, environment);
        }
    }
    const isToldWhere = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
    return { bucketName, region, retentionDays, endpoint: isToldWhere ? undefined : endpoint };
}
