// The images of the lab's node as files: what the OCI image layout asks of them, and that they are always the same.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packArchive } from "../../../lab/images/archive.ts";
import { buildOnce } from "../../../lab/images/build-once.ts";
import { writeOciImage } from "../../../lab/images/oci-image.ts";
import { run } from "../../../lab/tools/run.ts";

interface Descriptor {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
    readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
}

const name = "docker.io/library/example:1.0";

describe("an image of the lab", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "chattingo-images-"));
    });

    afterEach(async () => {
        await rm(folder, { recursive: true, force: true });
    });

    /** A layer with two files, made in the given order and with the given time. */
    const layer = async (title: string, files: readonly string[], seconds: number): Promise<string> => {
        const root = join(folder, `${title}-root`);
        await mkdir(join(root, "bin"), { recursive: true });
        for (const file of files) {
            await writeFile(join(root, file), `content of ${file}`, { mode: 0o755 });
            await utimes(join(root, file), seconds, seconds);
        }
        const archive = join(folder, `${title}.tar`);
        await packArchive(root, archive);
        return archive;
    };

    const image = async (file: string, layers: readonly string[]): Promise<string> => {
        const path = join(folder, file);
        await writeOciImage({ name, layers, defaults: { command: ["example"], user: "10001:10001" } }, path);
        return path;
    };

    const unpack = async (file: string): Promise<string> => {
        const target = join(folder, "unpacked");
        await mkdir(target);
        await run("tar", ["--extract", `--file=${file}`, `--directory=${target}`]);
        return target;
    };

    const json = async <T>(...path: readonly string[]): Promise<T> =>
        JSON.parse(await readFile(join(...path), "utf8")) as T;

    const blob = ({ digest }: Descriptor): string => join("blobs", ...digest.split(":"));

    it("has the same bytes whenever and in whatever order its files were made", async () => {
        const first = await image("first.tar", [await layer("one", ["a", "bin/b"], 1_000_000_000)]);
        const second = await image("second.tar", [await layer("two", ["bin/b", "a"], 1_700_000_000)]);
        assert.deepEqual(await readFile(second), await readFile(first));
    });

    it("has other bytes when the content of a file differs", async () => {
        const first = await image("first.tar", [await layer("one", ["a"], 1_000_000_000)]);
        const second = await image("second.tar", [await layer("two", ["b"], 1_000_000_000)]);
        assert.notDeepEqual(await readFile(second), await readFile(first));
    });

    it("describes every blob by its true digest and size", async () => {
        const root = await unpack(
            await image("image.tar", [await layer("base", ["a"], 1), await layer("top", ["b"], 1)]),
        );
        const index = await json<{ readonly manifests: readonly Descriptor[] }>(root, "index.json");
        assert.equal(index.manifests.length, 1);
        const [described] = index.manifests;
        assert.ok(described);
        const manifest = await json<Manifest>(root, blob(described));
        assert.equal(manifest.layers.length, 2);
        const descriptors = [described, manifest.config, ...manifest.layers];
        for (const descriptor of descriptors) {
            const content = await readFile(join(root, blob(descriptor)));
            assert.equal(`sha256:${createHash("sha256").update(content).digest("hex")}`, descriptor.digest);
            assert.equal(content.length, descriptor.size);
        }
        assert.equal((await readdir(join(root, "blobs", "sha256"))).length, descriptors.length);
    });

    it("says its name, its layout, its layers and what it runs", async () => {
        const root = await unpack(await image("image.tar", [await layer("base", ["a"], 1)]));
        assert.deepEqual(await json(root, "oci-layout"), { imageLayoutVersion: "1.0.0" });
        const [described] = (await json<{ readonly manifests: readonly Descriptor[] }>(root, "index.json")).manifests;
        assert.ok(described);
        assert.deepEqual(described.annotations, { "io.containerd.image.name": name });
        const manifest = await json<Manifest>(root, blob(described));
        const config = await json<Record<string, unknown>>(root, blob(manifest.config));
        assert.deepEqual(config.config, { Cmd: ["example"], User: "10001:10001" });
        assert.deepEqual(config.rootfs, { type: "layers", diff_ids: manifest.layers.map(({ digest }) => digest) });
    });

    it("can be read by every user in a pod, even if its files were made by a user with a strict mask", async () => {
        const root = join(folder, "root");
        await mkdir(join(root, "bin"), { recursive: true });
        await writeFile(join(root, "bin", "program"), "");
        await chmod(join(root, "bin", "program"), 0o700);
        await chmod(join(root, "bin"), 0o700);
        await packArchive(root, join(folder, "layer.tar"));
        const list = await run("tar", [
            "--list",
            "--verbose",
            "--numeric-owner",
            `--file=${join(folder, "layer.tar")}`,
        ]);
        const entries = list
            .trimEnd()
            .split("\n")
            .map((line) => line.split(/\s+/));
        assert.deepEqual(
            entries.map(([mode, owner, , , , path]) => `${mode} ${owner} ${path}`),
            ["drwxr-xr-x 0/0 ./", "drwxr-xr-x 0/0 ./bin/", "-rwxr-xr-x 0/0 ./bin/program"],
        );
    });
});

describe("a file of the lab's cache", () => {
    let folder: string;
    let file: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "chattingo-cache-"));
        file = join(folder, "image.tar");
    });

    afterEach(async () => {
        await rm(folder, { recursive: true, force: true });
    });

    it("is built once", async () => {
        let builds = 0;
        const build = async (_: string, unfinished: string) => {
            builds += 1;
            await writeFile(unfinished, "whole");
        };
        await buildOnce(file, build);
        assert.equal(await buildOnce(file, build), file);
        assert.equal(builds, 1);
        assert.equal(await readFile(file, "utf8"), "whole");
    });

    it("does not appear when its build fails half-way, and nothing of that build stays", async () => {
        const failing = buildOnce(file, async (_, unfinished) => {
            await writeFile(unfinished, "ha");
            throw new Error("the mirror is gone");
        });
        await assert.rejects(failing, /the mirror is gone/);
        assert.deepEqual(await readdir(folder), []);
    });

    it("takes away what a killed build left, and nothing of one that is at work", async () => {
        const neverUsed = Number(await readFile("/proc/sys/kernel/pid_max", "utf8")) + 1;
        const abandoned = `${file}.${neverUsed}.unfinished`;
        const atWork = `${file}.${process.ppid}.unfinished`;
        await mkdir(abandoned);
        await mkdir(atWork);
        await buildOnce(file, (_, unfinished) => writeFile(unfinished, "whole"));
        assert.equal(existsSync(abandoned), false);
        assert.equal((await stat(atWork)).isDirectory(), true);
    });
});
