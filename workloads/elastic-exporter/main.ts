// elastic-exporter: shows Prometheus what the Filebeat or the Kibana of the same pod tells of itself over HTTP, and
// beside Filebeat keeps the node's canary.

import { Registry } from "prom-client";
import { messageOf } from "../error-message.ts";
import { plain, servePages } from "../page-server.ts";
import { CertificateMetrics } from "./certificate-metrics.ts";
import { DeadLetterMetrics } from "./dead-letter-metrics.ts";
import { FilebeatMetrics } from "./filebeat-metrics.ts";
import { KibanaMetrics } from "./kibana-metrics.ts";
import { LogCanary } from "./log-canary.ts";
import { type ExporterSettings, readSettings } from "./settings.ts";

const help = `Usage: elastic-exporter

Serves /metrics for Prometheus on all addresses, and /healthz. What it shows is asked for at each scrape.
  FILEBEAT_URL   HTTP endpoint of a Filebeat, such as http://localhost:5066
  KIBANA_URL     address of a Kibana, such as http://localhost:5601; one of the two must be set, and not both
  KIBANA_USERNAME, KIBANA_PASSWORD   with KIBANA_URL, where security is on: without a login Kibana tells its level only
  DEAD_LETTER_STREAM   with KIBANA_URL: the data stream of refused lines, which are counted by category; none by default.
                 It needs ELASTICSEARCH_URL and, where security is on, the three variables of Elasticsearch below
  LOG_VOLUME     with FILEBEAT_URL: a folder on the volume of the logs, whose size is shown; none by default
  CANARY_FOLDER  with FILEBEAT_URL: a folder that this Filebeat reads; a canary line is written there every minute, and
                 looked for in Elasticsearch; none by default. It needs
                   NODE_NAME, CANARY_STREAM, ELASTICSEARCH_URL   whose lines are looked for, and where
                   ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD, ELASTICSEARCH_CA_FILE   where security is on
                   CANARY_SECONDS                                from one line to the next; 60 by default
  Instead of each …_USERNAME and …_PASSWORD there may be …_USERNAME_FILE and …_PASSWORD_FILE, which name files.
  METRICS_PORT   port to listen on; 9103 by default
Exit status 2 for wrong settings, 0 after SIGTERM.`;

async function main(): Promise<void> {
    if (process.argv.includes("--help")) {
        console.log(help);
        return;
    }
    let settings: ExporterSettings;
    try {
        settings = readSettings(process.env);
    } catch (error) {
        console.error(`elastic-exporter: ${(error as Error).message}`);
        process.exitCode = 2;
        return;
    }
    await serve(settings);
}

async function serve({ source, server: certified, port }: ExporterSettings): Promise<void> {
    const registry = new Registry();
    const metrics =
        source.kind === "filebeat"
            ? new FilebeatMetrics(registry, source.url, source.logVolume)
            : new KibanaMetrics(registry, source);
    const canary =
        source.kind === "filebeat" && source.canary !== undefined ? new LogCanary(registry, source.canary) : undefined;
    const deadLetters =
        source.kind === "kibana" && source.deadLetters !== undefined
            ? new DeadLetterMetrics(registry, source.deadLetters)
            : undefined;
    const certificate = certified && new CertificateMetrics(registry, certified);
    // A scrape that comes while another is answered would count twice what both read.
    let turn: Promise<unknown> = Promise.resolve();
    const page = (): Promise<string> => {
        const next = turn.then(async () => {
            await Promise.all([metrics.update(), certificate?.update(), deadLetters?.update()]);
            return registry.metrics();
        });
        turn = next.catch(() => undefined);
        return next;
    };
    const server = await servePages(port, {
        "/healthz": () => plain("ok"),
        "/metrics": async () => ({ contentType: registry.contentType, text: await page() }),
    }).catch((error: unknown) => {
        throw new Error(`can't listen on port ${port}: ${messageOf(error)}`);
    });
    void canary?.run();
    console.log(`elastic-exporter: metrics of ${source.url} on port ${server.port}`);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.once(signal, () => {
            canary?.stop();
            void server.close();
        });
    }
}

main().catch((error: unknown) => {
    console.error(`elastic-exporter: ${messageOf(error)}`);
    process.exitCode = 1;
});
