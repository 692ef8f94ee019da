// A cluster in Docker, made by kind (https://kind.sigs.k8s.io), for people who have Docker, kind and the official Pulumi
// CLI. Of the lab it has only the folder of its state: the programs, plugins, images and AWS are the real ones.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { runFolder } from "./cluster-kind.ts";
import { exportLines } from "./environment.ts";
import { findProgram } from "./tools/debian-packages.ts";
import { say, step } from "./tools/progress.ts";
import { RunError, run } from "./tools/run.ts";
import { writeWhole } from "./write-whole.ts";

/** Name of the cluster, as in `lab/kind-config.yaml`; no other cluster of the machine is touched. */
const kindClusterName = "chattingo";

const configFile = join(import.meta.dirname, "kind-config.yaml");

/** Programs that have to be there, and where each is to be had. */
const programs: Readonly<Record<string, string>> = {
    docker: "https://docs.docker.com/engine/install/",
    kind: "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    kubectl: "https://kubernetes.io/docs/tasks/tools/",
    pulumi: "https://www.pulumi.com/docs/install/",
};

/** Folder with everything that is kept of the cluster: kubeconfig, stack file, Pulumi's state. */
export function kindFolder(): string {
    return join(runFolder(), "kind");
}

/** Shell commands that point kubectl and pulumi at the cluster, for `source`. */
export function kindEnvironmentFile(): string {
    return join(kindFolder(), "environment");
}

const kubeconfig = () => join(kindFolder(), "kubeconfig");

/**
 * Fails at once when something is missing, before anything is made.
 *
 * @throws an error that names everything that is missing and how to get it
 */
export async function assertDockerIsFit(): Promise<void> {
    const complaints: string[] = [];
    for (const [program, page] of Object.entries(programs)) {
        if ((await findProgram(program)) === undefined) {
            complaints.push(`${program} is missing: install it (${page})`);
        }
    }
    if ((await findProgram("docker")) !== undefined) {
        try {
            await run("docker", ["info"]);
        } catch (error) {
            const reason = error instanceof RunError ? error.output.trim().split("\n").at(-1) : String(error);
            complaints.push(
                `Docker does not answer: start it (\`sudo systemctl start docker\`, or Docker Desktop), and see that you may use it: ${reason}`,
            );
        }
    }
    if (complaints.length > 0) {
        throw new Error(
            `a cluster in Docker can't run on this machine:\n  ${complaints.join("\n  ")}\nWithout Docker: make up`,
        );
    }
}

/** Whether kind has a cluster of our name. */
export async function isKindClusterThere(): Promise<boolean> {
    return (await run("kind", ["get", "clusters"])).split("\n").includes(kindClusterName);
}

/**
 * Makes the cluster, or takes the one that is there. Its kubeconfig is a file of its own: the user's kubeconfig and its
 * current context stay as they are.
 *
 * @returns the environment in which kubectl and pulumi act on this cluster, whatever the user's own says
 */
export async function startKindCluster(): Promise<Readonly<Record<string, string>>> {
    await mkdir(kindFolder(), { recursive: true });
    const ours = ["--name", kindClusterName, "--kubeconfig", kubeconfig()];
    if (await isKindClusterThere()) {
        say(`the cluster ${kindClusterName} is there already`);
        await run("kind", ["export", "kubeconfig", ...ours]);
    } else {
        await step("kind creates the cluster", "about a minute, longer when its image is not there yet", () =>
            run("kind", ["create", "cluster", "--config", configFile, ...ours, "--wait", "180s"]),
        );
    }
    const environment = await kindEnvironment();
    await writeWhole(kindEnvironmentFile(), exportLines(environment));
    return environment;
}

/** The environment of the cluster that {@link startKindCluster} made. */
export async function kindEnvironment(): Promise<Readonly<Record<string, string>>> {
    const stateFolder = join(kindFolder(), "pulumi-state");
    await mkdir(stateFolder, { recursive: true });
    return {
        KUBECONFIG: kubeconfig(),
        // Pulumi's language host runs the `node` that it finds first.
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        PULUMI_BACKEND_URL: `file://${stateFolder}`,
        PULUMI_CONFIG_PASSPHRASE: await passphrase(),
        PULUMI_SKIP_UPDATE_CHECK: "1",
    };
}

/** Deletes the cluster, and what is kept of it. */
export async function deleteKindCluster(): Promise<void> {
    if (await isKindClusterThere()) {
        await step(`kind deletes the cluster ${kindClusterName}`, undefined, () =>
            run("kind", ["delete", "cluster", "--name", kindClusterName, "--kubeconfig", kubeconfig()]),
        );
    }
    await rm(kindFolder(), { recursive: true, force: true });
}

async function passphrase(): Promise<string> {
    const file = join(kindFolder(), "passphrase");
    if (!existsSync(file)) {
        await writeWhole(file, randomBytes(24).toString("hex"));
    }
    return readFile(file, "utf8");
}
