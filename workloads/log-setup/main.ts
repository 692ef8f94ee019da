// log-setup: makes the log tree on a node. It runs once when the stack comes up; running it again changes nothing that
// is right already, and it never shortens a file.

import { describeChange, type TreeChange } from "./change.ts";
import { setUpTree } from "./set-up-tree.ts";
import { readSettings } from "./settings.ts";

const help = `Usage: log-setup

Makes the log tree: directories, empty logs, owner, group and modes. What is there already is kept.
Environment:
  LOG_ROOT                 root of the tree (default /var/log/chattingo)
  LOG_GROUP_ID             number of the group that may write logs (default 10001)
  CANARY_GROUP_ID          number of the group that may write the canary's lines (default 10003)
  APPLICATION_DIRECTORIES  directories of applications, with commas between them (default: none)
Exit status 0 if the tree is as it should be, 1 if something could not be made, 2 for wrong arguments.`;

function main(args: readonly string[]): number {
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
        for (const problem of problems) {
            console.error(problem);
        }
        return 1;
    }
    const changes = setUpTree(settings);
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

process.exitCode = main(process.argv.slice(2));
