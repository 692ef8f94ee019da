// elastic-setup: how log lines are stored, found and deleted in Elasticsearch, and what Kibana shows of them. It runs
// when the stack comes up and when its content changes; what is right already stays as it is, and no data is deleted.

import { readFileSync } from "node:fs";
import { errors } from "@elastic/elasticsearch";
import type { ElasticsearchClient } from "../elasticsearch-apis.ts";
import { elasticsearchClient } from "../elasticsearch-client.ts";
import { messageOf } from "../error-message.ts";
import { certificateProblem } from "../server-certificate.ts";
import { KibanaApi, KibanaError } from "./kibana-api.ts";
import { type Outcome, SetupError } from "./outcome.ts";
import { PlanError, readPlan } from "./plan.ts";
import { asSetupError, setUpElasticsearch } from "./set-up-elasticsearch.ts";
import { setUpKibana } from "./set-up-kibana.ts";
import { readSettings, type SetupSettings } from "./settings.ts";
import { type Look, waitFor } from "./wait.ts";

const help = `Usage: elastic-setup

Makes or updates ILM policies, templates, data views and saved searches. What is there already and right stays as it is.
Environment:
  ELASTICSEARCH_URL       such as http://elasticsearch:9200
  KIBANA_URL              such as http://kibana:5601
  SETUP_FILE              what is to be there, as JSON (default /etc/elastic-setup/setup.json)
  WAIT_SECONDS            how long to wait for Elasticsearch, and then for Kibana (default 600)
  ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD, ELASTICSEARCH_CA_FILE   where security is on; _USERNAME_FILE and
                          _PASSWORD_FILE name files that hold them
Each object is reported as created, updated or unchanged; the last line is a JSON object with the counts.
Exit status 0 if all is as it should be, 1 if something could not be set up, 2 for a wrong file, setting or argument.`;

const lookEveryMilliseconds = 2000;

async function main(args: readonly string[]): Promise<number> {
    if (args.includes("--help") || args.includes("-h")) {
        console.log(help);
        return 0;
    }
    if (args.length > 0) {
        console.error(`unknown argument ${args[0]}\n${help}`);
        return 2;
    }
    const { settings, problems } = readSettings(process.env);
    if (!settings) {
        for (const problem of problems) {
            console.error(problem);
        }
        return 2;
    }
    try {
        await setUp(settings);
        return 0;
    } catch (error) {
        if (error instanceof PlanError) {
            console.error(error.message);
            return 2;
        }
        if (error instanceof SetupError) {
            console.error(error.message);
            return 1;
        }
        throw error;
    }
}

async function setUp(settings: SetupSettings): Promise<void> {
    const { planFile, credentials, waitSeconds } = settings;
    const plan = readPlan(planFile, contentOf(planFile));
    const client = elasticsearchClient(settings);
    const kibana = new KibanaApi(settings.kibanaUrl, credentials);
    const counts: Record<Outcome, number> = { created: 0, updated: 0, unchanged: 0 };
    const report = (kind: string, name: string, outcome: Outcome, remark?: string) => {
        counts[outcome]++;
        console.log(`${kind} ${name}: ${outcome}${remark ? ` (${remark})` : ""}`);
    };
    const patience = { limit: waitSeconds * 1000, interval: lookEveryMilliseconds, say: console.log };
    try {
        await waitFor("Elasticsearch", elasticsearchLook(client, settings), patience);
        await setUpElasticsearch(client, plan, report);
        await waitFor("Kibana", kibanaLook(kibana), patience);
        await setUpKibana(kibana, plan, report);
        console.log(JSON.stringify(counts));
    } finally {
        await client.close();
    }
}

function contentOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        throw new PlanError(file, [messageOf(error)]);
    }
}

/** Elasticsearch answers and knows a master; wrong credentials do not get right by waiting. */
function elasticsearchLook(
    client: ElasticsearchClient,
    { elasticsearchUrl, certificateAuthority }: SetupSettings,
): Look {
    return async () => {
        try {
            await client.info({}, { maxRetries: 0, requestTimeout: 10_000 });
            return { ready: true };
        } catch (error) {
            if (error instanceof errors.ResponseError && [401, 403].includes(error.statusCode ?? 0)) {
                throw asSetupError("Elasticsearch", error);
            }
            // cert-manager may be at it: an ended certificate is waited for as anything else.
            const reason = await certificateProblem(elasticsearchUrl, certificateAuthority);
            return { ready: false, reason: reason ?? messageOf(error) };
        }
    };
}

function kibanaLook(kibana: KibanaApi): Look {
    return async () => {
        try {
            await kibana.request("Kibana", "GET", "/api/status");
            return { ready: true };
        } catch (error) {
            if (!(error instanceof SetupError) || (error instanceof KibanaError && [401, 403].includes(error.status))) {
                throw error;
            }
            return { ready: false, reason: error.answer };
        }
    };
}

main(process.argv.slice(2)).then(
    (status) => {
        process.exitCode = status;
    },
    (error: unknown) => {
        console.error(`elastic-setup: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
    },
);
