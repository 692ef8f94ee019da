// `make verify-archive STACK=dev`: is everything in the archive that has to be there, unchanged, and nothing else?

import { parseArgs } from "node:util";
import { audit } from "../archive-access/audit.ts";
import { ArchiveReader } from "../archive-access/reader.ts";
import { endWithMessage } from "./end-with-message.ts";
import { stackArchive } from "./stack-archive.ts";

const help = `Usage: node scripts/verify-archive.ts --stack STACK [--archive-dir DIR] [--deep]

Holds the bucket, its manifests and, where they can be reached, the archives on the volume against each other, and lists
what is missing, changed or unexpected. Changes nothing.
  --stack STACK      the stack, as in Pulumi.STACK.yaml
  --archive-dir DIR  directory of the archive volume
  --deep             read every archive that needs no retrieval, and hold its bytes and lines against its manifest
Needs AWS credentials that may list and read the bucket and use its key.
Exit status 0 if everything is as it has to be, 1 if not, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({
        options: {
            stack: { type: "string" },
            "archive-dir": { type: "string" },
            deep: { type: "boolean", default: false },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) {
        console.log(help);
        return 0;
    }
    if (!values.stack) {
        console.error(`--stack is missing\n${help}`);
        return 2;
    }
    const { retentionDays, ...place } = await stackArchive(values.stack);
    const reader = new ArchiveReader(place);
    try {
        const report = await audit(reader, {
            archiveDirectory: values["archive-dir"] || undefined,
            retentionDays,
            isDeep: values.deep,
        });
        for (const { kind, subject, detail } of report.findings) {
            console.log(`${kind.padEnd(10)} ${subject}: ${detail}`);
        }
        console.log(
            `${place.bucketName}: ${report.manifests} manifests name ${report.named} archives with ${report.bytes} bytes` +
                `${values.deep ? `, ${report.read} read whole` : ""}; ${report.expired} expired, ` +
                `${report.waiting} local ones wait; ${report.findings.length} findings`,
        );
        return report.findings.length === 0 ? 0 : 1;
    } finally {
        reader.close();
    }
}

await endWithMessage(main, help);
