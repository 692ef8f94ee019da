import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { installAwsStandIn } from "../../../../lab/providers/aws-stand-in.ts";

const { version } = createRequire(import.meta.url)("@pulumi/aws/package.json") as { readonly version: string };

describe("the installation of the stand-in for the AWS provider", () => {
    let home: string;
    let launcher: string;
    const pathBefore = process.env.PATH;

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        launcher = join(home, "plugins", `resource-aws-v${version}`, "pulumi-resource-aws");
    });

    afterEach(() => {
        process.env.PATH = pathBefore;
        rmSync(home, { recursive: true });
    });

    it("puts it where the engine looks for a plugin of the SDK's version", async () => {
        assert.equal(await installAwsStandIn(home), true);
        accessSync(launcher, constants.X_OK);
    });

    it("makes a plugin that says on which port it listens, with a PATH that has no Node.js", async () => {
        await installAwsStandIn(home);
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
        assert.equal(await installAwsStandIn(home), false);
        assert.equal(readFileSync(launcher, "utf8"), "\u007fELF official");
        const other = mkdtempSync(join(tmpdir(), "pulumi-home-"));
        writeFileSync(join(home, "pulumi-resource-aws"), "", { mode: 0o755 });
        process.env.PATH = [home, pathBefore].join(delimiter);
        assert.equal(await installAwsStandIn(other), false);
        rmSync(other, { recursive: true });
    });
});
