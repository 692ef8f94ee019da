// When Elasticsearch runs out of room: disk, shards, heap. It stays green or yellow until it takes no more lines, so the
// cluster's health alone calls nobody in time.

import { alert, inNamespace, type UnlabelledAlert } from "./alert-rule.ts";

const gibibyte = 1024 ** 3;

/** A share of a node's volume, or so many bytes of it where that is less. */
interface FreeSpace {
    readonly share: number;
    readonly gibibytes: number;
}

/** One of Elasticsearch's watermarks. */
interface Watermark {
    /** What must be free: less, and Elasticsearch does what the watermark is for. */
    readonly free: FreeSpace;
    /** Below this somebody is called: a third more or so, which is the time left to act. */
    readonly warnBelow: FreeSpace;
}

/**
 * Elasticsearch's own watermarks, which this system leaves as they are
 * (https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/cluster-level-shard-allocation-routing-settings#disk-based-shard-allocation).
 */
export const diskWatermarks = {
    low: { free: { share: 0.15, gibibytes: 200 }, warnBelow: { share: 0.2, gibibytes: 270 } },
    high: { free: { share: 0.1, gibibytes: 150 }, warnBelow: { share: 0.13, gibibytes: 200 } },
    flood_stage: { free: { share: 0.05, gibibytes: 100 }, warnBelow: { share: 0.07, gibibytes: 140 } },
} as const satisfies Readonly<Record<string, Watermark>>;

const freeBytes = `elasticsearch_filesystem_data_available_bytes{${inNamespace}}`;
const sizeBytes = `elasticsearch_filesystem_data_size_bytes{${inNamespace}}`;

/** Metrics of which Elasticsearch's exporter shows all or, where it may not ask for them, none. */
export const capacityMetrics = [
    "elasticsearch_filesystem_data_size_bytes",
    "elasticsearch_indices_settings_stats_read_only_indices",
    "elasticsearch_clustersettings_stats_max_shards_per_node",
] as const;

/** Share of the shards that the cluster takes, copies among them, that it has or would have if all were assigned. */
export function shardUse(selector: string): string {
    const health = (metric: string) => `elasticsearch_cluster_health_${metric}{${selector}}`;
    const open = ["active_shards", "initializing_shards", "unassigned_shards"].map(
        (metric) => `max(${health(metric)})`,
    );
    return `(${open.join(" + ")}) / (max(elasticsearch_clustersettings_stats_max_shards_per_node{${selector}}) * max(${health("number_of_data_nodes")}))`;
}

/** Share of the old generation of each node's heap that is in use: what stays there is what garbage collection can't free. */
export function heapPressure(selector: string): string {
    return `elasticsearch_jvm_memory_pool_used_bytes{${selector},pool="old"} / elasticsearch_jvm_memory_pool_max_bytes{${selector},pool="old"}`;
}

/** Pools of threads that write; the second is there from Elasticsearch 9.1 on. */
const writePools = 'type=~"write|write_coordination"';
/** Circuit breakers that refuse a write; the others refuse searches. */
const writeBreakers = 'breaker=~"parent|inflight_requests"';

/** Writes that Elasticsearch refuses, by a function of a counter's range such as `rate`, by node and by who refuses. */
export function rejectedWrites(selector: string, over: "rate" | "increase", range: string): readonly string[] {
    return [
        `${over}(elasticsearch_thread_pool_rejected_count{${selector},${writePools}}[${range}])`,
        `${over}(elasticsearch_breakers_tripped{${selector},${writeBreakers}}[${range}])`,
    ];
}

/** Every alert about the room that Elasticsearch has left. */
export const searchAlerts: readonly UnlabelledAlert[] = [
    alert("ElasticsearchDiskLow", {
        expr: hasLessThan(diskWatermarks.low.warnBelow),
        for: "15m",
        severity: "warning",
        summary: "Elasticsearch's node {{ $labels.name }} has {{ $value | humanize1024 }}B of disk left",
        description:
            "Below 15% free (the low watermark) Elasticsearch puts no more copies of shards on it, and the cluster turns yellow.",
    }),
    alert("ElasticsearchDiskHigh", {
        expr: hasLessThan(diskWatermarks.high.warnBelow),
        for: "10m",
        severity: "warning",
        summary: "Elasticsearch's node {{ $labels.name }} has only {{ $value | humanize1024 }}B of disk left",
        description:
            "Below 10% free (the high watermark) Elasticsearch moves shards away from it and makes no new index on it.",
    }),
    alert("ElasticsearchDiskFloodStage", {
        expr: hasLessThan(diskWatermarks.flood_stage.warnBelow),
        for: "5m",
        severity: "critical",
        summary: "Elasticsearch's node {{ $labels.name }} is nearly full: {{ $value | humanize1024 }}B are left",
        description:
            "Below 5% free (the flood stage) Elasticsearch takes no more lines into any index that has a shard on it.",
    }),
    alert("ElasticsearchIndicesReadOnly", {
        expr: `max(elasticsearch_indices_settings_stats_read_only_indices{${inNamespace}}) > 0`,
        for: "1m",
        severity: "critical",
        summary: "{{ $value }} indices of Elasticsearch take no lines, because a disk is full",
        description:
            "A node passed the flood stage. Lines wait in their files, and are not lost while disks have room.",
    }),
    alert("ElasticsearchShardsUnassigned", {
        expr: `max(elasticsearch_cluster_health_unassigned_shards{${inNamespace}}) > 0`,
        for: "30m",
        severity: "warning",
        summary: "{{ $value }} shards of Elasticsearch are on no node",
        description: "For half an hour they could not be searched, or had fewer copies than they should.",
    }),
    alert("ElasticsearchShardsNearLimit", {
        expr: `${shardUse(inNamespace)} > 0.8`,
        for: "15m",
        severity: "warning",
        summary: "Elasticsearch has {{ $value | humanizePercentage }} of the shards that it takes",
        description: "At 100% no index can be made any more, and lines of a new day or category wait.",
    }),
    alert("ElasticsearchHeapHigh", {
        expr: `${heapPressure(inNamespace)} > 0.85`,
        for: "15m",
        severity: "warning",
        summary: "The heap of Elasticsearch's node {{ $labels.name }} is {{ $value | humanizePercentage }} full",
        description: "Garbage collection frees no more than that; soon requests are refused, or the node ends.",
    }),
    alert("ElasticsearchWritesRejected", {
        expr: rejectedWrites(inNamespace, "increase", "5m")
            .map((increase) => `${increase} > 0`)
            .join(" or "),
        for: "10m",
        severity: "warning",
        summary: "Elasticsearch's node {{ $labels.name }} refuses writes",
        description: "For ten minutes it refused some. Filebeat sends them again; search falls behind.",
    }),
];

function hasLessThan({ share, gibibytes }: FreeSpace): string {
    return `${freeBytes} < clamp_max(${sizeBytes} * ${share}, ${gibibytes * gibibyte})`;
}
