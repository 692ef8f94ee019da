import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
    accessSync,
    constants,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { installProviders } from "../../../../lab/providers/install.ts";

const { version } = createRequire(import.meta.url)("@pulumi/kubernetes/package.json") as { readonly version: string };

describe("the installation of the stand-in providers", () => {
    let home: string;
    let launcher: string;
    const pathBefore = process.env.PATH;

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        launcher = join(home, "plugins", `resource-kubernetes-v${version}`, "pulumi-resource-kubernetes");
    });

    afterEach(() => {
        process.env.PATH = pathBefore;
        rmSync(home, { recursive: true });
    });

    it("puts each where the engine looks for a plugin of the SDK's version, and twice does no harm", async () => {
        assert.deepEqual(await installProviders(home), ["kubernetes", "aws"]);
        assert.deepEqual(await installProviders(home), ["kubernetes", "aws"]);
        assert.equal(readdirSync(join(home, "plugins")).length, 2);
        accessSync(launcher, constants.X_OK);
    });

    it("makes a plugin that says on which port it listens, with a PATH that has no Node.js", async () => {
        await installProviders(home);
        const child = execFile(launcher, ["127.0.0.1:1"], { env: { PATH: "/bin" } });
        try {
            const [line] = await new Promise<readonly string[]>((resolve) => {
                child.stdout?.once("data", (text: string) => resolve(text.split("\n")));
            });
            assert.match(line ?? "", /^\d+$/);
        } finally {
            child.kill();
        }
    });

    it("leaves an official plugin alone, installed or on PATH", async () => {
        mkdirSync(join(launcher, ".."), { recursive: true });
        writeFileSync(launcher, "\u007fELF official", { mode: 0o755 });
        assert.deepEqual(await installProviders(home), ["aws"]);
        assert.equal(readFileSync(launcher, "utf8"), "\u007fELF official");
        writeFileSync(join(home, "pulumi-resource-aws"), "", { mode: 0o755 });
        process.env.PATH = [home, pathBefore].join(delimiter);
        assert.deepEqual(await installProviders(home), []);
    });
});
