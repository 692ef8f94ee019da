// A folder that behaves as a volume behind an access point of EFS: everything in it has one owner and one group, nobody can
// give it another, and the users that come by the mount work as that one.
// https://docs.aws.amazon.com/efs/latest/ug/enforce-identity-access-points.html
//
// It does not cover NFS (its caches and locks), the numbers of inodes and bytes that EFS tells, and users beside those that
// are named: an access point lets every user of the mount work as its own one.

import { installDebianPackages } from "./tools/debian-packages.ts";
import { run } from "./tools/run.ts";

/** Owner and group that the CSI driver gives an access point it makes: the first of its range, 50000. */
const ownerId = 50_000;

/** A mounted access point. */
export interface AccessPoint {
    /** Takes the mount away; what was written stays in the folder behind it. */
    remove(): Promise<void>;
}

/**
 * Mounts the folder at the mount point, by bindfs (https://bindfs.org/docs/bindfs.1.html).
 *
 * @param userIds users beside root that work as the owner of everything
 */
export async function mountAccessPoint(
    folder: string,
    mountPoint: string,
    userIds: readonly number[],
): Promise<AccessPoint> {
    await installDebianPackages([{ name: "bindfs", provides: "bindfs" }]);
    const mirrored = userIds.length > 0 ? [`--mirror=${userIds.join(",")}`] : [];
    await run("bindfs", [
        `--force-user=${ownerId}`,
        `--force-group=${ownerId}`,
        `--create-for-user=${ownerId}`,
        `--create-for-group=${ownerId}`,
        "--chown-deny",
        "--chgrp-deny",
        ...mirrored,
        folder,
        mountPoint,
    ]);
    return {
        remove: async () => {
            await run("umount", ["--lazy", mountPoint]);
        },
    };
}
