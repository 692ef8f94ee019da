// One command at a time works on a lab.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../../lab/cluster-lock.ts";

describe("the lock of a lab", function () {
    this.timeout(20_000);

    let folder: string;
    let file: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "lab-lock-"));
        file = join(folder, "below", "lab.lock");
    });

    afterEach(() => rm(folder, { recursive: true }));

    it("is refused while held, with the holder's purpose and process, and free afterwards", async () => {
        const result = await withLock(file, "the first command", async () => {
            await assert.rejects(
                withLock(file, "the second command", async () => undefined),
                new RegExp(`the first command \\(process ${process.pid}\\) is at work`),
            );
            return "done";
        });
        assert.equal(result, "done");
        assert.equal(await withLock(file, "the third command", async () => "again"), "again");
    });

    it("is given back when the work fails", async () => {
        await assert.rejects(
            withLock(file, "one that fails", async () => {
                throw new Error("broken");
            }),
            /^Error: broken$/,
        );
        assert.equal(await withLock(file, "the next", async () => "fine"), "fine");
    });

    it("is given back when the holder is killed", async () => {
        const program = `
            import { withLock } from ${JSON.stringify(join(import.meta.dirname, "../../../lab/cluster-lock.ts"))};
            await withLock(process.argv[1], "one that is killed", () => {
                console.log("held");
                return new Promise((resolve) => setTimeout(resolve, 60_000));
            });`;
        const holder = spawn(process.execPath, ["--input-type=module", "-e", program, file], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        await once(holder.stdout, "data");
        await assert.rejects(
            withLock(file, "too early", async () => undefined),
            /one that is killed/,
        );
        holder.kill("SIGKILL");
        await once(holder, "exit");
        for (const deadline = Date.now() + 5000; ; ) {
            try {
                assert.equal(await withLock(file, "the next", async () => "fine"), "fine");
                break;
            } catch (error) {
                if (Date.now() > deadline) {
                    throw error;
                }
            }
        }
    });
});
