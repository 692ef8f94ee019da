// `lab/lab`: starts, stops and shows the clusters of this machine.

import { parseArgs } from "node:util";
import { startCluster, stopCluster } from "./cluster.ts";
import { type ClusterKind, clusterKinds } from "./cluster-kind.ts";
import { type ClusterHealth, clusterHealth } from "./cluster-status.ts";
import { exportLines, labEnvironment } from "./environment.ts";
import { startMonitoring } from "./monitoring/monitoring.ts";
import { prepareClusters, toolsBeside } from "./prerequisites.ts";

const kindHelp = "  --kind KIND         node (one real node) or simulated (several nodes, no containers)";

const overview = `Usage: lab/lab COMMAND [OPTIONS]

A whole Kubernetes cluster and an emulated AWS on this machine.

  up          start a cluster
  down        stop it and remove its state
  status      show its parts
  env         print the environment in which kubectl, pulumi and aws act on it
  monitoring  have a Prometheus watch the real node
  build       make everything that the clusters need beforehand

\`lab/lab COMMAND --help\` tells more. Exit status 2 for wrong arguments.`;

const helpTexts: Readonly<Record<string, string>> = {
    up: `Usage: lab/lab up [--kind KIND] [--nodes N] [--port-offset N]

Starts a cluster and returns when all of it is healthy; it lives on until \`lab/lab down\`. Does nothing if it runs.
${kindHelp}; node by default
  --nodes N           nodes of the simulated cluster, over three zones; 3 by default
  --port-offset N     add N to every port of the simulated cluster, to run beside another one; 0 by default. The other
                      one's state is apart when CHATTINGO_LAB_RUN names another folder
Exit status 0 if it is running, 1 if not.`,
    down: `Usage: lab/lab down [--kind KIND] [--force]

Ends every process of a cluster, checks that none is left, and removes its state; what was built is kept.
${kindHelp}; both by default
  --force             stop it even if it was started from another work tree
Exit status 0 if nothing is left, 1 if something is.`,
    status: `Usage: lab/lab status [--kind KIND]

Shows each part, its process and whether it is healthy, and the path of the kubeconfig.
${kindHelp}; both by default
Exit status 0 if all that runs is healthy, 1 if something is not, 3 if nothing runs.`,
    env: `Usage: eval "$(lab/lab env [--kind KIND])"

Prints shell commands that point kubectl, pulumi and AWS tools at a running cluster.
${kindHelp}; node by default
Exit status 0 if it is running, 1 if not.`,
    monitoring: `Usage: lab/lab monitoring [--time-factor N]

Starts Prometheus, Alertmanager, node-exporter and kube-state-metrics beside the running real node, with the ServiceMonitors
and rules that are in the cluster. When they run, Prometheus reads these again: do so after each \`pulumi up\`.
  --time-factor N     divide all times of rules and scrapes by N, to see in seconds what takes minutes; 1 by default
Exit status 0 if it is running, 1 if not.`,
    build: `Usage: lab/lab build [--kind KIND]

Builds and installs what a cluster needs and the machine lacks; \`up\` does it too. Builds cert-manager and versitygw,
which tests start.
${kindHelp}; both by default
Exit status 0 if all are there, 1 if not.`,
};

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
    const [command, ...rest] = args;
    if (command === "--help" || command === "-h") {
        console.log(overview);
        return 0;
    }
    if (command === undefined || !Object.hasOwn(helpTexts, command)) {
        throw new UsageError(command === undefined ? "a command is missing" : `${command}: there is no such command`);
    }
    if (rest.includes("--help") || rest.includes("-h")) {
        console.log(helpTexts[command]);
        return 0;
    }
    switch (command) {
        case "up": {
            const values = parse(rest, { nodes: { type: "string" }, "port-offset": { type: "string" } });
            const kind = values.kind ?? "node";
            const options = {
                nodes: wholeNumber("--nodes", values.nodes),
                portOffset: wholeNumber("--port-offset", values["port-offset"]),
            };
            await startCluster(kind, options);
            return 0;
        }
        case "down": {
            const values = parse(rest, { force: { type: "boolean" } });
            for (const kind of kindsOf(values.kind)) {
                await stopCluster(kind, { force: values.force === true });
            }
            return 0;
        }
        case "status":
            return showStatus(kindsOf(parse(rest, {}).kind));
        case "env":
            process.stdout.write(exportLines(await labEnvironment(parse(rest, {}).kind ?? "node")));
            return 0;
        case "monitoring": {
            const values = parse(rest, { "time-factor": { type: "string" } });
            await startMonitoring({ timeFactor: wholeNumber("--time-factor", values["time-factor"]) });
            return 0;
        }
        default:
            await prepareClusters(kindsOf(parse(rest, {}).kind), toolsBeside);
            return 0;
    }
}

async function showStatus(kinds: readonly ClusterKind[]): Promise<number> {
    const labs = await Promise.all(kinds.map(clusterHealth));
    for (const lab of labs) {
        console.log(describe(lab));
    }
    if (labs.every(({ condition }) => condition === "down")) {
        return 3;
    }
    return labs.some(({ condition }) => condition === "degraded") ? 1 : 0;
}

function describe(lab: ClusterHealth): string {
    const width = Math.max(...lab.parts.map(({ name }) => name.length));
    return [
        `${lab.kind}: ${lab.condition}`,
        ...lab.parts.map(
            ({ name, healthy, detail }) =>
                `  ${name.padEnd(width)}  ${healthy ? "healthy    " : "NOT healthy"}  ${detail}`,
        ),
        ...(lab.condition === "down" ? [] : [`  kubeconfig: ${lab.kubeconfig}`]),
    ].join("\n");
}

type OptionTypes = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;

/** Options of a command, each given or not, and the kind of cluster that all commands know. */
type Values<T extends OptionTypes> = {
    readonly [Name in keyof T]?: T[Name] extends { readonly type: "boolean" } ? boolean : string;
} & { readonly kind?: ClusterKind };

function parse<T extends OptionTypes>(args: readonly string[], options: T): Values<T> {
    const { values } = parseArgs({ args: [...args], options: { ...options, kind: { type: "string" } } });
    const { kind } = values as { readonly kind?: string };
    if (kind !== undefined && !clusterKinds.some((known) => known === kind)) {
        throw new UsageError(`--kind ${kind}: ${clusterKinds.join(" or ")} is expected`);
    }
    return values as Values<T>;
}

function kindsOf(kind: ClusterKind | undefined): readonly ClusterKind[] {
    return kind === undefined ? clusterKinds : [kind];
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
    if (text !== undefined && !/^\d+$/.test(text)) {
        throw new UsageError(`${option} ${text}: a whole number is expected`);
    }
    return text === undefined ? undefined : Number(text);
}

function isUsageError(error: unknown): boolean {
    const isFromParser = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    return isFromParser || error instanceof UsageError || error instanceof RangeError;
}

try {
    process.exitCode = await main(process.argv.slice(2));
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (isUsageError(error)) {
        console.error("`lab/lab --help` shows what there is");
    }
    process.exitCode = isUsageError(error) ? 2 : 1;
}
