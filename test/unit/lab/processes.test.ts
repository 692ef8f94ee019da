// Programs that live on: started, found again, ended, and never confused with another process.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    processStatuses,
    startProcess,
    stopAllProcesses,
    stopProcess,
} from "../../../lab/processes/detached-process.ts";
import { createLauncher } from "../../../lab/processes/launcher.ts";
import { processesNaming } from "../../../lab/processes/leftovers.ts";
import { isAlive, parseIdentity } from "../../../lab/processes/process-identity.ts";

describe("detached processes of the lab", function () {
    this.timeout(20_000);

    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "lab-processes-"));
    });

    afterEach(async () => {
        await stopAllProcesses(folder);
        await rm(folder, { recursive: true });
    });

    /** The program that the process runs, as soon as that is the expected one: a shell starts it by `exec`. */
    const becomes = async (pid: number, expected: string): Promise<string | undefined> => {
        const end = Date.now() + 5000;
        for (;;) {
            const [program] = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
            if (program === expected || Date.now() > end) {
                return program;
            }
            await sleep(10);
        }
    };

    const identityOf = async (name: string) =>
        parseIdentity(await readFile(join(folder, "processes", `${name}.identity`), "utf8"));

    it("are recorded with the process that they became, and are gone after the stop", async () => {
        await startProcess(folder, { name: "sleeper", command: "sleep", args: ["1000"] });
        const [status] = await processStatuses(folder);
        assert.ok(status?.pid);
        assert.equal(status.healthy, true);
        assert.equal(await becomes(status.pid, "sleep"), "sleep");
        const identity = await identityOf("sleeper");
        await stopProcess(folder, "sleeper");
        assert.equal(await isAlive(identity), false);
        assert.deepEqual(await processStatuses(folder), []);
    });

    it("get nothing of the environment but PATH, HOME and what they are given, and how often Go is to collect garbage", async () => {
        process.env.LAB_TEST_SECRET = "not to be handed on";
        try {
            await startProcess(folder, { name: "sleeper", command: "sleep", args: ["1000"], env: { GIVEN: "yes" } });
        } finally {
            delete process.env.LAB_TEST_SECRET;
        }
        const { pid } = await identityOf("sleeper");
        const names = (await readFile(`/proc/${pid}/environ`, "utf8"))
            .split("\0")
            .filter(Boolean)
            .map((entry) => entry.split("=")[0]);
        assert.deepEqual(names.filter((name) => name !== "PWD" && name !== "OLDPWD").toSorted(), [
            "GIVEN",
            "GOGC",
            "HOME",
            "PATH",
        ]);
    });

    it("are killed when they ignore SIGTERM for longer than their patience", async () => {
        const ready = join(folder, "ready");
        await startProcess(folder, {
            name: "stubborn",
            command: "sh",
            args: ["-c", `trap '' TERM; touch ${ready}; while :; do sleep 0.1; done`],
            stopSeconds: 0.3,
        });
        while (!existsSync(ready)) {
            await sleep(20);
        }
        const identity = await identityOf("stubborn");
        await stopProcess(folder, "stubborn");
        assert.equal(await isAlive(identity), false);
    });

    it("fail to start with the end of their log", async () => {
        await assert.rejects(
            startProcess(folder, {
                name: "broken",
                command: "sh",
                args: ["-c", "echo what went wrong >&2; exit 7"],
                healthCheck: { url: "http://127.0.0.1:1/" },
            }),
            /broken ended with status 7; the end of .*broken\.log:\nwhat went wrong/,
        );
    });

    it("fail to start when they are not healthy in time", async () => {
        await assert.rejects(
            startProcess(folder, {
                name: "silent",
                command: "sleep",
                args: ["1000"],
                healthCheck: { url: "http://127.0.0.1:1/" },
                startSeconds: 0.3,
            }),
            /silent is not healthy after 0\.3 s/,
        );
    });

    it("are ended in the reverse order of their starts", async () => {
        const ends = join(folder, "ends");
        for (const name of ["first", "second", "third"]) {
            const ready = join(folder, name);
            const script = `trap 'echo ${name} >> ${ends}; exit' TERM; touch ${ready}; while :; do sleep 0.05; done`;
            await startProcess(folder, { name, command: "sh", args: ["-c", script] });
            while (!existsSync(ready)) {
                await sleep(20);
            }
        }
        await stopAllProcesses(folder);
        assert.equal(await readFile(ends, "utf8"), "third\nsecond\nfirst\n");
    });

    it("never end a process that got the id of one of theirs", async () => {
        await startProcess(folder, { name: "sleeper", command: "sleep", args: ["1000"] });
        const { pid } = await identityOf("sleeper");
        process.kill(pid, "SIGKILL");
        const stranger = spawn("sleep", ["1000"]);
        assert.ok(stranger.pid);
        try {
            const file = join(folder, "processes", "sleeper.identity");
            const [boot, stat = ""] = (await readFile(file, "utf8")).split("\n");
            await writeFile(file, `${boot}\n${stat.replace(/^\d+/, String(stranger.pid))}\n`);
            await stopProcess(folder, "sleeper");
            assert.equal(stranger.exitCode ?? stranger.signalCode, null);
            assert.equal(
                execFileSync("ps", ["-o", "comm=", "-p", String(stranger.pid)], { encoding: "utf8" }).trim(),
                "sleep",
            );
        } finally {
            stranger.kill("SIGKILL");
            await once(stranger, "exit");
        }
    });

    it("of an earlier boot count as gone even when id and start time fit", async () => {
        await startProcess(folder, { name: "sleeper", command: "sleep", args: ["1000"] });
        const identity = await identityOf("sleeper");
        assert.equal(await isAlive(identity), true);
        assert.equal(await isAlive({ ...identity, bootId: "00000000-0000-0000-0000-000000000000" }), false);
    });

    it("that are not recorded are found by the folder on their command line", async () => {
        const stranger = spawn("tail", ["-f", "/dev/null", join(folder, "some.log")], { stdio: "ignore" });
        try {
            await once(stranger, "spawn");
            const found = await processesNaming(folder);
            assert.deepEqual(
                found.map(({ pid }) => pid),
                [stranger.pid],
            );
        } finally {
            stranger.kill("SIGKILL");
            await once(stranger, "exit");
        }
        assert.deepEqual(await processesNaming(folder), []);
    });
});

describe("a launcher", function () {
    this.timeout(20_000);

    it("that is closed has ended every start under way and begins no other", async () => {
        const folder = await mkdtemp(join(tmpdir(), "lab-launcher-"));
        const launcher = createLauncher(folder);
        const slow = launcher.start({
            name: "slow",
            command: "sleep",
            args: ["1000"],
            healthCheck: { url: "http://127.0.0.1:1/" },
            startSeconds: 0.5,
        });
        const slowResult = assert.rejects(slow, /not healthy/);
        await launcher.close();
        try {
            assert.deepEqual(
                (await processStatuses(folder)).map(({ name }) => name),
                ["slow"],
            );
            await assert.rejects(
                launcher.start({ name: "late", command: "sleep", args: ["1000"] }),
                /late is not started/,
            );
            await slowResult;
        } finally {
            await stopAllProcesses(folder);
            await rm(folder, { recursive: true });
        }
    });
});

describe("identity of a process", () => {
    it("is read although the program's name holds spaces and parentheses", () => {
        const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
        const identity = parseIdentity(`boot\n42 (a ) b (c) ${fields.join(" ")}\n`);
        assert.deepEqual(identity, { bootId: "boot", pid: 42, startTicks: "22" });
    });
});
