// Pulumi's home in a lab.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkResourcePlugins } from "../../../lab/pulumi-home.ts";

describe("plugins in the Pulumi home of a lab", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "lab-pulumi-"));
    });

    afterEach(() => rm(folder, { recursive: true }));

    it("are those that the user has installed, and nothing else of the user's", async () => {
        const from = join(folder, "user");
        const to = join(folder, "lab", "plugins");
        await mkdir(join(from, "resource-random-v4.0.0"), { recursive: true });
        await mkdir(join(from, "language-yaml-v1.0.0"));
        await writeFile(join(from, "resource-random-v4.0.0.lock"), "");
        await linkResourcePlugins(from, to);
        assert.deepEqual(await readdir(to), ["resource-random-v4.0.0"]);
        assert.equal(
            await realpath(join(to, "resource-random-v4.0.0")),
            await realpath(join(from, "resource-random-v4.0.0")),
        );
    });

    it("are none when the user has none", async () => {
        await linkResourcePlugins(join(folder, "there-is-no-such-folder"), join(folder, "lab"));
        assert.deepEqual(await readdir(join(folder, "lab")), []);
    });
});
