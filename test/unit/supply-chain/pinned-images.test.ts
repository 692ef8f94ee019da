// Digests of images, from a small registry on this machine that wants a token as public ones do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { imageReference } from "../../../settings/image-reference.ts";
import { imageKeys } from "../../../settings/keys.ts";
import { projectFolder } from "../../../settings/project-files.ts";
import { declaredImages } from "../../../supply-chain/declared-images.ts";
import { assertServed, digestOf, imageName } from "../../../supply-chain/image-digest.ts";

const index = JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] });
const digest = `sha256:${createHash("sha256").update(index).digest("hex")}`;

describe("the name of an image", () => {
    it("is taken apart as container tools do", () => {
        const hub = "registry-1.docker.io";
        for (const [reference, expected] of [
            ["node:24", { registry: hub, repository: "library/node", tag: "24" }],
            ["docker.io/library/node:24@sha256:00", { registry: hub, repository: "library/node", tag: "24" }],
            ["grafana/loki:3.0", { registry: hub, repository: "grafana/loki", tag: "3.0" }],
            ["quay.io/a/b:v1", { registry: "quay.io", repository: "a/b", tag: "v1" }],
            ["localhost:5000/a:v1", { registry: "localhost:5000", repository: "a", tag: "v1" }],
            ["quay.io/a/b@sha256:00", undefined],
        ] as const) {
            assert.deepEqual(imageName(reference), expected, reference);
        }
    });
});

describe("pinning images", function () {
    this.timeout(30_000);

    let folder: string;
    let file: string;
    let server: Server;
    let registry: string;
    let wrongDigest = false;

    before(async () => {
        server = createServer((request, response) => {
            const { pathname, searchParams } = new URL(request.url ?? "/", "http://registry");
            if (pathname === "/token") {
                const isRight = searchParams.get("service") === "small" && searchParams.get("scope")?.endsWith(":pull");
                response.writeHead(isRight ? 200 : 400).end(JSON.stringify({ token: "for-anybody" }));
            } else if (request.headers.authorization !== "Bearer for-anybody") {
                const realm = `Bearer realm="http://${registry}/token",service="small",scope="repository:${pathname}:pull"`;
                response.writeHead(401, { "www-authenticate": realm }).end();
            } else if (
                [`v1`, digest].some((which) => pathname === `/v2/team/app/manifests/${which}`) &&
                /index/.test(String(request.headers.accept))
            ) {
                const stated = wrongDigest ? `sha256:${"0".repeat(64)}` : digest;
                response.writeHead(200, { "docker-content-digest": stated }).end(index);
            } else if (pathname.startsWith("/v2/team/other/manifests/sha256:")) {
                response.writeHead(200).end("another image");
            } else {
                response.writeHead(404).end();
            }
        });
        await new Promise<void>((resolve) => {
            server.listen(0, "127.0.0.1", resolve);
        });
        registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    after(() => server.close());

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "pin-images-"));
        file = join(folder, "Pulumi.test.yaml");
        wrongDigest = false;
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    const stackFile = (images: Readonly<Record<string, string>>) =>
        [
            "# Why this stack is as it is.",
            "config:",
            "  chattingo-logging:search.replicas: 3 # three zones",
            ...Object.entries(images).map(([key, reference]) => `  chattingo-logging:${key}: ${reference}`),
            "",
        ].join("\n");
    const allFrom = (repository: string) =>
        Object.fromEntries(imageKeys.map((key) => [key, `${registry}/${repository}:v1`]));
    const pin = (...options: readonly string[]) => runScript("pin-images.ts", ...options);
    const verify = () => runScript("verify-images.ts");
    const runScript = (name: string, ...options: readonly string[]) =>
        new Promise<{ status: number | null; said: string }>((resolve) => {
            const script = join(projectFolder, "scripts", name);
            const child = spawn(process.execPath, [script, "--file", file, ...options]);
            let said = "";
            child.stderr.on("data", (text) => {
                said += text;
            });
            child.on("close", (status) => resolve({ status, said }));
        });

    it("writes name, tag and digest of each into the stack's file, and leaves the rest as it was", async () => {
        const before = stackFile(allFrom("team/app"));
        writeFileSync(file, before);
        assert.equal((await pin("--check")).status, 1);
        assert.equal(readFileSync(file, "utf8"), before);
        const { status, said } = await pin();
        assert.equal(status, 0, said);
        const after = readFileSync(file, "utf8");
        assert.equal(after, before.replaceAll(":v1\n", `:v1@${digest}\n`));
        for (const key of imageKeys) {
            const reference = (parse(after) as { config: Record<string, string> }).config[`chattingo-logging:${key}`];
            assert.ok("value" in imageReference.parse(String(reference)), reference);
        }
        assert.equal((await pin("--check")).status, 0);
    });

    it("follows a tag that has moved, and leaves alone what is named by its digest only", async () => {
        const alone = `${registry}/team/app@sha256:${"1".repeat(64)}`;
        writeFileSync(
            file,
            stackFile({
                ...allFrom("team/app"),
                "images.node": `${registry}/team/app:v1@sha256:${"2".repeat(64)}`,
                "images.kibana": alone,
            }),
        );
        const { status, said } = await pin();
        assert.equal(status, 0, said);
        const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, string> };
        assert.equal(config["chattingo-logging:images.node"], `${registry}/team/app:v1@${digest}`);
        assert.equal(config["chattingo-logging:images.kibana"], alone);
    });

    it("tells all that it could not get, and writes nothing", async () => {
        const before = stackFile({
            ...allFrom("team/app"),
            "images.node": `${registry}/team/app:v2`,
            "images.kibana": "127.0.0.1:1/team/app:v1",
        });
        writeFileSync(file, before);
        const { status, said } = await pin();
        assert.equal(status, 1);
        assert.match(said, /team\/app\/manifests\/v2 answers 404: there is no such tag/);
        assert.match(said, /127\.0\.0\.1:1 does not answer/);
        assert.equal(readFileSync(file, "utf8"), before);
    });

    it("believes no digest that is not of what was sent", async () => {
        wrongDigest = true;
        const name = imageName(`${registry}/team/app:v1`);
        assert.ok(name);
        await assert.rejects(digestOf(name), /the registry calls it sha256:0+, and what it sent is sha256:/);
    });

    it("verifies that every image is served under its digest, with a tag or without", async () => {
        const pinned = Object.fromEntries(imageKeys.map((key) => [key, `${registry}/team/app:moved@${digest}`]));
        writeFileSync(file, stackFile({ ...pinned, "images.kibana": `${registry}/team/app@${digest}` }));
        const { status, said } = await verify();
        assert.equal(status, 0, said);
        assert.match(said, /5 of 5 images are served under their digests/);
    });

    it("tells of each image that has no digest, and of each that nobody has under it", async () => {
        const wrong = `sha256:${"2".repeat(64)}`;
        writeFileSync(
            file,
            stackFile({
                ...Object.fromEntries(imageKeys.map((key) => [key, `${registry}/team/app:v1@${digest}`])),
                "images.node": `${registry}/team/app:v1`,
                "images.kibana": `${registry}/team/app:v1@${wrong}`,
            }),
        );
        const { status, said } = await verify();
        assert.equal(status, 1, said);
        assert.match(said, /images\.node: .*team\/app:v1 has no digest; make pin-images gives it one/);
        assert.match(said, /images\.kibana: .*answers 404: no image of the repository has this digest/);
        assert.match(said, /3 of 5 images are served/);
    });

    it("believes no registry that sends something else for a digest", async () => {
        const other = { registry, repository: "team/other" };
        await assert.rejects(assertServed(other, `sha256:${"3".repeat(64)}`), /what the registry sent is sha256:/);
    });

    it("finds a digest on every image that this repository names by default", () => {
        for (const { key, reference } of declaredImages()) {
            assert.match(reference, /:[^@/]+@sha256:[0-9a-f]{64}$/, key);
        }
    });

    it("wants to know which stack", async () => {
        for (const name of ["pin-images.ts", "verify-images.ts"]) {
            const child = spawn(process.execPath, [join(projectFolder, "scripts", name)]);
            assert.equal(await new Promise((resolve) => child.on("close", resolve)), 2);
        }
    });
});
