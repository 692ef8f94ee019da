import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
    chmodSync,
    chownSync,
    linkSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorkload } from "../../../workloads/bundle.ts";

const groupId = 10001;
const canaryGroupId = 10003;

describe("the bundled log-setup program", () => {
    let programFolder: string;
    let program: string;
    let folder: string;
    let root: string;

    before(async () => {
        programFolder = mkdtempSync(join(tmpdir(), "log-setup-program-"));
        program = join(programFolder, "log-setup.js");
        writeFileSync(program, (await bundleWorkload("log-setup")).content);
    });

    after(() => rmSync(programFolder, { recursive: true }));

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "log-setup-"));
        root = join(folder, "chattingo");
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    const start = (environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []) =>
        spawnSync(process.execPath, [program, ...args], {
            env: {
                PATH: process.env.PATH,
                LOG_ROOT: root,
                LOG_GROUP_ID: String(groupId),
                CANARY_GROUP_ID: String(canaryGroupId),
                ...environment,
            },
            encoding: "utf8",
        });
    const summaryOf = (output: string) =>
        JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as Record<string, number>;
    const modeOf = (name: string) => lstatSync(join(root, name)).mode & 0o7777;

    it("makes the whole tree, for the group and for nobody else", () => {
        const { status, stderr } = start();
        assert.equal(stderr, "");
        assert.equal(status, 0);
        const directories = [
            "",
            "app",
            "auth",
            "chat",
            "error",
            "system",
            "websocket",
            "elasticsearch",
            "kibana",
            "filebeat",
            "archive",
        ];
        for (const directory of directories) {
            assert.equal(modeOf(directory), 0o2770, directory);
            assert.equal(lstatSync(join(root, directory)).gid, groupId, directory);
        }
        const logs = [
            "app/application.log",
            "auth/auth.log",
            "chat/chat.log",
            "error/error.log",
            "system/system.log",
            "websocket/websocket.log",
        ];
        for (const log of logs) {
            assert.equal(modeOf(log), 0o660, log);
            assert.equal(lstatSync(join(root, log)).gid, groupId, log);
            assert.equal(lstatSync(join(root, log)).size, 0, log);
        }
        assert.equal(modeOf(".rotation"), 0o700);
    });

    it("makes the directories of applications beside the others, empty, and keeps them when nobody asks for them", () => {
        start();
        const { status, stdout } = start({ APPLICATION_DIRECTORIES: "billing,push-gateway" });
        assert.equal(status, 0);
        assert.deepEqual(summaryOf(stdout), { made: 2, changed: 0, unchanged: 19, errors: 0 });
        for (const directory of ["billing", "push-gateway"]) {
            assert.equal(modeOf(directory), 0o2770);
            assert.equal(lstatSync(join(root, directory)).gid, groupId);
            assert.deepEqual(readdirSync(join(root, directory)), []);
        }
        writeFileSync(join(root, "billing/billing.log"), "a line\n");
        assert.equal(start().status, 0);
        assert.equal(readFileSync(join(root, "billing/billing.log"), "utf8"), "a line\n");
    });

    it("keeps the canary's directory for the canary, and applications out of it", () => {
        start();
        chmodSync(folder, 0o755);
        chmodSync(root, 0o2775);
        assert.equal(modeOf("canary"), 0o2770);
        assert.equal(lstatSync(join(root, "canary")).gid, canaryGroupId);
        const write = (uid: number, gid: number) => spawnSync("touch", [join(root, "canary/1.log")], { uid, gid });
        assert.equal(write(canaryGroupId, canaryGroupId).status, 0);
        assert.equal(write(20_000, groupId).status, 1);
    });

    it("lets the group write and keeps another user out", () => {
        start();
        chmodSync(folder, 0o755);
        const read = (uid: number, gid: number) =>
            spawnSync("cat", [join(root, "app/application.log")], { uid, gid, encoding: "utf8" });
        assert.equal(read(20_000, groupId).status, 0);
        const refused = read(20_000, 20_000);
        assert.equal(refused.status, 1);
        assert.match(refused.stderr, /Permission denied/);
    });

    it("changes nothing the second time, and never what is in a log", () => {
        start();
        writeFileSync(join(root, "app/application.log"), "a line\n", { flag: "a" });
        const { status, stdout } = start();
        assert.equal(status, 0);
        assert.deepEqual(summaryOf(stdout), { made: 0, changed: 0, unchanged: 19, errors: 0 });
        assert.equal(readFileSync(join(root, "app/application.log"), "utf8"), "a line\n");
    });

    it("fixes modes and groups, and says so", () => {
        start();
        chmodSync(join(root, "auth"), 0o755);
        const { stdout } = start();
        assert.equal(summaryOf(stdout).changed, 1);
        assert.match(stdout, /auth: changed: mode 755 -> 2770/);
        assert.equal(modeOf("auth"), 0o2770);
    });

    it("follows no link, and does the rest", () => {
        mkdirSync(join(root, "app"), { recursive: true });
        const outside = join(folder, "outside");
        writeFileSync(outside, "mine\n", { mode: 0o600 });
        symlinkSync(outside, join(root, "app/application.log"));
        const { status, stdout } = start();
        assert.equal(status, 1);
        assert.equal(summaryOf(stdout).errors, 1);
        assert.equal(readlinkSync(join(root, "app/application.log")), outside);
        assert.equal(lstatSync(outside).mode & 0o777, 0o600);
        assert.equal(modeOf("chat/chat.log"), 0o660);
    });

    it("makes nothing behind a link in the place of a directory", () => {
        const outside = join(folder, "outside");
        mkdirSync(outside, { mode: 0o700 });
        mkdirSync(root);
        symlinkSync(outside, join(root, "app"));
        const { status, stdout } = start();
        assert.equal(status, 1);
        assert.match(stdout, /app: refused: it is a link/);
        assert.deepEqual(readdirSync(outside), []);
        assert.equal(lstatSync(outside).mode & 0o777, 0o700);
        assert.equal(lstatSync(outside).gid, 0);
        assert.equal(modeOf("chat/chat.log"), 0o660);
    });

    it("makes nothing behind a link in the place of the root", () => {
        const outside = join(folder, "outside");
        mkdirSync(outside);
        symlinkSync(outside, root);
        assert.equal(start().status, 1);
        assert.deepEqual(readdirSync(outside), []);
    });

    it("leaves pipes and files with several names as they are", () => {
        mkdirSync(join(root, "app"), { recursive: true });
        mkdirSync(join(root, "auth"));
        execFileSync("mkfifo", ["-m", "600", join(root, "app/application.log")]);
        writeFileSync(join(folder, "mine"), "mine\n", { mode: 0o600 });
        linkSync(join(folder, "mine"), join(root, "auth/auth.log"));
        const { status, stdout } = start();
        assert.equal(status, 1);
        assert.equal(summaryOf(stdout).errors, 2);
        assert.equal(modeOf("app/application.log"), 0o600);
        assert.equal(modeOf("auth/auth.log"), 0o600);
    });

    it("takes access to a log with content away where it is too wide, and never widens it", () => {
        start();
        for (const [log, mode] of [
            ["app/application.log", 0o666],
            ["auth/auth.log", 0o600],
            ["chat/chat.log", 0o640],
        ] as const) {
            writeFileSync(join(root, log), "a line\n");
            chmodSync(join(root, log), mode);
        }
        assert.equal(start().status, 0);
        assert.equal(modeOf("app/application.log"), 0o660);
        assert.equal(modeOf("auth/auth.log"), 0o600);
        assert.equal(modeOf("chat/chat.log"), 0o640);
    });

    it("needs no more rights than its pod has, also in a directory of another user", () => {
        mkdirSync(join(root, "app"), { recursive: true, mode: 0o700 });
        chownSync(join(root, "app"), 20_000, 20_000);
        const capabilities = "-all,+chown,+dac_override,+fowner,+fsetid";
        const { status, stdout } = spawnSync(
            "setpriv",
            ["--no-new-privs", `--bounding-set=${capabilities}`, process.execPath, program],
            {
                env: { PATH: process.env.PATH, LOG_ROOT: root, LOG_GROUP_ID: String(groupId) },
                encoding: "utf8",
            },
        );
        assert.equal(status, 0, stdout);
        assert.match(stdout, /app: changed: owner 20000:20000 -> 0:10001, mode 700 -> 2770/);
        assert.equal(modeOf("app"), 0o2770);
        assert.equal(modeOf("app/application.log"), 0o660);
    });

    it("refuses a log directory whose owner can't be changed", () => {
        start();
        chownSync(join(root, "app"), 20_000, 20_000);
        const capabilities = "-all,+dac_override,+fowner,+fsetid";
        const { status, stdout } = spawnSync(
            "setpriv",
            ["--no-new-privs", `--bounding-set=${capabilities}`, process.execPath, program],
            { env: { PATH: process.env.PATH, LOG_ROOT: root, LOG_GROUP_ID: String(groupId) }, encoding: "utf8" },
        );
        assert.equal(status, 1);
        assert.match(stdout, /app: refused: EPERM/);
    });

    it("reports everything that is wrong with its environment together", () => {
        const { status, stderr } = start({
            LOG_ROOT: "relative",
            LOG_GROUP_ID: "staff",
            CANARY_GROUP_ID: "birds",
            APPLICATION_DIRECTORIES: "billing,../etc,archive,",
        });
        assert.equal(status, 1);
        for (const name of ["../etc", "archive", ""]) {
            assert.ok(stderr.includes(`"${name}" can't be the directory of an application`), name);
        }
        assert.ok(!stderr.includes('"billing"'));
        assert.match(stderr, /LOG_ROOT=relative/);
        assert.match(stderr, /LOG_GROUP_ID=staff/);
        assert.match(stderr, /CANARY_GROUP_ID=birds/);
    });

    it("tells how to use it", () => {
        assert.equal(start({}, ["--help"]).status, 0);
        assert.equal(start({}, ["--wrong"]).status, 2);
    });
});
