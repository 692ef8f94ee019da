// Keeps a Pulumi program of a test loaded, for the engine to run as often as it is told to: a Node.js and an SDK that are
// restarted for each of forty runs take most of the time of the tests of a provider. It is how Pulumi's Automation API
// has a function run as a program (https://www.pulumi.com/docs/iac/automation-api/), in a process apart from mocha's,
// which would take an error of the program for one of a test.
//
// `node program-host.ts FILE` prints the address for Pulumi's option `--client`, and ends with its standard input.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import languageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { endProgram } from "../../../lab/end-program.ts";

/** A program that is kept loaded. */
export interface HostedProgram {
    /** What has a command of Pulumi's CLI take it instead of the project's: nothing for a command that runs no program. */
    optionsOf(command: string | undefined): readonly string[];
    /** Ends the host, and the program with it. */
    stop(): Promise<void>;
}

/** Starts a host for the program `file`, which ends with this process at the latest. */
export async function hostProgram(file: string): Promise<HostedProgram> {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), file], {
        stdio: ["pipe", "pipe", "inherit"],
    });
    const [address] = (await Promise.race([
        once(createInterface({ input: child.stdout }), "line"),
        once(child, "exit").then(([status]) => Promise.reject(new Error(`the host of ${file} ended with ${status}`))),
    ])) as [string];
    return {
        optionsOf: (command) => (command === "up" || command === "preview" ? [`--client=${address}`] : []),
        stop: () => endProgram(child),
    };
}

/** What the SDK does not declare of its module for the Automation API: a language host for a function. */
interface AutomationServer {
    readonly LanguageServer: new (program: () => Promise<object>) => grpc.UntypedServiceImplementation;
}

async function serve(file: string): Promise<void> {
    const { LanguageServer } = (await import("@pulumi/pulumi/automation/server.js")) as unknown as AutomationServer;
    let runs = 0;
    // A module is evaluated once for each of its addresses.
    const program = async () => ({ ...(await import(`${pathToFileURL(file)}?run=${++runs}`)) });
    const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 ** 2 });
    server.addService(languageService.LanguageRuntimeService, new LanguageServer(program));
    const bind = promisify(server.bindAsync.bind(server));
    const port = await bind("127.0.0.1:0", grpc.ServerCredentials.createInsecure());
    console.log(`127.0.0.1:${port}`);
    process.stdin.resume().once("end", () => process.exit());
}

const [, main, file] = process.argv;
if (main === fileURLToPath(import.meta.url) && file !== undefined) {
    await serve(file);
}
