// `make restore STACK=dev FROM=2025-09-10 TO=2025-09-12 CATEGORY=auth`: archived lines back from S3.

import { parseArgs } from "node:util";
import { Client } from "@elastic/elasticsearch";
import { type IndexCounts, toElasticsearch } from "../archive-access/elasticsearch-output.ts";
import { toFolder, toStream } from "../archive-access/outputs.ts";
import { ArchiveReader } from "../archive-access/reader.ts";
import { parseRequest } from "../archive-access/request.ts";
import { report, restore } from "../archive-access/restore.ts";
import { tiers } from "../archive-access/thawing.ts";
import { restoredStream } from "../formats/data-streams.ts";
import { say } from "../lab/tools/progress.ts";
import { setUpForRestoredLines } from "../workloads/elastic-setup/set-up-elasticsearch.ts";
import { endWithMessage } from "./end-with-message.ts";
import { stackArchive } from "./stack-archive.ts";

const help = `Usage: node scripts/restore.ts --stack STACK --from DAY --to DAY [--category CATEGORY] [--out DIR | --elasticsearch URL]

Brings archived log lines back from S3: finds the archives by their manifests, verifies size, checksum and number of
lines, and writes the lines, byte by byte those that were archived, to standard output.
  --stack STACK         the stack, as in Pulumi.STACK.yaml
  --from DAY, --to DAY  first and last day, such as 2025-09-10, of the archives' rotation (UTC). A line is archived up to
                        rotation.maxAgeDays after it was written: set --to later by as much
  --category CATEGORY   only this one: app, auth, chat, error, system, websocket or that of an application; unknown
                        for archives of applications that nobody had named to the uploader
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
            tier: { type: "string" },
            days: { type: "string" },
            "wait-hours": { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    const { stack, out, elasticsearch } = values;
    const { request, problems } = parseRequest(
        { ...values, waitHours: values["wait-hours"], isCostAgreed: values.yes },
        (name) => `--${name === "waitHours" ? "wait-hours" : name}`,
    );
    const wrong = [
        ...(stack ? [] : ["--stack is missing"]),
        ...problems,
        ...(out && elasticsearch ? ["--out and --elasticsearch exclude each other"] : []),
    ];
    if (wrong.length > 0 || !stack || !request) {
        console.error(`${wrong.join("\n")}\n${help}`);
        return 2;
    }
    const reader = new ArchiveReader(await stackArchive(stack));
    const counts: IndexCounts = { created: 0, alreadyThere: 0 };
    const client = elasticsearch ? new Client({ node: elasticsearch, ...elasticsearchLogin() }) : undefined;
    const output = client ? toElasticsearch(client, stack, counts) : out ? toFolder(out) : toStream(process.stdout);
    try {
        if (client) {
            await setUpForRestoredLines(client);
        }
        const summary = await restore(reader, { ...request, output, pollSeconds: 60, say });
        return report(summary, say, client && counts);
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
