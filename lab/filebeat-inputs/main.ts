// Stands in for the endpoint `/inputs/` of Filebeat, which the lab's Filebeat 7.17 lacks (it came with 8.8): answers there,
// and passes every other request on to Filebeat itself.
//
// It covers, of each filestream input, `id`, `input` and `events_processed_total`: the documents that Elasticsearch really
// has in the input's `index`, asked at each request and kept while Elasticsearch does not answer. So it counts an event only
// once it is found, those of every Filebeat that writes to the index, and less when documents are deleted. All other
// figures of an input are left out, and a configuration that it can't read is refused.

import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from "node:http";
import { setDefaultCACertificates } from "node:tls";
import { parseArgs } from "node:util";
import { readConfiguration } from "./configuration.ts";
import { InputCounts } from "./input-counts.ts";

const help = `Usage: filebeat-inputs --filebeat-port PORT [--config FILE]

Listens where Filebeat's configuration says that Filebeat does, if it does at all.
  --filebeat-port PORT  where Filebeat listens instead, on the loopback interface
  --config FILE         Filebeat's configuration; filebeat.yml by default`;

const { values } = parseArgs({
    options: {
        "filebeat-port": { type: "string" },
        config: { type: "string", default: "filebeat.yml" },
        help: { type: "boolean" },
    },
});
const filebeatPort = Number(values["filebeat-port"]);
if (values.help) {
    console.log(help);
} else if (!Number.isInteger(filebeatPort)) {
    console.error(help);
    process.exitCode = 2;
} else {
    serve();
}

function serve(): void {
    const configuration = readConfiguration(values.config, process.env);
    if (configuration.endpoint === undefined) {
        return;
    }
    if (configuration.certificateAuthorities.length > 0) {
        setDefaultCACertificates([...configuration.certificateAuthorities]);
    }
    const counts = new InputCounts(configuration);
    const server = createServer((request, response) => {
        if (new URL(request.url ?? "/", "http://filebeat").pathname === "/inputs/") {
            void answerInputs(counts, response);
        } else {
            passOn(request, response);
        }
    });
    const { host, port } = configuration.endpoint;
    server.listen(port, host, () => console.error(`the stand-in for /inputs/ listens on ${host}:${port}`));
}

async function answerInputs(counts: InputCounts, response: ServerResponse): Promise<void> {
    const inputs = await counts.read();
    const status = inputs === undefined ? 503 : 200;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(inputs ?? { error: "Elasticsearch has not been asked with success yet" }));
}

function passOn(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = request;
    const onward = requestOf({ host: "127.0.0.1", port: filebeatPort, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
    });
    onward.on("error", (error) => {
        if (!response.headersSent) {
            response.writeHead(502, { "content-type": "text/plain" });
        }
        response.end(`Filebeat does not answer: ${error.message}\n`);
    });
    request.pipe(onward);
}
