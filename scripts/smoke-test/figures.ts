// Whether each part tells its figures: an image that tells others, or asks for another login, shows here.

import type { Finding, RunningStack } from "./running-stack.ts";

const ofFilebeat = ["filebeat_up", "filebeat_inputs_reported"];
const ofKibana = ["kibana_up", "kibana_figures_reported", "kibana_resident_memory_bytes", "kibana_interval_seconds"];

/** Reads the exporters beside Filebeat and Kibana. */
export async function figures(stack: RunningStack): Promise<Finding> {
    const missing: string[] = [];
    let read = 0;
    for (const [app, names] of [
        ["filebeat", ofFilebeat],
        ["kibana", ofKibana],
    ] as const) {
        const pods = await stack.pods(app);
        if (pods.length === 0) {
            missing.push(`there is no pod of ${app}`);
        }
        for (const { metadata } of pods) {
            const found = await stack.metrics(metadata.name);
            missing.push(...names.filter((name) => !found[name]).map((name) => `${metadata.name}: ${name}`));
            read++;
        }
    }
    return {
        passed: missing.length === 0,
        text: missing.length === 0 ? `${read} pods tell theirs` : `missing or 0: ${missing.join(", ")}`,
    };
}
