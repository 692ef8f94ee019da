// The download of a pinned file from a Maven repository, with a program in Maven's place that makes the file up.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadArtifact } from "../../../lab/tools/maven-artifact.ts";

const artifact = {
    group: "org.example",
    name: "thing",
    version: "1.0",
    packaging: "zip",
    sha256: createHash("sha256").update("content").digest("hex"),
    bytes: 7,
};

describe("a file of a Maven repository", () => {
    let folder: string;
    const { PATH } = process.env;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "maven-"));
        process.env.PATH = `${folder}:${PATH}`;
    });

    afterEach(async () => {
        process.env.PATH = PATH;
        await rm(folder, { recursive: true });
    });

    /** A Maven that writes this content wherever it is told to keep its files. */
    const maven = async (content: string) => {
        const program = join(folder, "mvn");
        await writeFile(
            program,
            `#!/bin/sh
for argument; do case "$argument" in -Dmaven.repo.local=*) repository="\${argument#*=}";; esac; done
mkdir -p "$repository/org/example/thing/1.0"
printf '%s' '${content}' > "$repository/org/example/thing/1.0/thing-1.0.zip"
`,
        );
        await chmod(program, 0o755);
    };

    it("is kept in the given folder and nowhere else", async () => {
        await maven("content");
        const file = await downloadArtifact(artifact, join(folder, "repository"));
        assert.ok(file.startsWith(join(folder, "repository")), file);
        assert.equal(await readFile(file, "utf8"), "content");
    });

    it("is refused when it is not the pinned one", async () => {
        await maven("something else");
        await assert.rejects(
            downloadArtifact(artifact, join(folder, "repository")),
            /org\.example:thing:1\.0: expected SHA-256 [0-9a-f]{64}, downloaded [0-9a-f]{64}/,
        );
    });
});
