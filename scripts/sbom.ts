// `make sbom STACK=prod OUT=sbom.json`: the bill of materials of a stack.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { readStackConfig } from "../settings/stack-config.ts";
import { billOfMaterials } from "../supply-chain/bill-of-materials.ts";
import { declaredImages } from "../supply-chain/declared-images.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/sbom.ts --stack STACK --out FILE

Writes every npm package and every image of a stack as a CycloneDX document.
  --stack STACK  the stack, as in Pulumi.STACK.yaml
  --out FILE     where to write
Exit status 0 if it is written, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: { stack: { type: "string" }, out: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack || !values.out) {
        console.error(`${values.stack ? "--out" : "--stack"} is missing\n${help}`);
        return 2;
    }
    const document = await billOfMaterials(declaredImages(readStackConfig(values.stack).values));
    await writeFile(values.out, `${JSON.stringify(document, undefined, 2)}\n`);
    say(`${document.components.length} components of ${values.stack} are in ${values.out}`);
    return 0;
}

await endWithMessage(main, help);
