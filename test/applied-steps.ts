// What `pulumi up` did to each resource, from the engine itself: its event log tells the steps as they were carried out.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesAmong, type EngineStep, type LabStack, type PreviewStep, pulumi } from "../scripts/lab-stack.ts";

/** https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/pulumi/automation/interfaces/EngineEvent.html */
interface EngineEvent {
    readonly resourcePreEvent?: { readonly metadata: EngineStep };
    readonly summaryEvent?: object;
}

/**
 * Runs `pulumi up` and returns the steps that changed something.
 *
 * @throws RunError with the CLI's last lines when it fails, and an error when the log does not go to the end
 */
export async function appliedSteps(stack: LabStack): Promise<readonly PreviewStep[]> {
    const folder = await mkdtemp(join(tmpdir(), "applied-steps-"));
    try {
        const file = join(folder, "events.json");
        await pulumi(stack, ["up", "--yes", "--skip-preview", "--event-log", file], {
            // The CLI has the option only where somebody asks for those of its developers, as its Automation API does.
            environment: { PULUMI_DEBUG_COMMANDS: "true" },
        });
        return stepsIn(await readFile(file, "utf8"));
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** The steps of an event log, a JSON object a line. */
export function stepsIn(log: string): readonly PreviewStep[] {
    const events = log
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as EngineEvent);
    if (!events.some(({ summaryEvent }) => summaryEvent !== undefined)) {
        throw new Error("the event log ends before the engine has summed up what it did");
    }
    return changesAmong(events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []));
}
