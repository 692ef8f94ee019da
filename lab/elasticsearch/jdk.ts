// Finds a Java on this machine that runs Elasticsearch: no package registry carries one that is new and whole enough.

import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram } from "../tools/debian-packages.ts";

/** A Java development kit. */
export interface Jdk {
    /** What `JAVA_HOME` would name. */
    readonly home: string;
    /** Full version, such as `25.0.3+9-LTS`. */
    readonly version: string;
}

/** The oldest Java that Elasticsearch 9 runs on (https://www.elastic.co/support/matrix#matrix_jvm). */
const oldestJava = 21;

/** Modules that a mere run-time lacks: Elasticsearch's entitlements name the first three, `javac` is the last. */
const neededModules = ["jdk.attach", "jdk.jdi", "jdk.jlink", "jdk.compiler"];

/** Where distributions put Java. */
const javaFolder = "/usr/lib/jvm";

/** What to do where {@link findJdk} finds nothing. */
export const jdkAdvice = `a JDK ${oldestJava} or newer is missing: none in JAVA_HOME, on PATH or in ${javaFolder}. Install one (Debian 13 and Ubuntu: openjdk-${oldestJava}-jdk-headless; Debian 12 has none, see https://adoptium.net/installation/linux/) or set JAVA_HOME`;

/** The JDK of `JAVA_HOME` or of PATH if it is fit, else the newest in the usual folder; undefined when there is none. */
export async function findJdk(): Promise<Jdk | undefined> {
    const chosen = [process.env.JAVA_HOME, await homeOnPath()].filter((home) => home !== undefined && home !== "");
    const installed = (await readdir(javaFolder).catch(() => [])).map((name) => join(javaFolder, name));
    const jdks = async (homes: readonly (string | undefined)[]) =>
        (await Promise.all(homes.map((home) => readJdk(home)))).filter((jdk) => jdk !== undefined);
    const newestFirst = (await jdks(installed)).toSorted((one, other) => majorVersion(other) - majorVersion(one));
    return [...(await jdks(chosen)), ...newestFirst][0];
}

/** @throws an error with {@link jdkAdvice} when there is none */
export async function requireJdk(): Promise<Jdk> {
    const jdk = await findJdk();
    if (jdk === undefined) {
        throw new Error(jdkAdvice);
    }
    return jdk;
}

async function homeOnPath(): Promise<string | undefined> {
    const java = await findProgram("java");
    return java === undefined ? undefined : dirname(dirname(await realpath(java)));
}

/** Reads the file `release`, which every JDK has since 9 (https://openjdk.org/jeps/223). */
async function readJdk(home: string | undefined): Promise<Jdk | undefined> {
    const text = await readFile(join(home ?? "", "release"), "utf8").catch(() => "");
    const value = (name: string) => new RegExp(`^${name}="(.*)"$`, "m").exec(text)?.[1] ?? "";
    const modules = new Set(value("MODULES").split(" "));
    const version = value("JAVA_RUNTIME_VERSION") || value("JAVA_VERSION");
    const isFit =
        Number.parseInt(version, 10) >= oldestJava && neededModules.every((moduleName) => modules.has(moduleName));
    return home !== undefined && isFit ? { home, version } : undefined;
}

function majorVersion(jdk: Jdk): number {
    return Number.parseInt(jdk.version, 10);
}
