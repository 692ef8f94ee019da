// `make audit`: known vulnerabilities of the pinned npm packages, but for those that are excepted with reason and date.

import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { say } from "../lab/tools/progress.ts";
import { projectFolder } from "../settings/project-files.ts";
import { type AuditReport, auditExceptions, auditProblems } from "../supply-chain/audit.ts";
import { endWithMessage } from "./end-with-message.ts";

const help = `Usage: node scripts/audit.ts

Asks npm's registry for known vulnerabilities of the packages in package-lock.json. What supply-chain/audit-exceptions.json
excepts, with a reason, an owner and a date within 90 days, is left out; an exception that has ended, or that nothing needs
any more, is a problem too.
Exit status 0 if there is none, 1 if there is one or the registry does not answer, 2 for wrong arguments.`;

async function main(): Promise<number> {
    const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
    if (values.help) {
        console.log(help);
        return 0;
    }
    // npm ends with 1 where it finds something.
    const { stdout, stderr } = spawnSync("npm", ["audit", "--json"], { cwd: projectFolder, encoding: "utf8" });
    const report = JSON.parse(stdout || "{}") as Partial<AuditReport>;
    if (report.vulnerabilities === undefined) {
        throw new Error(`npm's registry tells nothing of vulnerabilities: ${stdout.trim() || stderr.trim()}`);
    }
    const problems = auditProblems({ vulnerabilities: report.vulnerabilities }, auditExceptions(), new Date());
    for (const problem of problems) {
        say(problem);
    }
    say(`${problems.length} problems`);
    return problems.length === 0 ? 0 : 1;
}

await endWithMessage(main, help);
