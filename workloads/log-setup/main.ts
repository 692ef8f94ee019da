// log-setup: makes the log tree on a node. It runs once when the stack comes up; running it again changes nothing that
// is right already, and it never shortens a file.

import { join } from "node:path";
import { archiveDirectory, logRoot } from "../../formats/log-tree.ts";
import { finishTrial } from "./archive-trial.ts";
import { describeChange, type TreeChange } from "./change.ts";
import { setUpTree } from "./set-up-tree.ts";
import { readSettings } from "./settings.ts";

const help = `Usage: log-setup [--leave-trial | --finish-trial]

Makes the log tree: directories, empty logs, owner, group and modes. What is there already is kept.
  --leave-trial   leave in the archive directory what rotation would, for the other
  --finish-trial  make nothing; in the log tree's group, try what the uploader does in the archive directory
Environment:
  LOG_ROOT                 root of the tree (default ${logRoot})
  LOG_GROUP_ID             number of the group that may write logs (default 10001)
  CANARY_GROUP_ID          number of the group that may write the canary's lines (default 10003)
  APPLICATION_DIRECTORIES  directories of applications, with commas between them (default: none)
Exit status 0 if the tree is as it should be, 1 if something could not be made, 2 for wrong arguments.`;

function main(args: readonly string[]): number {
    if (args.includes("--help") || args.includes("-h")) {
        console.log(help);
        return 0;
    }
    const [mode] = args;
    if (args.length > 1 || (mode !== undefined && mode !== "--leave-trial" && mode !== "--finish-trial")) {
        console.error(`unknown arguments ${args.join(" ")}\n${help}`);
        return 2;
    }
    const { settings, problems } = readSettings(process.env);
    if (!settings) {
        for (const problem of problems) {
            console.error(problem);
        }
        return 1;
    }
    if (mode === "--finish-trial") {
        return tryArchive(join(settings.logRoot, archiveDirectory));
    }
    const changes = setUpTree(settings, mode === "--leave-trial");
    for (const change of changes) {
        console.log(describeChange(change));
    }
    const count = (outcome: TreeChange["outcome"]) => changes.filter((change) => change.outcome === outcome).length;
    console.log(
        JSON.stringify({
            made: count("made"),
            changed: count("changed"),
            unchanged: count("unchanged"),
            errors: count("refused"),
        }),
    );
    return count("refused") === 0 ? 0 : 1;
}

function tryArchive(directory: string): number {
    try {
        finishTrial(directory);
    } catch (error) {
        console.error((error as Error).message);
        return 1;
    }
    console.log(`${directory}: rotation and the uploader can share it`);
    return 0;
}

process.exitCode = main(process.argv.slice(2));
