// The directories of applications that a program of the log tree is told of by its environment.

import { applicationLabel, takenDirectories } from "../formats/log-tree.ts";

/**
 * Reads `APPLICATION_DIRECTORIES`: names of directories of the log tree beside those of the six categories, with commas
 * between them; empty or unset for none.
 */
export function readApplicationDirectories(environment: Readonly<Record<string, string | undefined>>): {
    readonly applicationDirectories: readonly string[];
    /** Everything that is wrong with them. */
    readonly problems: readonly string[];
} {
    const text = environment.APPLICATION_DIRECTORIES || "";
    const directories = text === "" ? [] : text.split(",");
    const wrong = directories.filter((name) => !applicationLabel.test(name) || takenDirectories.includes(name));
    return {
        applicationDirectories: directories,
        problems: wrong.map(
            (name) =>
                `APPLICATION_DIRECTORIES=${text}: "${name}" can't be the directory of an application; expected ` +
                `lower-case letters, digits and "-", and none of ${takenDirectories.join(", ")}`,
        ),
    };
}
