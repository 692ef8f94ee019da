// What every preview says of settings that leave something open.

import assert from "node:assert/strict";
import { parseSettings } from "../../settings/index.ts";
import { readStackConfig } from "../../settings/stack-config.ts";
import { unprotected } from "../../settings/unprotected.ts";

function saidOf(stack: string, changes: Readonly<Record<string, string>> = {}): readonly string[] {
    const { values, origins } = readStackConfig(stack);
    const changed = Object.fromEntries(
        Object.entries(changes).map(([key, value]) => [`chattingo-logging:${key}`, value]),
    );
    return unprotected(parseSettings(stack, { ...values, ...changed }, origins));
}

describe("what settings leave unprotected", () => {
    it("is nothing in prod", () => {
        assert.deepEqual(saidOf("prod"), []);
    });

    it("are images without a digest, with the command that gives them one", () => {
        const [said = "", ...others] = saidOf("prod", {
            "images.kibana": "kibana:9.4.3",
            "images.node": "node:24",
        });
        assert.deepEqual(others, []);
        assert.match(said, /^images\.node, images\.kibana have no digest/);
        assert.match(said, /make pin-images STACK=prod/);
    });

    it("is search without logins, in dev by its file", () => {
        const [said = "", ...others] = saidOf("dev");
        assert.deepEqual(others, []);
        assert.match(said, /search\.security is false/);
        assert.match(said, /network policies alone/);
    });

    it("is a namespace without network policies, with what still holds", () => {
        assert.match(String(saidOf("prod", { "network.policies": "false" })), /logins and TLS still protect/);
        assert.doesNotMatch(String(saidOf("dev", { "network.policies": "false" })), /still protect|alone/);
    });

    it("is a certificate that nobody renews, with the command that says when it ends", () => {
        const [said = "", ...others] = saidOf("prod", { "search.certManager": "false" });
        assert.deepEqual(others, []);
        assert.match(
            said,
            /^search\.certManager is false: nobody renews .*elasticsearch-tls.*check-cluster STACK=prod/,
        );
    });

    it("is a Kibana that is served without TLS", () => {
        const said = saidOf("prod", { "kibana.ingress.tlsSecretName": "" });
        assert.match(String(said), /kibana\.ingress\.tlsSecretName is empty.*plain text/);
    });
});
