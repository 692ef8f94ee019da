// elastic-exporter: shows Prometheus what the Filebeat or the Kibana of the same pod tells of itself over HTTP, and
// beside Filebeat keeps the node's canary.

import { createServer } from "node:http";
import { Registry } from "prom-client";
import { CertificateMetrics } from "./certificate-metrics.ts";
import { FilebeatMetrics } from "./filebeat-metrics.ts";
import { KibanaMetrics } from "./kibana-metrics.ts";
import { LogCanary } from "./log-canary.ts";
import { type ExporterSettings, readSettings } from "./settings.ts";

const help = `Usage: elastic-exporter

Serves /metrics for Prometheus on all addresses, and /healthz. What it shows is asked for at each scrape.
  FILEBEAT_URL   HTTP endpoint of a Filebeat, such as http://localhost:5066
  KIBANA_URL     address of a Kibana, such as http://localhost:5601; one of the two must be set, and not both
  LOG_VOLUME     with FILEBEAT_URL: a folder on the volume of the logs, whose size is shown; none by default
  CANARY_FOLDER  with FILEBEAT_URL: a folder that this Filebeat reads; a canary line is written there every minute, and
                 looked for in Elasticsearch; none by default. It needs
                   NODE_NAME, CANARY_STREAM, ELASTICSEARCH_URL   whose lines are looked for, and where
                   ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD, ELASTICSEARCH_CA_FILE   where security is on
                   CANARY_SECONDS                                from one line to the next; 60 by default
  METRICS_PORT   port to listen on; 9103 by default
Exit status 2 for wrong settings, 0 after SIGTERM.`;

function main(): void {
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
    serve(settings);
}

function serve({ source, server: certified, port }: ExporterSettings): void {
    const registry = new Registry();
    const metrics =
        source.kind === "filebeat"
            ? new FilebeatMetrics(registry, source.url, source.logVolume)
            : new KibanaMetrics(registry, source.url);
    const canary =
        source.kind === "filebeat" && source.canary !== undefined ? new LogCanary(registry, source.canary) : undefined;
    void canary?.run();
    const certificate = certified && new CertificateMetrics(registry, certified);
    // A scrape that comes while another is answered would count twice what both read.
    let turn: Promise<unknown> = Promise.resolve();
    const page = (): Promise<string> => {
        const next = turn.then(async () => {
            await Promise.all([metrics.update(), certificate?.update()]);
            return registry.metrics();
        });
        turn = next.catch(() => undefined);
        return next;
    };
    const server = createServer((request, response) => {
        const path = new URL(request.url ?? "/", "http://localhost").pathname;
        if (path === "/healthz") {
            response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
        } else if (path === "/metrics") {
            page().then(
                (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
                (error: unknown) => response.writeHead(500, { "content-type": "text/plain" }).end(`${error}\n`),
            );
        } else {
            response.writeHead(404).end();
        }
    });
    server.on("error", (error) => {
        console.error(`elastic-exporter: can't listen on port ${port}: ${error.message}`);
        process.exitCode = 1;
    });
    server.listen(port, () => {
        const address = server.address();
        const actual = typeof address === "object" && address !== null ? address.port : port;
        console.log(`elastic-exporter: metrics of ${source.url} on port ${actual}`);
    });
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.once(signal, () => {
            canary?.stop();
            server.close();
            server.closeAllConnections();
        });
    }
}

main();
