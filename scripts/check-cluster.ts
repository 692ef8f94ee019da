// `make check-cluster STACK=prod`: whether the cluster has what a stack counts on, and what is not protected if not.

import { parseArgs } from "node:util";
import { clusterAccess } from "../cluster/access.ts";
import { refuseUnknownContext } from "../cluster/known-context.ts";
import { type Kubectl, withKubectl } from "../cluster/kubectl.ts";
import { type Manifest, stackNeeds } from "../estimate/stack-needs.ts";
import { say } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { parseSettings } from "../settings/index.ts";
import { readStackConfig } from "../settings/stack-config.ts";
import { clusterFindings, type Finding } from "./cluster-findings.ts";
import { prerequisiteFindings } from "./cluster-prerequisites.ts";
import { type AwsCli, describeEksCluster, issuerFindings } from "./eks-findings.ts";
import { endWithMessage } from "./end-with-message.ts";
import { configurationOf, recordProgram } from "./recording-engine.ts";
import { memoryFindings } from "./room-on-nodes.ts";

const help = `Usage: node scripts/check-cluster.ts --stack STACK

Asks the cluster that the stack names (cluster.eksName, cluster.context), or that of KUBECONFIG, for what the stack counts
on: StorageClasses and their CSI drivers, an archive volume for all nodes, memory on the nodes, the class and the certificate
of the Ingress, a Prometheus that selects the stack's alerts, cert-manager, the Prometheus operator, a certificate that has
not ended and, once the stack is up, a network plugin that enforces NetworkPolicies; and AWS for the OpenID Connect provider
of the cluster. It changes nothing.
  --stack STACK  the stack, as in Pulumi.STACK.yaml
Exit status 0 if nothing is missing, 1 if something is, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { stack: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack) {
        console.error(`--stack is missing\n${help}`);
        return 2;
    }
    const config = readStackConfig(values.stack);
    const settings = parseSettings(values.stack, config.values, config.origins);
    const aws: AwsCli = (...args) => run("aws", args);
    const { eksName, context } = settings.cluster;
    const eks = eksName === undefined ? undefined : await describeEksCluster(eksName, settings.archive.region, aws);
    const access = clusterAccess(settings.cluster, eks, (key) => config.values[key]);
    if (context !== undefined) {
        await refuseUnknownContext(settings.stack, context);
    }
    const resources = await recordProgram(() => import("../index.ts"), configurationOf(values.stack));
    const manifests = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    const needs = stackNeeds(manifests.map(({ inputs }) => inputs as unknown as Manifest));
    const findings = await withKubectl(
        access,
        async (kubectl: Kubectl): Promise<readonly Finding[]> => [
            ...(eks === undefined ? [] : await issuerFindings(settings, eks, aws)),
            ...(await prerequisiteFindings(settings, kubectl)),
            ...(await memoryFindings(settings, needs, kubectl)),
            ...(await clusterFindings(settings, kubectl)),
        ],
    );
    for (const { kind, text } of findings) {
        say(`${kind}: ${text}`);
    }
    const open = findings.filter(({ kind }) => kind === "open").length;
    say(`${open} things that ${values.stack} counts on are missing, ${findings.length - open} could not be told`);
    return open === 0 ? 0 : 1;
}

await endWithMessage(main, help);
