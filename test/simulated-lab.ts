// A simulated lab for suites that need an API server, its controllers and no stack. It lies beside the lab that somebody
// may have running, with a folder and ports of its own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, stopCluster } from "../lab/cluster.ts";
import { labEnvironment } from "../lab/environment.ts";
import { sharedBySuites } from "./shared-by-suites.ts";

/** Keeps its ports away from those of a lab that runs beside it. */
const portOffset = 500;

interface StartedLab {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
}

const lab = sharedBySuites(start, stop);

/**
 * The environment in which commands act on it. A suite takes away what it makes there, and undoes what it changes.
 */
export async function simulatedLab(): Promise<Readonly<Record<string, string>>> {
    return (await lab()).environment;
}

async function start(): Promise<StartedLab> {
    const folder = await mkdtemp(join(tmpdir(), "simulated-lab-"));
    try {
        return await within(folder, async () => {
            await startCluster("simulated", { portOffset });
            return { folder, environment: await labEnvironment("simulated") };
        });
    } catch (error) {
        await stop({ folder });
        throw error;
    }
}

async function stop({ folder }: Pick<StartedLab, "folder">): Promise<void> {
    await within(folder, () => stopCluster("simulated"));
    await rm(folder, { recursive: true, force: true });
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
