// What stands in front of the lab's Filebeat counts and writes refused lines as Filebeat 9 does (elastic/beats,
// libbeat/outputs/elasticsearch/client.go and docs/reference/filebeat/configuration-logging.md).

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filebeatConfig } from "../../../../components/filebeat-config.ts";
import { readConfiguration } from "../../../../lab/filebeat-inputs/configuration.ts";
import { DeadLetters, withDeadLetters } from "../../../../lab/filebeat-inputs/dead-letters.ts";

describe("the refused lines of the lab's Filebeat", () => {
    const lines: string[] = ["from before the start"];
    let folder: string;
    let server: Server;
    let url: string;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "dead-letters-"));
        server = createServer(async (request, response) => {
            const { size } = JSON.parse((await request.toArray()).join("")) as { size: number };
            const hits = lines.slice(lines.length - size).map((message) => ({ _source: { message } }));
            const isStream = request.url?.startsWith("/chattingo-dead-letter-dev/_search");
            response.writeHead(isStream ? 200 : 404, { "content-type": "application/json" });
            response.end(JSON.stringify({ hits: { total: { value: lines.length }, hits } }));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    after(() => {
        server.close();
        rmSync(folder, { recursive: true });
    });

    const counting = (change: (text: string) => string = (text) => text) => {
        const file = join(folder, "filebeat.yml");
        const text = filebeatConfig({
            stack: "dev",
            logRoot: "/var/log/chattingo",
            categories: [{ name: "chat", directory: "chat", format: "json" }],
            elasticsearchUrl: url,
            httpPort: 5066,
        });
        writeFileSync(file, change(text));
        return new DeadLetters(readConfiguration(file, { NODE_NAME: "node-1" }), folder);
    };
    const files = () => readdirSync(folder).filter((name) => name.startsWith("filebeat-events-data-"));

    it("are counted from its start on, apart from what was acknowledged, and written to no file", async () => {
        const letters = counting();
        assert.equal(await letters.count(), 0);
        lines.push("refused");
        assert.equal(await letters.count(), 1);
        const events = { acked: 10, duplicates: 2, failed: 1, total: 13 };
        const stats = { beat: {}, libbeat: { output: { events, type: "elasticsearch" } } };
        assert.deepEqual(withDeadLetters(stats, 1), {
            beat: {},
            libbeat: {
                output: {
                    events: { acked: 9, dead_letter: 1, duplicates: 2, failed: 1, total: 13 },
                    type: "elasticsearch",
                },
            },
        });
        assert.deepEqual(files(), []);
    });

    it("are in a file of Filebeat's where the configuration does not say otherwise", async () => {
        const letters = counting((text) => text.replace("to_files: false", "to_files: true"));
        await letters.count();
        lines.push("refused with a user's words");
        assert.equal(await letters.count(), 1);
        const [file = ""] = files();
        assert.match(
            readFileSync(join(folder, file), "utf8"),
            /^\{"message":"Cannot index event refused with a user's words/,
        );
    });
});
