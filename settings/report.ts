// The one error that tells everything that is wrong with the settings of a stack.

import { RunError } from "@pulumi/pulumi/errors.js";

/** One wrong setting, ready to be shown: nothing in it is secret any more. */
export interface Problem {
    /** Key with its namespace. */
    readonly key: string;
    readonly value: string;
    readonly wrong: string;
    /** Undefined for a key that does not exist. */
    readonly allowed?: string;
    /** Where the value was set. */
    readonly place: string;
    /** Other settings that the value does not go with, each with its value and place. */
    readonly because: readonly string[];
    /** Command that fixes it. */
    readonly fix: string;
}

/** All wrong settings of a stack. The Pulumi engine shows its message without a stack trace. */
export class SettingsError extends RunError {
    readonly problems: readonly Problem[];

    constructor(stack: string, problems: readonly Problem[]) {
        super(render(stack, problems));
        this.problems = problems;
    }
}

function render(stack: string, problems: readonly Problem[]): string {
    const count = problems.length === 1 ? "1 setting is" : `${problems.length} settings are`;
    return [
        `stack ${stack}: ${count} wrong, and nothing was provisioned`,
        ...problems.map((problem) =>
            [
                `  ${problem.key}`,
                line("value", problem.value === "" ? "(empty)" : problem.value),
                line("wrong", problem.wrong),
                ...(problem.allowed === undefined ? [] : [line("allowed", problem.allowed)]),
                line("set in", problem.place),
                ...problem.because.map((other) => line("because", other)),
                line("fix", problem.fix),
            ].join("\n"),
        ),
    ].join("\n\n");
}

function line(label: string, text: string): string {
    return `    ${label.padEnd(8)} ${text}`;
}

/** The argument as a POSIX shell has to be given it. */
export function shellArgument(text: string): string {
    return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
