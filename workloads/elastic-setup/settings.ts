// What elastic-setup is told by its environment.

import { readFileSync } from "node:fs";
import { type Login, loginIn } from "../secret-variable.ts";

/** Settings of elastic-setup. */
export interface SetupSettings {
    readonly elasticsearchUrl: string;
    readonly kibanaUrl: string;
    /** File with what is to be set up. */
    readonly planFile: string;
    /** Seconds to wait for Elasticsearch, and then for Kibana. */
    readonly waitSeconds: number;
    readonly credentials?: Login | undefined;
    /** Certificate of the authority that Elasticsearch's certificate comes from, in PEM. */
    readonly certificateAuthority?: string;
}

const longestWait = 86_400;

/** The settings, or everything that is wrong with them. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): {
    readonly settings?: SetupSettings;
    readonly problems: readonly string[];
} {
    const problems: string[] = [];
    const url = (name: string) => {
        const value = environment[name] ?? "";
        if (!/^https?:/.test(value) || !URL.canParse(value)) {
            problems.push(`${name}=${value}: expected a URL, such as http://elasticsearch:9200`);
        }
        return value;
    };
    const elasticsearchUrl = url("ELASTICSEARCH_URL");
    const kibanaUrl = url("KIBANA_URL");
    const planFile = environment.SETUP_FILE || "/etc/elastic-setup/setup.json";
    const waitText = environment.WAIT_SECONDS || "600";
    const waitSeconds = /^\d+$/.test(waitText) ? Number(waitText) : Number.NaN;
    if (!(waitSeconds >= 1 && waitSeconds <= longestWait)) {
        problems.push(`WAIT_SECONDS=${waitText}: expected a whole number of seconds from 1 to ${longestWait}`);
    }
    const credentials = loginIn(environment, "ELASTICSEARCH_", (problem) => problems.push(problem));
    const certificateAuthority = authority(environment.ELASTICSEARCH_CA_FILE, problems);
    if (problems.length > 0) {
        return { problems };
    }
    return {
        settings: { elasticsearchUrl, kibanaUrl, planFile, waitSeconds, credentials, certificateAuthority },
        problems,
    };
}

function authority(file: string | undefined, problems: string[]): string | undefined {
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
