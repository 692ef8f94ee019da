// A secret that a program is given: by a file in a pod, where no child process inherits it and no dump of the environment
// shows it, or by a variable in somebody's shell.

import { readFileSync } from "node:fs";
import { messageOf } from "./error-message.ts";

/** A name and a password. */
export interface Login {
    readonly username: string;
    readonly password: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The login of variables that begin with `prefix`: `<prefix>USERNAME` and `<prefix>PASSWORD`, or the content of the files
 * that `<prefix>USERNAME_FILE` and `<prefix>PASSWORD_FILE` name. Undefined when there is neither.
 *
 * @param onProblem told the variables of which only one is there, or the file that can't be read
 */
export function loginIn(
    environment: Environment,
    prefix: string,
    onProblem: (problem: string) => void,
): Login | undefined {
    const read = (name: string): string | undefined => {
        const file = environment[`${name}_FILE`];
        if (!file) {
            return environment[name] || undefined;
        }
        try {
            return readFileSync(file, "utf8");
        } catch (error) {
            onProblem(`${name}_FILE=${file}: ${messageOf(error)}`);
            return undefined;
        }
    };
    const [username, password] = [read(`${prefix}USERNAME`), read(`${prefix}PASSWORD`)];
    if (username !== undefined && password !== undefined) {
        return { username, password };
    }
    if (username !== password) {
        onProblem(`${prefix}USERNAME and ${prefix}PASSWORD: expected both or none`);
    }
    return undefined;
}
