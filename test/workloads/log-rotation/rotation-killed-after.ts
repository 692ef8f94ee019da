// Rotates the tree that its environment names and kills itself after the step that its argument names.

import { rotateTree } from "../../../workloads/log-rotation/rotate-tree.ts";
import { readSettings } from "../../../workloads/log-rotation/settings.ts";

const [, , step] = process.argv;
const { settings, problems } = readSettings(process.env);
if (!settings) {
    throw new Error(problems.join("\n"));
}
await rotateTree({
    settings,
    say: (line) => console.log(line),
    after: (reached) => {
        if (reached === step) {
            process.kill(process.pid, "SIGKILL");
        }
    },
});
