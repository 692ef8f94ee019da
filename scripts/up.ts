// `make up`: the lab's real node, `pulumi up` of the dev stack, and first log lines on their way to search and to S3.

import { parseArgs } from "node:util";
import { startCluster } from "../lab/cluster.ts";
import { say, step } from "../lab/tools/progress.ts";
import { readStackConfig } from "../settings.ts";
import { type DemonstrationResult, demonstrate } from "./demonstration.ts";
import { endWithMessage } from "./end-with-message.ts";
import { type LabStack, prepareLabStack, pulumi } from "./lab-stack.ts";

const stackName = "dev";
const linesPerCategory = 1000;

const help = `Usage: node scripts/up.ts [--no-demonstration]

Starts the lab's real node, runs \`pulumi up\` of the ${stackName} stack on it, then writes ${linesPerCategory} log lines in each category,
counts them in Elasticsearch, rotates them with a manual Job and shows the objects that the uploader put into the bucket.
  --no-demonstration  stop after \`pulumi up\`
Exit status 0 if all of it worked, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { "no-demonstration": { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const started = Date.now();
    await startCluster("node");
    const stack = await prepareLabStack("node", stackName);
    await step(`pulumi up of ${stackName}`, undefined, () =>
        pulumi(stack, ["up", "--yes", "--skip-preview"], { onOutput: (text) => process.stderr.write(text) }),
    );
    if (!values["no-demonstration"]) {
        const bucketName = JSON.parse(await pulumi(stack, ["stack", "output", "bucketName", "--json"])) as string;
        const image = readStackConfig(stackName).values["chattingo-logging:images.node"];
        const result = await demonstrate({
            environment: stack.environment,
            image: String(image),
            bucketName,
            linesPerCategory,
        });
        show(result, bucketName);
    }
    showNextSteps(stack);
    say(`all of it took ${((Date.now() - started) / 1000).toFixed(0)} s`);
    return 0;
}

function show(result: DemonstrationResult, bucketName: string): void {
    console.log("\nLines that Elasticsearch finds:");
    for (const [category, count] of Object.entries(result.searchable)) {
        console.log(`${String(count).padStart(10)}  ${category}`);
    }
    console.log("\nLog of the manual rotation:");
    console.log(result.rotationLog.trimEnd());
    console.log(`\nObjects in s3://${bucketName}:`);
    for (const object of result.objects) {
        console.log(`${String(object.bytes).padStart(10)}  ${object.key}`);
    }
    for (const [key, text] of Object.entries(result.manifests)) {
        console.log(`\n${key}:`);
        console.log(JSON.stringify(JSON.parse(text), undefined, 2));
    }
}

function showNextSteps(stack: LabStack): void {
    console.log(`
What to try next:
  eval "$(lab/lab env --kind node)"                       point kubectl, pulumi and aws at the lab
  kubectl get pods -n chattingo -l tier=logging           the whole logging system
  kubectl logs -n chattingo deployment/s3-uploader        what the uploader did
  kubectl exec -n chattingo deployment/elasticsearch -- curl -s http://localhost:9200/_cat/indices?v
  pulumi preview --stack ${stack.name} --config-file ${stack.configFile}
  make preview STACK=prod                                 what \`pulumi up\` of prod would make, on three simulated nodes
  make down                                               take all of it away`);
}

await endWithMessage(main, help);
