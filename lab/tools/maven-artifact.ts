// Gets one file from Maven's central repository through Maven itself, so that a user's mirrors and proxies are obeyed.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { requireProgram } from "./debian-packages.ts";
import { step } from "./progress.ts";
import { run } from "./run.ts";

/** One pinned file of a Maven repository (https://maven.apache.org/pom.html#Maven_Coordinates). */
export interface MavenArtifact {
    readonly group: string;
    readonly name: string;
    readonly version: string;
    /** Packaging, which is the file's extension too, such as `jar`. */
    readonly packaging: string;
    /** SHA-256 of the file, in hexadecimal. */
    readonly sha256: string;
    readonly bytes: number;
}

/** The plugin whose goal `get` downloads a single artifact. */
const dependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/**
 * Downloads the artifact into `folder` and returns its path. Maven's own repository on this machine is left alone: what
 * is needed once and is large must not stay there.
 *
 * @param folder empty folder; Maven leaves its plugins in it too
 * @throws an error when the file is not the pinned one
 */
export async function downloadArtifact(artifact: MavenArtifact, folder: string): Promise<string> {
    const { group, name, version, packaging } = artifact;
    const target = join(folder, ...group.split("."), name, version);
    const file = join(target, `${name}-${version}.${packaging}`);
    await step(
        `downloading ${name} ${version}`,
        `${megabytes(artifact.bytes)} MB`,
        async () => {
            await run(await requireProgram("mvn"), [
                "--batch-mode",
                "--quiet",
                `-Dmaven.repo.local=${folder}`,
                `${dependencyPlugin}:get`,
                `-Dartifact=${group}:${name}:${version}:${packaging}`,
                "-Dtransitive=false",
            ]);
            await assertContent(file, artifact);
        },
        async () => `${megabytes(await bytesIn(target))} of ${megabytes(artifact.bytes)} MB`,
    );
    return file;
}

async function assertContent(file: string, artifact: MavenArtifact): Promise<void> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    const sha256 = hash.digest("hex");
    if (sha256 !== artifact.sha256) {
        throw new Error(
            `${artifact.group}:${artifact.name}:${artifact.version}: expected SHA-256 ${artifact.sha256}, downloaded ${sha256}`,
        );
    }
}

/** Maven writes to a file of another name beside the final one, which one depends on its version. */
async function bytesIn(folder: string): Promise<number> {
    const names = await readdir(folder).catch(() => []);
    const sizes = await Promise.all(
        names.map((name) =>
            stat(join(folder, name)).then(
                ({ size }) => size,
                () => 0,
            ),
        ),
    );
    return Math.max(0, ...sizes);
}

function megabytes(bytes: number): string {
    return (bytes / 1_000_000).toFixed(0);
}
