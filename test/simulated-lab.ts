// A simulated lab for suites that need an API server, its controllers and no stack. It lies beside the lab that somebody
// may have running, with a folder and ports of its own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "mocha";
import { startCluster, stopCluster } from "../lab/cluster.ts";
import { labEnvironment } from "../lab/environment.ts";

/** Keeps its ports away from those of a lab that runs beside it. */
const portOffset = 500;

interface StartedLab {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
}

let started: Promise<StartedLab> | undefined;

/**
 * The environment in which commands act on it. Whoever asks first starts it; it ends with the run. A suite takes away
 * what it makes there, and undoes what it changes.
 */
export async function simulatedLab(): Promise<Readonly<Record<string, string>>> {
    started ??= start();
    return (await started).environment;
}

after(async () => {
    const lab = await started?.catch(() => undefined);
    if (lab !== undefined) {
        await within(lab.folder, () => stopCluster("simulated"));
        await rm(lab.folder, { recursive: true, force: true });
    }
});

async function start(): Promise<StartedLab> {
    const folder = await mkdtemp(join(tmpdir(), "simulated-lab-"));
    return within(folder, async () => {
        try {
            await startCluster("simulated", { portOffset });
            return { folder, environment: await labEnvironment("simulated") };
        } catch (error) {
            await stopCluster("simulated");
            await rm(folder, { recursive: true, force: true });
            throw error;
        }
    });
}

/** Has the lab's functions look for labs in this folder meanwhile. */
async function within<T>(folder: string, work: () => Promise<T>): Promise<T> {
    const before = process.env.CHATTINGO_LAB_RUN;
    process.env.CHATTINGO_LAB_RUN = folder;
    try {
        return await work();
    } finally {
        if (before === undefined) {
            delete process.env.CHATTINGO_LAB_RUN;
        } else {
            process.env.CHATTINGO_LAB_RUN = before;
        }
    }
}
