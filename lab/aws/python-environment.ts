// The Python packages of the emulated AWS and the AWS CLI, installed once into the lab's cache.

import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { toolFolder } from "../tools/cache.ts";
import { step } from "../tools/progress.ts";
import { RunError, run } from "../tools/run.ts";

/** Oldest Python that every pinned package runs on. */
const oldestPython = [3, 11] as const;

const requirementsFile = join(import.meta.dirname, "requirements.txt");

/**
 * Path of a Python that has the packages of `requirements.txt`, installed first if the cache lacks them. The virtual
 * environment appears under its path only when it is complete.
 *
 * @throws an error that says what to install when there is no python3, an old one, or one without `venv`
 */
export async function pythonWithMoto(): Promise<string> {
    const version = await pythonVersion();
    const folder = toolFolder("emulated-aws", await readFile(requirementsFile, "utf8"), cliScript, version);
    const python = join(folder, "bin", "python");
    if (await exists(python)) {
        return python;
    }
    const unfinished = `${folder}.${process.pid}.unfinished`;
    await mkdir(dirname(folder), { recursive: true });
    try {
        await step("installing the emulated AWS", "about 1 min when done for the first time", () =>
            install(unfinished),
        );
        await rename(unfinished, folder).catch(async (error: NodeJS.ErrnoException) => {
            // Another command finished the same installation in the meantime.
            if (!(await exists(python))) {
                throw error;
            }
        });
    } finally {
        await rm(unfinished, { recursive: true, force: true });
    }
    return python;
}

/** Folder of a virtual environment that has the AWS CLI and nothing else, to be put on PATH. */
const cliFolderName = "aws-cli";

/**
 * Starts the AWS CLI. pip's own script names the folder in which it was installed, which is not where it stays. The CLI
 * refuses an empty profile, where the SDKs take it for none.
 */
const cliScript = `#!/bin/sh
[ -n "\${AWS_PROFILE-}" ] || unset AWS_PROFILE
[ -n "\${AWS_DEFAULT_PROFILE-}" ] || unset AWS_DEFAULT_PROFILE
exec "$(dirname "$0")/../bin/python" -m awscli "$@"
`;

/** Folder for PATH with the AWS CLI, of which the emulated AWS answers what moto knows. */
export async function awsCliFolder(): Promise<string> {
    return join(dirname(dirname(await pythonWithMoto())), cliFolderName);
}

async function install(folder: string): Promise<void> {
    try {
        await run("python3", ["-m", "venv", folder]);
    } catch (error) {
        if (error instanceof RunError && error.output.includes("ensurepip")) {
            throw new Error(
                "python3 cannot make a virtual environment; install its venv module (Debian: apt-get install python3-venv)",
                { cause: error },
            );
        }
        throw error;
    }
    const options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
    await run(join(folder, "bin", "python"), ["-m", "pip", "install", ...options, "--requirement", requirementsFile]);
    await mkdir(join(folder, cliFolderName));
    await writeFile(join(folder, cliFolderName, "aws"), cliScript, { mode: 0o755 });
}

async function pythonVersion(): Promise<string> {
    const wanted = `python3 ${oldestPython.join(".")} or newer is needed for the emulated AWS`;
    let version: string;
    try {
        version = (await run("python3", ["-c", "import sys; print(*sys.version_info[:2], sep='.')"])).trim();
    } catch (error) {
        throw new Error(`${wanted}, but python3 cannot be run (Debian: apt-get install python3 python3-venv)`, {
            cause: error,
        });
    }
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major !== oldestPython[0] || minor < oldestPython[1]) {
        throw new Error(`${wanted}, but python3 on PATH is ${version}`);
    }
    return version;
}

async function exists(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}
