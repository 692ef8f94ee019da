// The log tree as the pods that work on it see it: where it is, who owns it and how it is mounted.

import type { types } from "@pulumi/kubernetesx";
import type * as pulumi from "@pulumi/pulumi";
import { archiveDirectory, canaryDirectory, logRoot } from "../formats/log-tree.ts";

/** Where the archive volume is mounted. */
export const archiveFolder = `${logRoot}/${archiveDirectory}`;

/** Group of the log tree: applications join it to write, the logging system to read. */
export const logGroupId = 10001;

/** User of the uploader, which owns nothing and works in that group. */
export const uploaderUserId = 10001;

/** What tells a program of the log tree of the directories of applications; nothing where there are none. */
export function applicationEnvironment(directories: readonly string[] = []): Readonly<Record<string, string>> {
    return directories.length === 0 ? {} : { APPLICATION_DIRECTORIES: directories.join(",") };
}

/** Where the canary's lines are. */
export const canaryFolder = `${logRoot}/${canaryDirectory}`;

/** Group that may write the canary's lines, and no application is in. */
export const canaryGroupId = 10003;

/** The node's log tree. It is made where it is missing, so that no pod has to wait for another one's set-up. */
export const logTreeVolume = { name: "logs", hostPath: { path: logRoot, type: "DirectoryOrCreate" } };

/** The node's log tree in a container that `kubernetesx` builds. */
export const logTreeMount: types.VolumeMount = { volume: logTreeVolume, destPath: logRoot };

/** The archive volume, inside the log tree: rotation fills it and the uploader empties it. */
export function archiveMount(claimName: pulumi.Input<string>): types.VolumeMount {
    return { volume: { name: "archive", persistentVolumeClaim: { claimName } }, destPath: archiveFolder };
}
