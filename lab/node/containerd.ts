// containerd of the lab's node: its own configuration, root, state and socket, beside any that the system may run.

import { writeFile } from "node:fs/promises";
import { pauseImage } from "../images/images.ts";
import { administratorPath, requireProgram } from "../tools/debian-packages.ts";
import type { NodeContext } from "./interface.ts";
import { cniPluginFolder } from "./packages.ts";
import type { NodePaths } from "./paths.ts";

/** Name of its process in the lab. */
export const containerdProcess = "containerd";

/** Starts containerd and waits until it can run pods. */
export async function startContainerd(context: NodeContext, paths: NodePaths): Promise<void> {
    await writeFile(paths.containerdConfig, containerdConfig(paths, await requireProgram("runc")));
    await context.startProcess({
        name: containerdProcess,
        command: await requireProgram("containerd"),
        args: ["--config", paths.containerdConfig],
        env: { PATH: administratorPath() },
        healthCheck: { containerRuntime: paths.containerdSocket },
    });
}

/** Version 2 of the format, which containerd 1.3 to 2.x read (https://github.com/containerd/containerd/blob/v1.6.20/docs/cri/config.md). */
function containerdConfig(paths: NodePaths, runc: string): string {
    const text = JSON.stringify;
    return `version = 2
root = ${text(paths.containerdRoot)}
state = ${text(paths.containerdState)}
# These are never used, complain at every start, or (opt) make folders outside of the root.
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = ${text(paths.containerdSocket)}

[plugins."io.containerd.grpc.v1.cri"]
  # It can't be pulled: there is no registry.
  sandbox_image = ${text(pauseImage)}
  # Where the machine withholds CAP_SYS_RESOURCE, runc may not lower the score and dies.
  restrict_oom_score_adj = true
  # Keeps the pods' network namespaces below the state folder instead of in /run/netns, where ours could not be told.
  netns_mounts_under_state_dir = true
  # kubectl exec and logs reach it through kubelet only.
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${text(cniPluginFolder)}
  conf_dir = ${text(paths.networkConfig)}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = ${text(runc)}
  Root = ${text(paths.runcRoot)}
  # Must be the driver of kubelet, see there.
  SystemdCgroup = false
`;
}
