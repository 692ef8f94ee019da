// Installs the Debian packages that a part of the lab needs and the machine lacks.

import { constants } from "node:fs";
import { access, chmod, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { step } from "./progress.ts";
import { run } from "./run.ts";

/** A package, and one file by which it is known to be there, from Debian or from elsewhere. */
export interface DebianPackage {
    readonly name: string;
    /** A program looked up on PATH and in the `sbin` folders, or the absolute path of any file. */
    readonly provides: string;
}

/** Folders beside PATH in which programs of the administrator stand; a user's PATH often leaves them out. */
const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Asked by every package before it starts a service; status 101 forbids it
 * (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
 */
const servicePolicyFile = "/usr/sbin/policy-rc.d";

/** PATH for a program that calls others of the administrator, such as iptables. */
export function administratorPath(): string {
    return [process.env.PATH, ...administratorFolders].filter(Boolean).join(delimiter);
}

/** Absolute path of a program, or undefined when the machine lacks it. */
export async function findProgram(name: string): Promise<string | undefined> {
    for (const folder of administratorPath().split(delimiter)) {
        const candidate = join(folder, name);
        if (await isAccessible(candidate, constants.X_OK)) {
            return candidate;
        }
    }
    return undefined;
}

/** Absolute path of a program that a package installed before. */
export async function requireProgram(name: string): Promise<string> {
    const path = await findProgram(name);
    if (path === undefined) {
        throw new Error(`${name}: expected on PATH or in ${administratorFolders.join(", ")}; install it and try again`);
    }
    return path;
}

/**
 * Installs those of `packages` that are missing, without questions and without starting any service.
 *
 * @throws an error with the command to run when this process is not root, or when the machine is not a Debian
 */
export async function installDebianPackages(packages: readonly DebianPackage[]): Promise<void> {
    const found = await Promise.all(packages.map(isThere));
    const missing = packages.filter((_, index) => !found[index]).map(({ name }) => name);
    if (missing.length === 0) {
        return;
    }
    const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
    if ((await findProgram("apt-get")) === undefined) {
        throw new Error(`the lab needs ${missing.join(", ")} and installs them with apt-get, which this machine lacks`);
    }
    if (process.getuid?.() !== 0) {
        throw new Error(`the lab needs packages that only root can install; run as root: ${command}`);
    }
    await step(`installing ${missing.join(", ")}`, "about 20 s", async () => {
        const apt = (args: readonly string[]) => run("apt-get", args, { env: { DEBIAN_FRONTEND: "noninteractive" } });
        await apt(["update", "-q"]);
        await withoutServices(() => apt(["install", "-q", "-y", "--no-install-recommends", ...missing]));
    });
}

/** Some packages bring a service; the lab runs its own copy of the program, so none may start by itself. */
async function withoutServices(install: () => Promise<unknown>): Promise<void> {
    const isOurs = await writeFile(servicePolicyFile, "#!/bin/sh\nexit 101\n", { flag: "wx" }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
            if (error.code === "EEXIST") {
                return false;
            }
            throw error;
        },
    );
    try {
        if (isOurs) {
            await chmod(servicePolicyFile, 0o755);
        }
        await install();
    } finally {
        if (isOurs) {
            await rm(servicePolicyFile, { force: true });
        }
    }
}

async function isThere({ provides }: DebianPackage): Promise<boolean> {
    return provides.startsWith("/")
        ? isAccessible(provides, constants.F_OK)
        : (await findProgram(provides)) !== undefined;
}

async function isAccessible(path: string, mode: number): Promise<boolean> {
    return access(path, mode).then(
        () => true,
        () => false,
    );
}
