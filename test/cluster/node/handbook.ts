// The operators' commands as the contract writes them (shared/spec.md, section 1), read from it so that they can't drift.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../scripts/lab-stack.ts";

/** One bullet of the handbook: the commands in it, in order. */
export type HandbookEntry = readonly string[];

/** The bullets of section 1 that hold `kubectl` commands. */
export function handbookEntries(): readonly HandbookEntry[] {
    const text = readFileSync(join(projectFolder, "..", "shared", "spec.md"), "utf8");
    const section = text.split(/^## /m).find((part) => part.startsWith("1."));
    if (section === undefined) {
        throw new Error("shared/spec.md has no section 1: the handbook's commands can't be found");
    }
    return section
        .split("\n")
        .filter((line) => line.startsWith("- `kubectl "))
        .map((line) => [...line.matchAll(/`(kubectl [^`]+)`/g)].map((match) => match[1] ?? ""));
}
