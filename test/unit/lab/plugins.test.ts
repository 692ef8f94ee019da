// The resource plugins that the Pulumi CLI finds in a lab.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { hasPlugin, linkPlugin, pluginFolder, shareResourcePlugins } from "../../../lab/providers/plugins.ts";

describe("resource plugins of a Pulumi home", () => {
    let folder: string;
    let user: string;
    let lab: string;
    const pathBefore = process.env.PATH;

    /** A plugin as the CLI installs it. */
    const installed = async (name: string): Promise<string> => {
        const plugin = join(user, "plugins", name);
        await mkdir(plugin, { recursive: true });
        await writeFile(join(plugin, "pulumi-resource-random"), "\u007fELF", { mode: 0o755 });
        await writeFile(join(plugin, "LICENSE"), "Apache-2.0");
        return plugin;
    };

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "lab-pulumi-"));
        user = join(folder, "user");
        lab = join(folder, "lab");
    });

    afterEach(async () => {
        process.env.PATH = pathBefore;
        await rm(folder, { recursive: true });
    });

    it("are shared in folders of their own, which the CLI wants, with the user's files in them", async () => {
        const plugin = await installed("resource-random-v4.0.0");
        await mkdir(join(user, "plugins", "language-yaml-v1.0.0"));
        await shareResourcePlugins(user, lab);
        assert.deepEqual(await readdir(join(lab, "plugins")), ["resource-random-v4.0.0"]);
        const shared = join(lab, "plugins", "resource-random-v4.0.0");
        assert.ok((await lstat(shared)).isDirectory());
        assert.deepEqual(await readdir(shared), ["LICENSE", "pulumi-resource-random"]);
        assert.equal(await realpath(join(shared, "pulumi-resource-random")), join(plugin, "pulumi-resource-random"));
    });

    it("leave the user's files where they are when the lab's home goes", async () => {
        const plugin = await installed("resource-random-v4.0.0");
        await shareResourcePlugins(user, lab);
        await rm(lab, { recursive: true });
        assert.equal(await readFile(join(plugin, "LICENSE"), "utf8"), "Apache-2.0");
    });

    it("are not shared when the CLI has not finished to install them", async () => {
        await installed("resource-random-v4.0.0");
        await writeFile(join(user, "plugins", "resource-random-v4.0.0.partial"), "");
        await shareResourcePlugins(user, lab);
        assert.ok(!existsSync(join(lab, "plugins", "resource-random-v4.0.0")));
    });

    it("are none when the user has none", async () => {
        await shareResourcePlugins(join(folder, "there-is-no-such-folder"), lab);
        assert.ok(!existsSync(lab));
    });

    it("are found in the home under the version of the npm package, or on PATH", async () => {
        assert.equal(hasPlugin(lab, "kubernetes"), false);
        const program = join(folder, "pulumi-resource-kubernetes");
        await writeFile(program, "", { mode: 0o755 });
        await linkPlugin(lab, "kubernetes", program);
        assert.equal(hasPlugin(lab, "kubernetes"), true);
        assert.equal(await realpath(join(pluginFolder(lab, "kubernetes"), "pulumi-resource-kubernetes")), program);
        process.env.PATH = [folder, pathBefore].join(delimiter);
        assert.equal(hasPlugin(user, "kubernetes"), true);
    });
});
