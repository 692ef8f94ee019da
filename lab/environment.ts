// The environment in which kubectl, Pulumi and AWS tools act on a lab and on nothing else.

import { existsSync } from "node:fs";
import { link, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { emulatedAwsRegion, operatorCredentials } from "./aws/emulated-aws.ts";
import { awsCliFolder } from "./aws/python-environment.ts";
import { type ClusterKind, clusterFolder, kubeconfigFile } from "./cluster-kind.ts";
import { readClusterState } from "./cluster-state.ts";
import { clusterNetwork } from "./control-plane/network.ts";
import { labPorts } from "./ports.ts";
import { hasPulumiOnPath, pulumiTools, toolBinary } from "./prerequisites.ts";
import { seldomCollection } from "./processes/seldom-collection.ts";
import { pulumiHome } from "./pulumi-home.ts";
import { cacheRoot, toolFolder } from "./tools/cache.ts";

/** Variables that would lead AWS tools past the lab, were they inherited from the user's environment. */
const misleading = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    ...["S3", "KMS", "IAM", "STS", "EKS"].map((service) => `AWS_ENDPOINT_URL_${service}`),
];

/**
 * Variables to add to the environment. Those that would mislead and are set now are given as empty.
 *
 * @throws an error that says how to start the lab when it is not running
 */
export async function labEnvironment(kind: ClusterKind): Promise<Readonly<Record<string, string>>> {
    const state = await readClusterState(kind);
    if (state?.phase !== "running") {
        throw new Error(`no ${kind} lab is running: start it with \`lab/lab up --kind ${kind}\``);
    }
    const stateFolder = join(clusterFolder(kind), "pulumi-state");
    await mkdir(stateFolder, { recursive: true });
    const ofPulumi = await pulumiEnvironment(pulumiHome(kind), stateFolder, state.passphrase);
    return {
        KUBECONFIG: kubeconfigFile(kind),
        ...ofPulumi,
        // From which the tokens of an EKS cluster come.
        PATH: [await awsCliFolder(), ofPulumi.PATH].join(delimiter),
        AWS_ENDPOINT_URL: `http://127.0.0.1:${labPorts(kind, state.portOffset).aws}`,
        AWS_ACCESS_KEY_ID: operatorCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: operatorCredentials.secretAccessKey,
        AWS_REGION: emulatedAwsRegion,
        ...Object.fromEntries(misleading.filter((name) => process.env[name]).map((name) => [name, ""])),
        ...proxyExceptions(),
    };
}

/**
 * What Pulumi's CLI, its engine and the programs that it runs need.
 *
 * @param home its plugins (pulumi-home.ts)
 * @param stateFolder where it keeps the state of stacks; has to exist
 */
export async function pulumiEnvironment(
    home: string,
    stateFolder: string,
    passphrase: string,
): Promise<Readonly<Record<string, string>>> {
    return {
        PATH: await searchPath(),
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: `file://${stateFolder}`,
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_SKIP_UPDATE_CHECK: "1",
        NODE_COMPILE_CACHE: compileCache(),
        GOGC: seldomCollection,
    };
}

/**
 * Where Node.js keeps what it has compiled of the program, its libraries and the stand-in for the AWS provider: it takes their
 * TypeScript and JavaScript from there in about two thirds of the time, in every command of Pulumi
 * (https://nodejs.org/api/module.html#module-compile-cache). Somebody's own folder stays theirs.
 */
function compileCache(): string {
    return process.env.NODE_COMPILE_CACHE || join(cacheRoot(), "compiled");
}

/** Shell commands that set the variables, for `eval`. */
export function exportLines(environment: Readonly<Record<string, string>>): string {
    return Object.entries(environment)
        .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
        .join("");
}

/** The running Node.js goes first, because Pulumi's language host runs the `node` that it finds on PATH. */
async function searchPath(): Promise<string> {
    const tools = hasPulumiOnPath() ? [] : [await pulumiFolder()];
    const first = [dirname(process.execPath), ...tools];
    const rest = (process.env.PATH ?? "").split(delimiter).filter((folder) => !first.includes(folder));
    return [...first, ...rest].join(delimiter);
}

/**
 * Folder with the lab's Pulumi CLI and, beside it, its language host: where the CLI looks first, and without the warning
 * that it gives when it finds one on PATH.
 */
async function pulumiFolder(): Promise<string> {
    const [cli = "", languageHost = ""] = await Promise.all(pulumiTools.map(toolBinary));
    const folder = toolFolder("pulumi-with-language-host", cli, languageHost, languageHostScript(languageHost));
    if (!existsSync(folder)) {
        const unfinished = `${folder}.${process.pid}.unfinished`;
        await mkdir(unfinished, { recursive: true });
        // Not a symbolic link: the CLI looks beside its real file.
        await link(cli, join(unfinished, basename(cli)));
        await writeFile(join(unfinished, basename(languageHost)), languageHostScript(languageHost), { mode: 0o755 });
        // Whoever was faster has made the same.
        await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
    }
    return folder;
}

/**
 * The lab's language host is older than the option `typescript` of Pulumi.yaml: without its flag it loads a compiler that
 * nobody needs, which takes a third of a second and then has its say in every stack trace.
 */
function languageHostScript(binary: string): string {
    return `#!/bin/sh\nexec "${binary}" -typescript=false "$@"\n`;
}

/** Where an HTTP proxy is configured, the lab must be reached without it. */
function proxyExceptions(): Readonly<Record<string, string>> {
    const { env } = process;
    if (!(env.HTTP_PROXY ?? env.HTTPS_PROXY ?? env.http_proxy ?? env.https_proxy)) {
        return {};
    }
    const inherited = env.NO_PROXY ?? env.no_proxy;
    const exceptions = [...(inherited ? [inherited] : []), "127.0.0.1", clusterNetwork.hostAddress].join(",");
    return { NO_PROXY: exceptions, no_proxy: exceptions };
}
