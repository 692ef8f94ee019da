// How much memory Kibana takes in its first use: from 9.4 on some 600 MB of heap to start, and more with each page
// (https://github.com/elastic/cloud-on-k8s/issues/9239).

import { setTimeout as delay } from "node:timers/promises";
import { quantityValue } from "../../formats/quantity.ts";
import type { Finding, RunningStack } from "./running-stack.ts";

/** Seconds between two looks. */
const pause = 15;

/** Share of the limit beyond which the next larger page may be one too many. */
const bound = 0.9;

const mebibyte = 2 ** 20;

/** What the container uses without what the kernel can take back, as the kubelet counts it; for cgroup v2 and v1. */
const workingSet = `
if [ -f /sys/fs/cgroup/memory.current ]
then folder=/sys/fs/cgroup; used=memory.current; name=inactive_file
else folder=/sys/fs/cgroup/memory; used=memory.usage_in_bytes; name=total_inactive_file
fi
cat "$folder/$used"
grep "^$name " "$folder/memory.stat"
`;

/** Looks at Kibana's memory for so long, and at whether it is started again meanwhile. */
export async function kibanaMemory(stack: RunningStack, minutes: number): Promise<Finding> {
    const restarts = async () => {
        const [pod] = await stack.pods("kibana");
        const status = pod?.status?.containerStatuses?.find(({ name }) => name === "kibana");
        return `${pod?.metadata.name} ${status?.restartCount}`;
    };
    const [before, end] = [await restarts(), Date.now() + minutes * 60_000];
    let peak = 0;
    do {
        const text = await stack.kubectl(["exec", "deployment/kibana", "-c", "kibana", "--", "sh", "-c", workingSet]);
        const [used = 0, inactive = 0] = text.split("\n").map((line) => Number(line.split(" ").at(-1)));
        peak = Math.max(peak, used - inactive);
        await delay(Math.min(pause * 1000, Math.max(end - Date.now(), 0)));
    } while (Date.now() < end);
    const limit = quantityValue(stack.settings.kibana.memory) ?? 0;
    const text = `${Math.round(peak / mebibyte)} MiB of ${Math.round(limit / mebibyte)} at most in ${minutes} minutes`;
    const after = await restarts();
    if (after !== before) {
        return { passed: false, text: `${text}, and it was started again: ${before}, then ${after}` };
    }
    return { passed: peak > 0 && peak < bound * limit, text: `${text} (bound: ${bound * 100}%)` };
}
