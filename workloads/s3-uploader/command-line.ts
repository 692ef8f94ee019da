// The arguments and the environment of the program.

import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { logRoot as defaultLogRoot } from "../../formats/log-tree.ts";
import { defaultPartBytes } from "./part-plan.ts";

/** What the program was asked for. */
export type Command =
    | { readonly kind: "help" }
    | {
          readonly kind: "run";
          readonly configFile: string;
          /** One pass and no HTTP, instead of passes by schedule. */
          readonly once: boolean;
          readonly logRoot: string;
      };

/** Arguments that the program does not understand. */
export class UsageError extends Error {}

/** What the environment tells beside what the AWS SDK reads itself. */
export interface ProgramEnvironment {
    /** Node that archives outside of a node's folder are from. */
    readonly nodeName: string;
    /** TCP port of metrics and probes. */
    readonly port: number;
    /** Seconds without a byte from S3 after which a request is given up and tried again. */
    readonly timeoutSeconds: number;
    /** Seconds for which S3 may do nothing in the middle of a pass before the pass gives up. */
    readonly outagePatienceSeconds: number;
    /** Bytes of a part; larger archives are uploaded in parts. */
    readonly partBytes: number;
    /** Path on the volume of the live logs, whose size and free space the metrics show; undefined: the log root. */
    readonly logVolume?: string;
    /** Whether buckets are in the path of URLs instead of the host name; needed where no wildcard DNS is. */
    readonly pathStyle: boolean;
}

const defaultPort = 9102;
const defaultTimeoutSeconds = 60;
const defaultOutagePatienceSeconds = 120;
const mebibyte = 1024 ** 2;
const defaultPartMebibytes = defaultPartBytes / mebibyte;

/** Answer to `--help`. */
export const usage = `Usage: node s3-uploader.js --config FILE [--once] [--log-root DIR]

Uploads the archives of log rotation to S3, records each in the manifest of its day, and deletes local ones that S3
has confirmed. Makes a pass at start and then by the schedule in FILE (UTC), until it gets SIGTERM or SIGINT.

  --config FILE    YAML file with bucket, patterns, schedule and clean-up
  --once           make one pass, print its summary as one JSON object on the last line, and exit
  --log-root DIR   directory that upload_directories are relative to (${defaultLogRoot})
  --help           print this

Environment:
  NODE_NAME        node that archives outside of a node's folder are from (host name)
  METRICS_PORT     port of /metrics, /healthz and /readyz; not opened with --once (${defaultPort})
  S3_TIMEOUT_SECONDS
                   seconds without a byte from S3 after which a request is tried again (${defaultTimeoutSeconds})
  OUTAGE_PATIENCE_SECONDS
                   seconds for which S3 may be away in the middle of a pass before it ends (${defaultOutagePatienceSeconds})
  PART_MIB         MiB of a part; larger archives are uploaded in parts (${defaultPartMebibytes})
  LOG_VOLUME       directory on the volume of the live logs, for the metrics of its space (the log root)
  AWS_*            credentials and endpoint, as the AWS SDK reads them; with AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL
                   set, the bucket goes into the path of URLs

Exit status: 0 done, 1 something was not uploaded or not deleted (the output says what), 2 wrong usage or, with --once,
a wrong configuration. Without --once it stays, does nothing, and tells what is wrong with the configuration.
`;

/**
 * Reads the arguments.
 *
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
    let values: { config?: string; once?: boolean; "log-root"?: string; help?: boolean };
    try {
        ({ values } = parseArgs({
            args: [...args],
            options: {
                config: { type: "string" },
                once: { type: "boolean" },
                "log-root": { type: "string" },
                help: { type: "boolean" },
            },
        }));
    } catch (error) {
        throw new UsageError((error as Error).message);
    }
    if (values.help) {
        return { kind: "help" };
    }
    if (!values.config) {
        throw new UsageError("--config FILE is missing");
    }
    if (values["log-root"] === "") {
        throw new UsageError("--log-root is empty; give the directory that upload_directories are relative to");
    }
    return {
        kind: "run",
        configFile: values.config,
        once: values.once ?? false,
        logRoot: values["log-root"] ?? defaultLogRoot,
    };
}

/**
 * Reads the environment.
 *
 * @throws UsageError
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): ProgramEnvironment {
    const number = (name: string, byDefault: number, least: number, most: number, what: string): number => {
        const text = environment[name] || String(byDefault);
        const value = Number(text);
        if (!/^\d+$/.test(text) || value < least || value > most) {
            throw new UsageError(`${name} is "${text}"; allowed is ${what} from ${least} to ${most}`);
        }
        return value;
    };
    return {
        nodeName: environment.NODE_NAME || hostname(),
        port: number("METRICS_PORT", defaultPort, 0, 65_535, "a TCP port (0: any free one)"),
        timeoutSeconds: number("S3_TIMEOUT_SECONDS", defaultTimeoutSeconds, 1, 3600, "a number of seconds"),
        outagePatienceSeconds: number(
            "OUTAGE_PATIENCE_SECONDS",
            defaultOutagePatienceSeconds,
            0,
            86_400,
            "a number of seconds",
        ),
        partBytes: number("PART_MIB", defaultPartMebibytes, 5, 5 * 1024, "a number of MiB") * mebibyte,
        logVolume: environment.LOG_VOLUME || undefined,
        pathStyle: Boolean(environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL),
    };
}
