// The two dashboards, as Grafana's sidecar loads them from ConfigMaps with the label `grafana_dashboard`.

import type { DashboardArgs } from "./dashboard-parts.ts";
import { elkStack } from "./elk-stack-dashboard.ts";
import { logsOverview } from "./logs-overview-dashboard.ts";

/** A dashboard by the name of its file, which is its uid too. */
export interface Dashboard {
    readonly name: string;
    /** As Grafana imports it. */
    readonly json: string;
}

/** Both dashboards. */
export function dashboards(args: DashboardArgs): readonly Dashboard[] {
    return Object.entries({ "chattingo-logs-overview": logsOverview, "chattingo-elk-stack": elkStack }).map(
        ([name, build]) => ({ name, json: `${JSON.stringify(build(name, args).build(), null, 1)}\n` }),
    );
}
