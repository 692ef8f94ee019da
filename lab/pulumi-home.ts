// Pulumi's home in a lab: apart from the user's, whose plugins it sees but never changes.

import { join } from "node:path";
import { type ClusterKind, clusterFolder } from "./cluster-kind.ts";
import { toolBinary } from "./prerequisites.ts";
import { installAwsStandIn } from "./providers/aws-stand-in.ts";
import { hasPlugin, linkPlugin, shareResourcePlugins, userPulumiHome } from "./providers/plugins.ts";
import { kubernetesProvider } from "./tools/go-tools.ts";
import { say } from "./tools/progress.ts";

/** Folder that Pulumi uses as its home with the lab of this kind: its plugins and workspaces. */
export function pulumiHome(kind: ClusterKind): string {
    return join(clusterFolder(kind), "pulumi-home");
}

/** Makes the home, with the resource plugins that the user has, and those that the program needs beside them. */
export async function preparePulumiHome(kind: ClusterKind): Promise<void> {
    const home = pulumiHome(kind);
    await shareResourcePlugins(userPulumiHome(), home);
    if (!hasPlugin(home, "kubernetes")) {
        await linkPlugin(home, "kubernetes", await toolBinary(kubernetesProvider));
    }
    if (await installAwsStandIn(home)) {
        say("Pulumi uses the lab's stand-in for the AWS provider");
    }
}
