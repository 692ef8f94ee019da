// The node that two runs share.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
    isGuest,
    type NodeRole,
    openToGuest,
    sayEnded,
    sharingEnvironment,
    untilGuestHasLeft,
    untilOpenToGuest,
} from "../node-sharing.ts";

describe("a node that two runs share", () => {
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "node-sharing-"));
    });

    afterEach(() => {
        for (const name of Object.keys(sharingEnvironment("host", folder))) {
            delete process.env[name];
        }
        rmSync(folder, { recursive: true });
    });

    const become = (role: NodeRole) => Object.assign(process.env, sharingEnvironment(role, folder));

    /** Whether something is still waited for after a while. */
    const waits = (something: Promise<unknown>) => Promise.race([something.then(() => false), delay(500, true)]);

    it("lets its guest in when the host has opened it, and not before", async () => {
        become("guest");
        const isOpen = untilOpenToGuest();
        assert.equal(await waits(isOpen), true);
        become("host");
        openToGuest();
        assert.equal(await isOpen, true);
    });

    it("is not waited for when its host has ended without one", async () => {
        become("guest");
        const isOpen = untilOpenToGuest();
        sayEnded("host", folder);
        assert.equal(await isOpen, false);
    });

    it("is kept by its host until the guest has left, and is closed then", async () => {
        become("host");
        openToGuest();
        const hasLeft = untilGuestHasLeft();
        assert.equal(await waits(hasLeft), true);
        sayEnded("guest", folder);
        await hasLeft;
        sayEnded("host", folder);
        become("guest");
        assert.equal(await untilOpenToGuest(), false);
    });

    it("is nobody's but of a run that is told nothing", async () => {
        assert.equal(isGuest(), false);
        assert.equal(await untilOpenToGuest(), false);
        await untilGuestHasLeft();
    });
});
