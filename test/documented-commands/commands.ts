// The commands that README and docs tell people to run, read from the documents so that the two can't drift apart.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a document tells its reader to run. */
export interface DocumentedCommand {
    /** As the document writes it, without what only explains it. */
    readonly text: string;
    /** The commands of one block are run one after the other, each knowing what the one before has printed. */
    readonly block: string;
    /** File and line. */
    readonly where: string;
}

const projectFolder = join(import.meta.dirname, "../..");

/** Documents for people who run or change the system. Decisions tell how things came to be and are left out. */
function documents(): readonly string[] {
    return [
        "README.md",
        "CONTRIBUTING.md",
        "lab/README.md",
        ...globSync("docs/*.md", { cwd: projectFolder }),
    ].toSorted();
}

/** Beginnings by which code within a sentence is a command and not a name. */
const programs = /^(?:kubectl|make|pulumi|npm|npx|node|go|git|kind|aws|eval|lab\/lab|curl) \S/;

/** Every command of every document, in the order of the documents. */
export function documentedCommands(): readonly DocumentedCommand[] {
    return documents().flatMap((file) => commandsOf(file, readFileSync(join(projectFolder, file), "utf8")));
}

/** The commands of one document: the lines of its `sh` blocks, and code in sentences and tables that begins as one. */
export function commandsOf(file: string, text: string): readonly DocumentedCommand[] {
    const commands: DocumentedCommand[] = [];
    let language: string | undefined;
    let block = "";
    let unfinished = "";
    for (const [index, line] of text.split("\n").entries()) {
        const where = `${file}:${index + 1}`;
        const fence = /^\s*```(\w*)/.exec(line);
        if (fence) {
            language = language === undefined ? (fence[1] ?? "") : undefined;
            block = where;
        } else if (language === "sh") {
            const whole = unfinished + line.trim();
            unfinished = whole.endsWith("\\") ? whole.slice(0, -1) : "";
            const command = whole.replace(/(^|\s+)#\s.*$/, "").trim();
            if (unfinished === "" && command !== "") {
                commands.push({ text: command, block, where });
            }
        } else if (language === undefined) {
            for (const [, code = ""] of line.matchAll(/`([^`]+)`/g)) {
                if (programs.test(code)) {
                    commands.push({ text: code, block: where, where });
                }
            }
        }
    }
    return commands;
}
