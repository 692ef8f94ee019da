// kubeconform with the schemas of a version of Kubernetes: whether its API server knows every field of a manifest.

import { spawnSync } from "node:child_process";
import { toolBinary } from "../prerequisites.ts";
import { kubernetesSchemas } from "./kubernetes-schemas.ts";

/** What kubeconform says. */
export interface Judgement {
    /** What is not valid, and why. */
    readonly resources: readonly {
        readonly filename: string;
        readonly kind: string;
        readonly name: string;
        readonly status: string;
        readonly msg: string;
    }[];
    readonly summary: Readonly<Record<"valid" | "invalid" | "errors" | "skipped", number>>;
}

/** Judges files; `-` among them stands for the manifests in `input`. */
export type Judge = (files: readonly string[], input?: string) => Judgement;

/**
 * Judges manifests by the types of a version, and by those of cert-manager and the Prometheus operator that the lab
 * installs. A type that the version has no more is an error.
 *
 * @param version of Kubernetes, such as v1.35.0
 * @throws an error when there is no such version, or its source can't be downloaded
 */
export async function manifestJudge(version: string): Promise<Judge> {
    const [kubeconform, schemas] = await Promise.all([toolBinary("kubeconform"), kubernetesSchemas(version)]);
    return (files, input = "") => {
        const { stdout, stderr } = spawnSync(
            kubeconform,
            [
                ...["-strict", "-summary", "-output", "json", "-schema-location", schemas],
                ...["-kubernetes-version", version.slice(1)],
                ...files,
            ],
            { encoding: "utf8", input },
        );
        if (stdout === "") {
            throw new Error(`kubeconform has ended without a word about the manifests: ${stderr}`);
        }
        // Instead of an empty list it writes null.
        const { resources, summary } = JSON.parse(stdout) as Partial<Judgement> & Pick<Judgement, "summary">;
        return { resources: resources ?? [], summary };
    };
}
