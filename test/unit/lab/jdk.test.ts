// Which Java the lab runs Elasticsearch with.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findJdk } from "../../../lab/elasticsearch/jdk.ts";

const allModules = "java.base jdk.attach jdk.compiler jdk.jdi jdk.jlink";

describe("the JDK for Elasticsearch", () => {
    let folder: string;
    const { JAVA_HOME } = process.env;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "jdk-"));
        process.env.JAVA_HOME = folder;
    });

    afterEach(async () => {
        if (JAVA_HOME === undefined) {
            delete process.env.JAVA_HOME;
        } else {
            process.env.JAVA_HOME = JAVA_HOME;
        }
        await rm(folder, { recursive: true });
    });

    const release = (version: string, modules: string) =>
        writeFile(join(folder, "release"), `JAVA_RUNTIME_VERSION="${version}"\nMODULES="${modules}"\n`);

    it("is that of JAVA_HOME, if it is new and whole enough", async () => {
        await release("21.0.4+7-LTS", allModules);
        assert.deepEqual(await findJdk(), { home: folder, version: "21.0.4+7-LTS" });
    });

    for (const [what, version, modules] of [
        ["too old", "17.0.15+6", allModules],
        ["a mere run-time", "25.0.2+10", "java.base jdk.attach"],
        ["not told", "", ""],
    ] as const) {
        it(`is not one that is ${what}`, async () => {
            await release(version, modules);
            assert.notEqual((await findJdk())?.home, folder);
        });
    }

    it("is not a folder without Java", async () => {
        process.env.JAVA_HOME = join(folder, "nothing");
        await mkdir(join(folder, "nothing"));
        assert.notEqual((await findJdk())?.home, join(folder, "nothing"));
    });
});
