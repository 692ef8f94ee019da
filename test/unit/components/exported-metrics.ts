// Every metric that rules and dashboards may name, by what exports it. A test of each exporter of our own, and of the one
// for Elasticsearch, finds its names in what the running exporter answers.

/** Metrics of our own exporters (workloads/elastic-exporter, workloads/s3-uploader). */
export const ownMetrics = {
    "elastic-exporter": [
        "filebeat_up",
        "filebeat_inputs_reported",
        "filebeat_events_total",
        "filebeat_output_events_acked_total",
        "filebeat_output_events_duplicates_total",
        "filebeat_output_events_dead_letter_total",
        "filebeat_output_events_failed_total",
        "filebeat_output_events_dropped_total",
        "filebeat_pipeline_events_published_total",
        "filebeat_pipeline_events_active",
        "filebeat_log_volume_size_bytes",
        "filebeat_log_volume_free_bytes",
        "chattingo_log_canary_found_timestamp_seconds",
        "chattingo_certificate_expiry_timestamp_seconds",
        "chattingo_dead_letter_lines",
        "kibana_up",
        "kibana_figures_reported",
        "kibana_response_time_average_seconds",
        "kibana_response_time_longest_seconds",
    ],
    "s3-uploader": [
        "chattingo_s3_uploader_volume_size_bytes",
        "chattingo_s3_uploader_volume_free_bytes",
        "chattingo_s3_uploader_archives_waiting",
        "chattingo_s3_uploader_oldest_archive_age_seconds",
    ],
} as const;

/** Metrics of elasticsearch_exporter v1.11.0. */
export const elasticsearchMetrics = [
    "elasticsearch_cluster_health_status",
    "elasticsearch_cluster_health_active_shards",
    "elasticsearch_cluster_health_initializing_shards",
    "elasticsearch_cluster_health_relocating_shards",
    "elasticsearch_cluster_health_unassigned_shards",
    "elasticsearch_cluster_health_number_of_data_nodes",
    "elasticsearch_clustersettings_stats_max_shards_per_node",
    "elasticsearch_filesystem_data_available_bytes",
    "elasticsearch_filesystem_data_size_bytes",
    "elasticsearch_indices_settings_stats_read_only_indices",
    "elasticsearch_indices_docs_primary",
    "elasticsearch_indices_store_size_bytes_total",
    "elasticsearch_indices_indexing_index_total",
    "elasticsearch_jvm_memory_used_bytes",
    "elasticsearch_jvm_memory_max_bytes",
    "elasticsearch_jvm_memory_pool_used_bytes",
    "elasticsearch_jvm_memory_pool_max_bytes",
    "elasticsearch_thread_pool_rejected_count",
    "elasticsearch_breakers_tripped",
] as const;

/**
 * Metrics of what every monitored cluster has: Prometheus itself, kube-state-metrics
 * (https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload) and the kubelet
 * (https://kubernetes.io/docs/reference/instrumentation/metrics/).
 */
const clusterMetrics = [
    "up",
    "kube_job_failed",
    "kube_job_owner",
    "kube_job_status_start_time",
    "kube_cronjob_created",
    "kube_cronjob_status_last_successful_time",
    "kube_deployment_status_replicas_available",
    "kube_daemonset_status_number_unavailable",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
];

/** Every metric that there is. */
export const exportedMetrics: ReadonlySet<string> = new Set([
    ...Object.values(ownMetrics).flat(),
    ...elasticsearchMetrics,
    ...clusterMetrics,
]);

/** Names of metrics in an expression: what stands before a selector, a comparison or an end, and is no function or label. */
export function namedMetrics(expression: string): readonly string[] {
    const withoutLabels = expression
        .replaceAll(/"[^"]*"/g, '""')
        .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
        .replaceAll(/\{[^}]*\}/g, "")
        .replaceAll(/\[[^\]]*\]/g, "")
        .replaceAll(/\boffset\s+\w+/g, " ");
    const words = withoutLabels.match(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g) ?? [];
    const operators = new Set(["and", "or", "unless", "bool"]);
    return words.filter((word) => !operators.has(word) && !new RegExp(`${word}\\s*\\(`).test(withoutLabels));
}
