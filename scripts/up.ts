// `make up`: the lab's real node, or a cluster in Docker; `pulumi up` of the dev stack; and first log lines on their way
// to search and to S3.

import { parseArgs } from "node:util";
import { startCluster } from "../lab/cluster.ts";
import { kindEnvironmentFile } from "../lab/kind-cluster.ts";
import { say, step } from "../lab/tools/progress.ts";
import { readStackConfig } from "../settings/index.ts";
import { stackFile } from "../settings/project-files.ts";
import { type DemonstrationResult, demonstrate } from "./demonstration.ts";
import { endWithMessage } from "./end-with-message.ts";
import { prepareKindStack, s3OfKindStack } from "./kind-stack.ts";
import { type LabStack, prepareLabStack, pulumi } from "./lab-stack.ts";

const stackName = "dev";
const linesPerCategory = 1000;

const help = `Usage: node scripts/up.ts [--stack dev] [--cluster lab|kind] [--bucket NAME] [--no-demonstration]

Starts a cluster, runs \`pulumi up\` of the ${stackName} stack on it, then writes ${linesPerCategory} log lines in each category,
counts them in Elasticsearch, rotates them with a manual Job and shows the objects that the uploader put into the bucket.
  --stack STACK       ${stackName}, which is the one that fits on one node
  --cluster           lab (default): the lab's real node, its AWS emulated; kind: a cluster in Docker made by kind, with the
                      official plugins and images, and the AWS account of your credentials
  --bucket NAME       bucket of the cluster in Docker: names of S3 are unique in the world. Needed the first time
  --no-demonstration  stop after \`pulumi up\`
Exit status 0 if all of it worked, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string", default: stackName },
            cluster: { type: "string", default: "lab" },
            bucket: { type: "string" },
            "no-demonstration": { type: "boolean" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (values.stack !== stackName) {
        stackFile(values.stack);
        console.error(
            `this cluster has one node, on which only ${stackName} fits. To see what ${values.stack} would make: ` +
                `make preview STACK=${values.stack}. To bring it up where it belongs: pulumi up --stack ${values.stack}`,
        );
        return 2;
    }
    const isKind = values.cluster === "kind";
    if (!isKind && values.cluster !== "lab") {
        console.error(`--cluster ${values.cluster}: there is no such cluster; choose lab or kind\n${help}`);
        return 2;
    }
    if (!isKind && values.bucket !== undefined) {
        console.error(`--bucket is for --cluster kind: the lab's S3 is its own\n${help}`);
        return 2;
    }
    const started = Date.now();
    const stack = isKind ? await prepareKindStack(stackName, values.bucket) : await prepareLabNode();
    await step(`pulumi up of ${stackName}`, undefined, () =>
        pulumi(stack, ["up", "--yes", "--skip-preview"], { onOutput: (text) => process.stderr.write(text) }),
    );
    if (!values["no-demonstration"]) {
        const bucketName = JSON.parse(await pulumi(stack, ["stack", "output", "bucketName", "--json"])) as string;
        const image = readStackConfig(stackName).values["chattingo-logging:images.node"];
        const result = await demonstrate({
            environment: stack.environment,
            ...(isKind && { s3: s3OfKindStack(stackName) }),
            image: String(image),
            bucketName,
            linesPerCategory,
        });
        show(result, bucketName);
    }
    showNextSteps(stack, isKind);
    say(`all of it took ${((Date.now() - started) / 1000).toFixed(0)} s`);
    return 0;
}

async function prepareLabNode(): Promise<LabStack> {
    await startCluster("node");
    return prepareLabStack("node", stackName);
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

function showNextSteps(stack: LabStack, isKind: boolean): void {
    const [environment, down] = isKind
        ? [`source ${kindEnvironmentFile()}`, "make down CLUSTER=kind"]
        : ['eval "$(lab/lab env --kind node)"', "make down"];
    console.log(`
What to try next:
  ${environment.padEnd(55)} point kubectl and pulumi at this cluster
  kubectl get pods -n chattingo -l tier=logging           the whole logging system
  kubectl logs -n chattingo deployment/s3-uploader        what the uploader did
  kubectl exec -n chattingo deployment/elasticsearch -- curl -s 'http://localhost:9200/chattingo-*/_search?q=category:error&size=1&pretty'
${
    isKind
        ? ""
        : `  make preview STACK=${stack.name}                                  what your edits of Pulumi.${stack.name}.yaml would change here; make up makes it so
`
}  make preview STACK=prod                                 what \`pulumi up\` of prod would make, on three simulated nodes
  ${down.padEnd(55)} take all of it away`);
}

await endWithMessage(main, help);
