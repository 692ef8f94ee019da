// The settings of Kibana's stand-in: as strict as Kibana with what a stack gives it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kibanaYml } from "../../../../components/kibana-yml.ts";
import { readSettings } from "../../../../lab/kibana/settings.ts";

describe("the settings of Kibana's stand-in", () => {
    let folder: string;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "kibana-settings-"));
        writeFileSync(join(folder, "ca.crt"), "certificate");
    });

    after(() => rmSync(folder, { recursive: true }));

    const read = (text: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) => {
        const file = join(folder, "kibana.yml");
        writeFileSync(file, text);
        return readSettings(file, args, environment);
    };
    const key = "0123456789abcdef0123456789abcdef";

    it("are those of a stack's kibana.yml, with the environment's values in it", () => {
        const text = kibanaYml({
            elasticsearchUrl: "https://elasticsearch:9200",
            authorityPath: join(folder, "ca.crt"),
            publicUrl: "https://kibana.example.com",
        });
        const environment = {
            SEARCH_USERNAME: "chattingo-kibana",
            SEARCH_PASSWORD: "secret",
            SESSION_KEY: key,
            OBJECT_KEY: key,
            REPORT_KEY: key,
        };
        const settings = read(text, [], environment);
        assert.equal(settings.authorization, `Basic ${Buffer.from("chattingo-kibana:secret").toString("base64")}`);
        assert.equal(settings.certificateAuthority, "certificate");
        assert.equal(settings.host, "0.0.0.0");
        assert.equal(settings.collectionInterval, 5000);
        assert.equal(settings.allowAnonymousStatus, false);
        assert.throws(
            () => read(text, [], { ...environment, OBJECT_KEY: "short" }),
            /encryptedSavedObjects.*at least 32/,
        );
        assert.throws(
            () => read(text, [], { SEARCH_USERNAME: "chattingo-kibana" }),
            /Unknown environment variable referenced in config : SEARCH_PASSWORD/,
        );
    });

    it("come from arguments first, and are refused when Kibana knows none of that name", () => {
        assert.equal(read("server.port: 1\n", ["--server.port=2"]).port, 2);
        assert.equal(read("server:\n  port: 1\n").port, 1);
        assert.throws(
            () => read("xpack.fleet.airGapped: true\n"),
            /Unknown configuration key.*xpack\.fleet\.airGapped/,
        );
        assert.throws(
            () => read("", ["--xpack.fleet.enabled=true"]),
            /Unknown configuration key.*xpack\.fleet\.enabled/,
        );
        assert.throws(() => read("telemetry.enabled: perhaps\n"), /telemetry\.enabled=perhaps: expected true or false/);
        assert.throws(() => read("server.publicBaseUrl: https://kibana.example.com/\n"), /does not end in a slash/);
    });
});
