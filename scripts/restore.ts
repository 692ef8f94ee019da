// `make restore STACK=dev FROM=2025-09-10 TO=2025-09-12 CATEGORY=auth`: archived lines back from S3.

import { parseArgs } from "node:util";
import { Client } from "@elastic/elasticsearch";
import { type IndexCounts, restoredStream, toElasticsearch } from "../archive-access/elasticsearch-output.ts";
import { toFolder, toStream } from "../archive-access/outputs.ts";
import { ArchiveReader } from "../archive-access/reader.ts";
import { restore } from "../archive-access/restore.ts";
import { parseSelection, type Selection } from "../archive-access/selection.ts";
import { tiers } from "../archive-access/thawing.ts";
import { say } from "../lab/tools/progress.ts";
import { endWithMessage } from "./end-with-message.ts";
import { stackArchive } from "./stack-archive.ts";

const help = `Usage: node scripts/restore.ts --stack STACK --from DAY --to DAY [--category CATEGORY] [--out DIR | --elasticsearch URL]

Brings archived log lines back from S3: finds the archives by their manifests, verifies size, checksum and number of
lines, and writes the lines, byte by byte those that were archived, to standard output.
  --stack STACK         the stack, as in Pulumi.STACK.yaml
  --from DAY, --to DAY  first and last day, such as 2025-09-10, of the archives' rotation (UTC). A line is archived up to
                        rotation.maxAgeDays after it was written: set --to later by as much
  --category CATEGORY   only this one: app, auth, chat, error, system or websocket
  --out DIR             write a file an archive: DIR/<category>/<node>/<archive>.log
  --elasticsearch URL   index the lines into the data stream ${restoredStream("<category>", "<stack>")}; restoring
                        them again changes nothing. ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD, or
                        ELASTICSEARCH_API_KEY, are used if they are set
  --yes                 agree to what a retrieval from GLACIER or DEEP_ARCHIVE costs; without it the cost is only told
  --tier TIER           ${tiers.join(", ")}: how quickly S3 retrieves (Standard)
  --days N              days for which S3 keeps the retrieved copies (3)
  --wait-hours N        hours to wait for S3 (about twice what the tier takes)
Needs AWS credentials that may list and read the bucket, use its key and, for retrievals, s3:RestoreObject.
Exit status 0 if everything asked for is restored, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            from: { type: "string" },
            to: { type: "string" },
            category: { type: "string" },
            out: { type: "string" },
            elasticsearch: { type: "string" },
            yes: { type: "boolean", default: false },
            tier: { type: "string", default: "Standard" },
            days: { type: "string", default: "3" },
            "wait-hours": { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const { stack, from, to, out, elasticsearch } = values;
    const tier = tiers.find((one) => one.toLowerCase() === values.tier.toLowerCase());
    const days = Number(values.days);
    const waitHours = values["wait-hours"] === undefined ? undefined : Number(values["wait-hours"]);
    const wrong = [
        ...(stack ? [] : ["--stack is missing"]),
        ...(from ? [] : ["--from is missing"]),
        ...(to ? [] : ["--to is missing"]),
        ...(out && elasticsearch ? ["--out and --elasticsearch exclude each other"] : []),
        ...(tier ? [] : [`--tier ${values.tier}: there are ${tiers.join(", ")}`]),
        ...(Number.isInteger(days) && days > 0 ? [] : [`--days ${values.days}: expected a whole number of at least 1`]),
        ...(waitHours === undefined || waitHours >= 0
            ? []
            : [`--wait-hours ${values["wait-hours"]}: expected a number`]),
    ];
    if (wrong.length > 0 || !stack || !from || !to || !tier) {
        console.error(`${wrong.join("\n")}\n${help}`);
        return 2;
    }
    let selection: Selection;
    try {
        selection = parseSelection(from, to, values.category);
    } catch (error) {
        console.error((error as Error).message);
        return 2;
    }
    const reader = new ArchiveReader(await stackArchive(stack));
    const counts: IndexCounts = { created: 0, alreadyThere: 0 };
    const client = elasticsearch ? new Client({ node: elasticsearch, ...elasticsearchLogin() }) : undefined;
    const output = client ? toElasticsearch(client, stack, counts) : out ? toFolder(out) : toStream(process.stdout);
    try {
        const summary = await restore(reader, {
            selection,
            output,
            tier,
            days,
            waitHours,
            pollSeconds: 60,
            isCostAgreed: values.yes,
            say,
        });
        for (const failure of summary.failures) {
            say(failure);
        }
        say(`restored: ${summary.archives} archives, ${summary.lines} lines`);
        if (client) {
            say(`indexed: ${counts.created} lines, ${counts.alreadyThere} were there already`);
        }
        return summary.failures.length === 0 ? 0 : 1;
    } finally {
        await client?.close();
        reader.close();
    }
}

function elasticsearchLogin() {
    const {
        ELASTICSEARCH_USERNAME: username,
        ELASTICSEARCH_PASSWORD: password,
        ELASTICSEARCH_API_KEY: apiKey,
    } = process.env;
    return apiKey ? { auth: { apiKey } } : username && password ? { auth: { username, password } } : {};
}

await endWithMessage(main, help);
