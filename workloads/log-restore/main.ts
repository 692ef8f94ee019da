// log-restore: archived lines back from S3 into Elasticsearch, from inside the cluster. It does what `make restore` does
// (archive-access/), with rights of its own. Running it again changes nothing.

import { toElasticsearch } from "../../archive-access/elasticsearch-output.ts";
import { ArchiveReader } from "../../archive-access/reader.ts";
import { report, restore } from "../../archive-access/restore.ts";
import { restoredStream } from "../../formats/data-streams.ts";
import { elasticsearchClient } from "../elasticsearch-client.ts";
import { type RestoreSettings, readSettings } from "./settings.ts";

const help = `Usage: log-restore

Brings archived log lines back from S3 into Elasticsearch, into the data streams ${restoredStream("<category>", "<stack>")}:
finds the archives by their manifests and verifies size, checksum and number of lines of each before it indexes a line.
Environment, of the request:
  FROM, TO    first and last day, such as 2025-09-10, of the archives' rotation (UTC)
  CATEGORY    only this one: app, auth, chat, error, system or websocket
  YES         any text: agree to what a retrieval from GLACIER or DEEP_ARCHIVE costs; without it the cost is only told
  TIER        Expedited, Standard or Bulk: how quickly S3 retrieves (default Standard)
  DAYS        days for which S3 keeps the retrieved copies (default 3)
  WAIT_HOURS  hours to wait for S3 (about twice what the tier takes)
Environment, of the cluster:
  STACK, BUCKET_NAME, AWS_REGION, ELASTICSEARCH_URL
  ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD, ELASTICSEARCH_CA_FILE   where security is on; _USERNAME_FILE and
              _PASSWORD_FILE name files that hold them
and what the AWS SDK reads.
Exit status 0 if everything asked for is restored, 1 if not, 2 for a wrong setting or argument.`;

/** Seconds between two looks at what S3 retrieves, which takes hours. */
const pollSeconds = 60;

async function main(args: readonly string[]): Promise<number> {
    if (args.includes("--help") || args.includes("-h")) {
        console.log(help);
        return 0;
    }
    if (args.length > 0) {
        console.error(`unknown argument ${args[0]}\n${help}`);
        return 2;
    }
    const { settings, problems } = readSettings(process.env);
    if (!settings) {
        console.error(`${problems.join("\n")}\n${help}`);
        return 2;
    }
    return bringBack(settings);
}

async function bringBack(settings: RestoreSettings): Promise<number> {
    const { stack, archive, request } = settings;
    const reader = new ArchiveReader(archive);
    const client = elasticsearchClient(settings);
    const counts = { created: 0, alreadyThere: 0 };
    try {
        const output = toElasticsearch(client, stack, counts);
        return report(
            await restore(reader, { ...request, output, pollSeconds, say: console.log }),
            console.log,
            counts,
        );
    } finally {
        await client.close();
        reader.close();
    }
}

main(process.argv.slice(2)).then(
    (status) => {
        process.exitCode = status;
    },
    (error: unknown) => {
        console.error(`log-restore: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
    },
);
