import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { readKubeconfig } from "../../../../lab/providers/kubernetes/kubeconfig.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the kubeconfig", () => {
    let folder: string;
    let file: string;
    const before = process.env.KUBECONFIG;

    const write = (changes: { readonly user?: object; readonly cluster?: object } = {}) => {
        const cluster = {
            server: "https://10.0.0.1:6443/",
            "certificate-authority-data": base64("ca"),
            ...changes.cluster,
        };
        const user = changes.user ?? { "client-certificate": "client.crt", "client-key-data": base64("key") };
        const text = stringify({
            "current-context": "one",
            contexts: [
                { name: "one", context: { cluster: "c", user: "u" } },
                { name: "two", context: { cluster: "c", user: "u", namespace: "shop" } },
            ],
            clusters: [{ name: "c", cluster }],
            users: [{ name: "u", user }],
        });
        writeFileSync(file, text);
        return text;
    };

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
        file = join(folder, "config");
        writeFileSync(join(folder, "client.crt"), "certificate");
        process.env.KUBECONFIG = file;
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
        if (before === undefined) {
            delete process.env.KUBECONFIG;
        } else {
            process.env.KUBECONFIG = before;
        }
    });

    it("tells the server, who is asked for and what proves it, from data and from files beside it", () => {
        write();
        const access = readKubeconfig(undefined, undefined);
        assert.equal(access.server, "https://10.0.0.1:6443");
        assert.equal(access.certificateAuthority?.toString(), "ca");
        assert.equal(access.clientCertificate?.toString(), "certificate");
        assert.equal(access.clientKey?.toString(), "key");
        assert.equal(access.source, `context one of ${file}`);
        assert.equal(access.namespace, undefined);
    });

    it("is taken as text, too, and from the context that is asked for", () => {
        const text = write({ user: { token: "t" } });
        process.env.KUBECONFIG = "";
        assert.deepEqual(readKubeconfig(text, "two").namespace, "shop");
        assert.equal(readKubeconfig(text, "two").token, "t");
    });

    it("is missed with the variable that chose it, and what to do", () => {
        const missing = join(folder, "none");
        process.env.KUBECONFIG = missing;
        assert.throws(() => readKubeconfig(undefined, undefined), /none \(chosen by KUBECONFIG\)\. Set KUBECONFIG/);
        process.env.KUBECONFIG = file;
        assert.throws(() => readKubeconfig(missing, undefined), /chosen by the provider's setting kubeconfig/);
    });

    it("must have the context that is asked for", () => {
        write();
        assert.throws(() => readKubeconfig(undefined, "three"), /there is no context three; it has: one, two/);
    });

    it("is refused where it asks for what is not covered, and quotes nothing that may be a key", () => {
        write({ user: { exec: { command: "aws" } } });
        assert.throws(() => readKubeconfig(undefined, undefined), /user u: exec is not covered/);
        write({ cluster: { server: "http://10.0.0.1" } });
        assert.throws(() => readKubeconfig(undefined, undefined), /server http:\/\/10\.0\.0\.1: a URL with https/);
        writeFileSync(file, "client-key-data: [secret");
        assert.throws(
            () => readKubeconfig(undefined, undefined),
            (error: Error) => error.message.includes("is not YAML") && !error.message.includes("secret"),
        );
    });
});
