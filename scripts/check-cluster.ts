// `make check-cluster STACK=prod`: whether the cluster has what a stack counts on, and what is not protected if not.

import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { run } from "../lab/tools/run.ts";
import { readStackConfig } from "../settings/stack-config.ts";
import { parseSettings } from "../settings.ts";
import { clusterFindings, type Kubectl } from "./cluster-findings.ts";
import { prerequisiteFindings } from "./cluster-prerequisites.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/check-cluster.ts --stack STACK

Asks the cluster of KUBECONFIG for what the stack counts on: StorageClasses, an archive volume for all nodes, the class
and the certificate of the Ingress, a Prometheus that selects the stack's alerts, cert-manager, the Prometheus operator, a certificate that
has not ended and, once the stack is up, a network plugin that enforces NetworkPolicies. It changes nothing.
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
    const kubectl: Kubectl = (...args) => run("kubectl", args);
    const findings = [
        ...(await prerequisiteFindings(settings, kubectl)),
        ...(await clusterFindings(settings, kubectl)),
    ];
    for (const { kind, text } of findings) {
        say(`${kind}: ${text}`);
    }
    const open = findings.filter(({ kind }) => kind === "open").length;
    say(`${open} things that ${values.stack} counts on are missing, ${findings.length - open} could not be told`);
    return open === 0 ? 0 : 1;
}

await endWithMessage(main, help);
