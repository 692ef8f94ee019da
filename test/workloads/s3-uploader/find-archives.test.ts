import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findArchives } from "../../../workloads/s3-uploader/find-archives.ts";

const nobody = 65_534;

/** What `work` gives when it is not root that does it; permissions mean nothing to root. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
    if (process.geteuid?.() !== 0) {
        return work();
    }
    process.seteuid?.(nobody);
    try {
        return await work();
    } finally {
        process.seteuid?.(0);
    }
}

describe("The search for archives", () => {
    let root: string;

    beforeEach(async () => {
        root = await mkdtemp(join(tmpdir(), "s3-uploader-find-"));
        await chmod(root, 0o755);
        for (const path of ["a-node/x.gz", "lost+found/x.gz", "m-node/x.gz", "z-node/x.gz", "x.gz"]) {
            await mkdir(dirname(join(root, "archive", path)), { recursive: true });
            await writeFile(join(root, "archive", path), "");
        }
    });
    afterEach(() => rm(root, { recursive: true }));

    const found = () => unprivileged(() => findArchives({ logRoot: root, directories: ["archive"], patterns: ["*"] }));

    it("passes over the folder of lost files that an ext4 volume has, which only root can read", async () => {
        await chmod(join(root, "archive", "lost+found"), 0);
        const { files, failures } = await found();
        assert.deepEqual(failures, []);
        assert.deepEqual(
            files.map(({ node }) => node),
            ["a-node", "m-node", undefined, "z-node"],
        );
    });

    it("takes a folder for a node's whatever its name ends in, and no file that is not complete", async () => {
        for (const path of ["worker-1.tmp/x.gz", "worker-1.part/y.gz.tmp", "worker-2.temp/z.gz"]) {
            await mkdir(dirname(join(root, "archive", path)), { recursive: true });
            await writeFile(join(root, "archive", path), "");
        }
        const { files, failures } = await found();
        assert.deepEqual(failures, []);
        assert.deepEqual(
            files.map(({ node }) => node),
            ["a-node", "m-node", "worker-1.tmp", "worker-2.temp", undefined, "z-node"],
        );
    });

    it("takes a name with the replacement character, and tells of one that is not UTF-8", async () => {
        const folder = join(root, "archive");
        await writeFile(join(folder, "a\u{fffd}.gz"), "");
        await writeFile(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff]), Buffer.from(".gz")]), "");
        const { files, failures } = await found();
        assert.deepEqual(
            files.filter(({ node }) => node === undefined).map(({ name }) => name),
            ["a\u{fffd}.gz", "x.gz"],
        );
        assert.deepEqual(
            failures.map(({ reason, subject }) => [reason, subject]),
            [["name", join(folder, "b\u{fffd}.gz")]],
        );
    });

    it("goes on beside a folder that it cannot read, and says which", async () => {
        const locked = join(root, "archive", "m-node");
        await chmod(locked, 0);
        const { files, failures } = await found();
        assert.deepEqual(
            files.map(({ node }) => node),
            ["a-node", undefined, "z-node"],
        );
        assert.deepEqual(
            failures.map(({ reason, subject }) => [reason, subject]),
            [["directory", locked]],
        );
        assert.match(failures[0]?.detail ?? "", /EACCES.*let the uploader's user or group/);
    });
});
