// How every script here ends: with an exit status and, when something went wrong, a message instead of a stack trace.

const wrongArguments = "ERR_PARSE_ARGS";

/**
 * Runs `main` and ends with the status that it returns; 1 with the error's message when it throws, 2 with `help` when
 * the arguments were wrong.
 */
export async function endWithMessage(main: () => Promise<number>, help: string): Promise<void> {
    try {
        process.exitCode = await main();
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        console.error(message);
        const isUsage = error instanceof Error && "code" in error && String(error.code).startsWith(wrongArguments);
        if (isUsage) {
            console.error(help);
        }
        process.exitCode = isUsage ? 2 : 1;
    }
}
