// Commands as docs/operations.md writes them, so that tests run the very text that operators copy.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The commands in the shell blocks of a section, in order. A command that goes on over several lines is one text; remarks
 * are left out.
 *
 * @param heading of the section, without its `#`
 * @throws an error when there is no such section, or no command in it
 */
export function documentedCommands(heading: string): readonly string[] {
    const text = readFileSync(join(import.meta.dirname, "../docs/operations.md"), "utf8");
    const section = text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
    const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
    const commands = blocks
        .flatMap((block) => block.replaceAll(/\\\n\s*/g, "").split("\n"))
        .map((line) => line.replace(/\s+# .*$/, "").trim())
        .filter((line) => line !== "");
    if (commands.length === 0) {
        throw new Error(`docs/operations.md: there is no command under "${heading}"`);
    }
    return commands;
}
