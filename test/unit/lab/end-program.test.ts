// The end of a program that a test started.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { endProgram } from "../../../lab/end-program.ts";

/** A shell that says when it is ready, and then waits for what nobody writes. */
async function waiting(first: string) {
    const child = spawn("/bin/sh", ["-c", `${first}; echo ready; read -r nothing`]);
    await once(child.stdout, "data");
    return child;
}

describe("The end of a program", () => {
    it("is asked for, and what has ended is left alone", async () => {
        const child = await waiting(":");
        await endProgram(child);
        assert.equal(child.signalCode, "SIGTERM");
        await endProgram(child);
    });

    it("is forced when it does not come", async () => {
        const child = await waiting('trap "" TERM');
        await endProgram(child, 0.1);
        assert.equal(child.signalCode, "SIGKILL");
    });
});
