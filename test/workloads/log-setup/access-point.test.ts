// An archive volume that gives everything its own owner, as an access point of EFS does.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logGroupId, uploaderUserId } from "../../../components/log-tree.ts";
import { type AccessPoint, mountAccessPoint } from "../../../lab/access-point.ts";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { rotateTree } from "../../../workloads/log-rotation/rotate-tree.ts";
import { readSettings } from "../../../workloads/log-rotation/settings.ts";

describe("log-setup with an archive volume that refuses another owner", function () {
    this.timeout("60s");
    let programFolder: string;
    let program: string;
    let folder: string;
    let root: string;
    let archive: string;
    let accessPoint: AccessPoint | undefined;

    before(async () => {
        programFolder = mkdtempSync(join(tmpdir(), "log-setup-program-"));
        chmodSync(programFolder, 0o755);
        program = join(programFolder, "log-setup.js");
        writeFileSync(program, (await bundleWorkload("log-setup")).content);
    });

    after(() => rmSync(programFolder, { recursive: true }));

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "access-point-"));
        chmodSync(folder, 0o755);
        root = join(folder, "chattingo");
        archive = join(root, "archive");
        mkdirSync(archive, { recursive: true });
        mkdirSync(join(folder, "behind"), { mode: 0o700 });
    });

    afterEach(async () => {
        await accessPoint?.remove();
        accessPoint = undefined;
        rmSync(folder, { recursive: true });
    });

    const mount = async (userIds: readonly number[]) => {
        accessPoint = await mountAccessPoint(join(folder, "behind"), archive, userIds);
    };
    const environment = () => ({ PATH: process.env.PATH, LOG_ROOT: root });
    const asRoot = () =>
        spawnSync(process.execPath, [program, "--leave-trial"], {
            env: environment(),
            encoding: "utf8",
        });
    const asUploader = (command: string, args: readonly string[]) =>
        spawnSync(command, args, {
            env: environment(),
            encoding: "utf8",
            uid: uploaderUserId,
            gid: logGroupId,
        });

    it("accepts it, because rotation and the uploader can work there, and leaves nothing of the trial", async () => {
        await mount([uploaderUserId]);
        for (const _ of ["the first time", "and again"]) {
            const made = asRoot();
            assert.equal(made.status, 0, made.stderr + made.stdout);
            assert.match(made.stdout, /archive: unchanged: the volume refuses owner 50000:50000 -> 0:10001/);
            const tried = asUploader(process.execPath, [program, "--finish-trial"]);
            assert.equal(tried.status, 0, tried.stderr);
            assert.deepEqual(readdirSync(archive), []);
        }
        assert.equal(statSync(join(root, "app/application.log")).gid, logGroupId);
    });

    it("keeps its word: the uploader reads a node's archive of rotation there and takes it away", async () => {
        await mount([uploaderUserId]);
        assert.equal(asRoot().status, 0);
        assert.equal(asUploader(process.execPath, [program, "--finish-trial"]).status, 0);
        writeFileSync(join(root, "app/application.log"), "a line\n", { flag: "a" });
        const { settings } = readSettings({ LOG_ROOT: root, ARCHIVE_DIR: join(archive, "node-1"), MAX_SIZE_MB: "0" });
        assert.ok(settings);
        assert.equal((await rotateTree({ settings, say: () => undefined })).files, 1);
        const [name = assert.fail()] = readdirSync(join(archive, "node-1"));
        const path = join(archive, "node-1", name);
        assert.equal(asUploader("gzip", ["-dc", path]).stdout, "a line\n");
        assert.equal(asUploader("rm", [path]).status, 0);
        assert.ok(!existsSync(path));
    });

    it("fails, and says what to change, where the uploader can't work on the volume", async () => {
        await mount([]);
        assert.equal(asRoot().status, 0);
        const tried = asUploader(process.execPath, [program, "--finish-trial"]);
        assert.equal(tried.status, 1);
        assert.match(
            tried.stderr,
            /\.log-setup-trial: user 10001 in group 10001 can't read what rotation leaves \(EACCES.*use a volume whose owner/,
        );
    });

    it("takes the place of what an interrupted trial left", async () => {
        await mount([uploaderUserId]);
        assert.equal(asRoot().status, 0);
        assert.equal(asRoot().status, 0);
        assert.equal(asUploader(process.execPath, [program, "--finish-trial"]).status, 0);
        assert.deepEqual(readdirSync(archive), []);
    });
});
