// Stands in for what the lab's Filebeat 7.17 lacks of Filebeat 9 on its HTTP endpoint, and passes every other request on to
// Filebeat itself:
//
// - `/inputs/`, which came with 8.8. It covers, of each filestream input, `id`, `input` and `events_processed_total`: the
//   documents that Elasticsearch really has in the input's `index`, asked at each request and kept while Elasticsearch does
//   not answer. So it counts an event only once it is found, those of every Filebeat that writes to the index, and less when
//   documents are deleted. All other figures of an input are left out, and a configuration that it can't read is refused.
// - in `/stats` the count of dead letters, apart from acknowledged events: documents that have come into the dead letter
//   stream since the start, of every Filebeat that writes to it, counted once they are found.
// - the file of refused lines, written when `/stats` is read.
//
// Not covered: `log.file.device_id` and `log.file.inode` in events, and all that Filebeat 9 says in other words.

import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from "node:http";
import { join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { parseArgs } from "node:util";
import { readConfiguration } from "./configuration.ts";
import { DeadLetters, withDeadLetters } from "./dead-letters.ts";
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
    const deadLetters = new DeadLetters(configuration, join(process.cwd(), "logs"));
    // What is there already was not refused to this Filebeat.
    void deadLetters.count();
    const server = createServer((request, response) => {
        const { pathname } = new URL(request.url ?? "/", "http://filebeat");
        if (pathname === "/inputs/") {
            void answerInputs(counts, response);
        } else if (pathname === "/stats") {
            void answerStats(deadLetters, response);
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

async function answerStats(deadLetters: DeadLetters, response: ServerResponse): Promise<void> {
    const count = await deadLetters.count();
    try {
        const answer = await fetch(`http://127.0.0.1:${filebeatPort}/stats`);
        const stats = withDeadLetters(await answer.json(), count);
        response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(stats));
    } catch (error) {
        response.writeHead(502, { "content-type": "text/plain" });
        response.end(`Filebeat does not answer: ${(error as Error).message}\n`);
    }
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
