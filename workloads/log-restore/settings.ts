// What log-restore is told by its environment: where everything is by its CronJob, and what to bring back by whoever
// makes a Job of that.

import { readFileSync } from "node:fs";
import type { ArchivePlace } from "../../archive-access/reader.ts";
import { parseRequest, type RestoreRequest } from "../../archive-access/request.ts";
import { type Login, loginIn } from "../secret-variable.ts";

/** Settings of log-restore. */
export interface RestoreSettings {
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    readonly archive: ArchivePlace;
    readonly elasticsearchUrl: string;
    readonly credentials?: Login | undefined;
    /** Certificate of the authority that Elasticsearch's certificate comes from, in PEM. */
    readonly certificateAuthority?: string;
    readonly request: RestoreRequest;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of a request, named as those of `make restore`. */
const requestVariables = {
    from: "FROM",
    to: "TO",
    category: "CATEGORY",
    tier: "TIER",
    days: "DAYS",
    waitHours: "WAIT_HOURS",
    isCostAgreed: "YES",
} as const;

/** The settings, or everything that is wrong with them. */
export function readSettings(environment: Environment): {
    readonly settings?: RestoreSettings;
    readonly problems: readonly string[];
} {
    const problems: string[] = [];
    const needed = (name: string): string => {
        const value = environment[name] ?? "";
        if (value === "") {
            problems.push(`${name} is missing`);
        }
        return value;
    };
    const stack = needed("STACK");
    const archive = { bucketName: needed("BUCKET_NAME"), region: needed("AWS_REGION") };
    const elasticsearchUrl = needed("ELASTICSEARCH_URL");
    if (elasticsearchUrl !== "" && !(/^https?:/.test(elasticsearchUrl) && URL.canParse(elasticsearchUrl))) {
        problems.push(`ELASTICSEARCH_URL=${elasticsearchUrl}: expected a URL, such as http://elasticsearch:9200`);
    }
    const credentials = loginIn(environment, "ELASTICSEARCH_", (problem) => problems.push(problem));
    const certificateAuthority = contentOf(environment.ELASTICSEARCH_CA_FILE, problems);
    const { request, problems: wrong } = parseRequest(
        {
            from: environment[requestVariables.from],
            to: environment[requestVariables.to],
            category: environment[requestVariables.category],
            tier: environment[requestVariables.tier],
            days: environment[requestVariables.days],
            waitHours: environment[requestVariables.waitHours],
            isCostAgreed: Boolean(environment[requestVariables.isCostAgreed]),
        },
        (text) => requestVariables[text],
    );
    problems.push(...wrong);
    if (problems.length > 0 || request === undefined) {
        return { problems };
    }
    return {
        settings: { stack, archive, elasticsearchUrl, credentials, certificateAuthority, request },
        problems,
    };
}

function contentOf(file: string | undefined, problems: string[]): string | undefined {
    if (!file) {
        return undefined;
    }
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        problems.push(`ELASTICSEARCH_CA_FILE=${file}: ${error instanceof Error ? error.message : error}`);
        return undefined;
    }
}
