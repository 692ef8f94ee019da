// s3-uploader: carries the archives of log rotation to S3. Here the program starts and its exit status is decided.

import { ArchiveMemory } from "./archive-memory.ts";
import { ArchiveStore } from "./archive-store.ts";
import {
    type Command,
    type ProgramEnvironment,
    parseCommandLine,
    readEnvironment,
    UsageError,
    usage,
} from "./command-line.ts";
import { ConfigError, loadConfig, type UploaderConfig } from "./config.ts";
import { runPass } from "./pass.ts";
import type { PassContext } from "./pass-context.ts";
import { serve } from "./serve.ts";
import { serveWrongConfig } from "./serve-wrong-config.ts";
import { listenForStop } from "./stop-signals.ts";

/** Runs the program; the answer is its exit status. */
async function main(args: readonly string[]): Promise<number> {
    let command: Command;
    let environment: ProgramEnvironment;
    try {
        command = parseCommandLine(args);
        if (command.kind === "help") {
            process.stdout.write(usage);
            return 0;
        }
        environment = readEnvironment(process.env);
    } catch (error) {
        if (error instanceof UsageError) {
            process.stderr.write(`s3-uploader: ${error.message}\n\n${usage}`);
            return 2;
        }
        throw error;
    }
    const signals = listenForStop();
    let config: UploaderConfig;
    try {
        config = await loadConfig(command.configFile);
    } catch (error) {
        if (!(error instanceof ConfigError)) {
            throw error;
        }
        process.stderr.write(`s3-uploader: ${error.message}\n`);
        if (command.once) {
            return 2;
        }
        await serveWrongConfig(error, environment.port, signals.stop);
        return 0;
    }
    const { nodeName, port, partBytes, outagePatienceSeconds, logVolume, ...reach } = environment;
    const store = new ArchiveStore({ ...config.s3, ...reach });
    const context: PassContext = {
        config,
        logRoot: command.logRoot,
        store,
        nodeName,
        partBytes,
        outagePatienceSeconds,
        memory: new ArchiveMemory(),
    };
    try {
        if (!command.once) {
            await serve(context, { port, logVolume }, signals);
            return 0;
        }
        const summary = await runPass(context, signals);
        process.stdout.write(`${JSON.stringify(summary)}\n`);
        return summary.failures.length > 0 ? 1 : 0;
    } finally {
        store.close();
    }
}

main(process.argv.slice(2)).then(
    (status) => {
        process.exitCode = status;
    },
    (error: unknown) => {
        process.stderr.write(`s3-uploader: ${error instanceof Error ? error.message : error}\n`);
        process.exitCode = 1;
    },
);
