// What the exporter beside Filebeat needs to keep the node's canary: a folder that nobody else writes in, and a login that
// sees the canary's lines and nothing else (docs/decisions/0014-a-canary-on-every-node.md).

import type k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { canaryStreamOf } from "../../formats/data-streams.ts";
import { canaryFolder } from "../log-tree.ts";
import { loginFileParts, loginFiles, type SearchLogin } from "../search-login.ts";

/** What the canary depends on. */
export interface LogCanaryArgs {
    /** Name of the stack, which ends the name of the data stream. */
    readonly stack: string;
    readonly elasticsearchUrl: pulumi.Input<string>;
    /** Undefined where Elasticsearch asks nobody who they are. */
    readonly login?: SearchLogin;
}

/** What the exporter's container is given, and the volumes that its pod has for it. */
export interface LogCanaryParts {
    readonly env: k8s.types.input.core.v1.EnvVar[];
    readonly volumeMounts: k8s.types.input.core.v1.VolumeMount[];
    readonly volumes: k8s.types.input.core.v1.Volume[];
}

const volume: k8s.types.input.core.v1.Volume = {
    name: "canary",
    hostPath: { path: canaryFolder, type: "DirectoryOrCreate" },
};

/** The parts of the canary. Its pod restarts with a new key already: Filebeat's login, made from the same key, is there. */
export function logCanaryParts({ stack, elasticsearchUrl, login }: LogCanaryArgs): LogCanaryParts {
    const access = loginFileParts(login, "ELASTICSEARCH_", "ELASTICSEARCH_CA_FILE");
    return {
        env: [
            { name: "CANARY_FOLDER", value: canaryFolder },
            { name: "CANARY_STREAM", value: canaryStreamOf(stack) },
            { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
            { name: "ELASTICSEARCH_URL", value: elasticsearchUrl },
            ...access.env,
        ],
        volumeMounts: [{ name: volume.name, mountPath: canaryFolder }, ...access.volumeMounts],
        // That of the authority's certificate is there for Filebeat itself.
        volumes: [volume, ...loginFiles(login, "").volumes],
    };
}
