// When the system calls for a person: the alerts, and the rates that both alerts and dashboards read. Every condition is
// written so that a metric that is missing does not look like a healthy system.

import { namespaceName } from "../labels.ts";
import {
    type AlertRule,
    alert,
    inNamespace,
    type RecordingRule,
    type RuleGroup,
    type UnlabelledAlert,
} from "./alert-rule.ts";
import { capacityMetrics, searchAlerts } from "./search-alerts.ts";

const ofRotation = `${inNamespace},owner_kind="CronJob",owner_name="log-rotation"`;
const rotationCronJob = `${inNamespace},cronjob="log-rotation"`;

/**
 * Seconds after which a canary's line is late: one is written each minute, read within ten seconds, and found at the next
 * refresh of its index; the rest is room for a busy hour, and for one line that is lost with its process.
 */
export const canaryBoundSeconds = 180;
/** Days before its end by which a certificate is renewed where all is well. */
export const certificateBoundDays = 21;
const canaryFound = `chattingo_log_canary_found_timestamp_seconds{${inNamespace}}`;
const filebeatUp = `up{${inNamespace},job="filebeat"}`;

/** Names of the recorded rates. */
export const recorded = {
    /** Events a second, by stack and category. */
    eventsPerSecond: "chattingo:filebeat_events:rate5m",
    /** Share of each log or archive volume that is in use, 0 to 1, by node or uploader and volume. */
    volumeUse: "chattingo:volume_use:ratio",
} as const;

const recordingRules: readonly RecordingRule[] = [
    {
        record: recorded.eventsPerSecond,
        expr: `sum by (namespace, stack, category) (rate(filebeat_events_total{${inNamespace}}[5m]))`,
    },
    {
        record: recorded.volumeUse,
        expr: [
            `1 - chattingo_s3_uploader_volume_free_bytes{${inNamespace}} / chattingo_s3_uploader_volume_size_bytes{${inNamespace}}`,
            `label_replace(1 - filebeat_log_volume_free_bytes{${inNamespace}} / filebeat_log_volume_size_bytes{${inNamespace}}, "volume", "log", "", "")`,
        ].join(" or "),
    },
];

/** The alerts that the contract names. */
const contractAlerts: readonly UnlabelledAlert[] = [
    alert("ElasticsearchClusterDown", {
        // Without an answer of Elasticsearch the exporter shows no health at all.
        expr: `(max(elasticsearch_cluster_health_status{${inNamespace},color="red"}) or vector(1)) == 1`,
        for: "5m",
        severity: "critical",
        summary: "Elasticsearch is red or does not report",
        description:
            "Lines wait in their files and can't be searched. Nothing is lost while the nodes' disks have room.",
    }),
    alert("HighErrorRate", {
        expr: `sum(rate(filebeat_events_total{${inNamespace},category="error"}[2m])) > 10`,
        for: "2m",
        severity: "warning",
        summary: "The application logs {{ $value | humanize }} errors a second",
        description: "More than 10 lines a second were written to the error log for two minutes.",
    }),
    alert("LogVolumeSpike", {
        expr: `sum(${recorded.eventsPerSecond}) > 1000`,
        for: "5m",
        severity: "warning",
        summary: "{{ $value | humanize }} lines a second are logged",
        description: "More than 1000 lines a second for five minutes fill disks sooner than they were sized for.",
    }),
    alert("LogRotationFailed", {
        expr: [
            // A run that failed counts until a later one has succeeded.
            `max(kube_job_status_start_time{${inNamespace}} and on (namespace, job_name) (kube_job_failed{${inNamespace},condition="true"} == 1) and on (namespace, job_name) kube_job_owner{${ofRotation}}) > (max(kube_cronjob_status_last_successful_time{${rotationCronJob}}) or vector(0))`,
            // Before the first success the time runs from when the CronJob was made; without either nobody is watching.
            `time() - (max(kube_cronjob_status_last_successful_time{${rotationCronJob}}) or max(kube_cronjob_created{${rotationCronJob}}) or vector(0)) > 3 * 3600`,
        ].join(" or "),
        for: "1m",
        severity: "warning",
        summary: "Log rotation failed, or has not succeeded for 3 hours",
        description: "The nodes' disks fill with lines that are in no archive yet.",
    }),
    alert("S3UploaderDown", {
        expr: `(max(kube_deployment_status_replicas_available{${inNamespace},deployment="s3-uploader"}) or vector(0)) < 1`,
        for: "2m",
        severity: "warning",
        summary: "No uploader is available",
        description: "Archives stay on the archive volume until one is.",
    }),
    alert("LogDiskSpaceHigh", {
        expr: `${recorded.volumeUse} > 0.8`,
        for: "5m",
        severity: "warning",
        summary: "A log or archive volume is {{ $value | humanizePercentage }} full",
        description: "Volume {{ $labels.volume }} as seen by {{ $labels.pod }}.",
    }),
];

/** What else a person has to know before it hurts. */
const operatorAlerts: readonly UnlabelledAlert[] = [
    alert("S3UploadsLate", {
        // Archives are made every hour and uploaded every two.
        expr: `max(chattingo_s3_uploader_oldest_archive_age_seconds{${inNamespace}}) > 5 * 3600`,
        for: "10m",
        severity: "warning",
        summary: "An archive has waited {{ $value | humanizeDuration }} for its upload",
        description: "Two uploads were due since. The uploader's log and its failure metric name the reason.",
    }),
    alert("LeavingNodesNotRotated", {
        expr: `(max(kube_daemonset_status_number_unavailable{${inNamespace},daemonset="log-rotation-leaving"}) or vector(1)) > 0`,
        // A node that starts or drains has none for some minutes.
        for: "30m",
        severity: "warning",
        summary: "Nobody waits for the end of some nodes",
        description: "When one of them goes, its lines go without an archive that had none by the hourly rotation.",
    }),
    alert("FilebeatNotAcknowledged", {
        // What was there already and what goes to the dead letter stream has left Filebeat too.
        expr: `filebeat_pipeline_events_active{${inNamespace}} > 0 and ${["acked", "duplicates", "dead_letter"].map((count) => `rate(filebeat_output_events_${count}_total{${inNamespace}}[10m])`).join(" + ")} == 0`,
        for: "10m",
        severity: "warning",
        summary: "Filebeat on {{ $labels.pod }} has lines that Elasticsearch does not take",
        description: "For ten minutes it had events in its queue, and none was acknowledged.",
    }),
    alert("FilebeatEventsDropped", {
        expr: `increase(filebeat_output_events_dropped_total{${inNamespace}}[15m]) > 0`,
        for: "0m",
        severity: "critical",
        summary: "Filebeat on {{ $labels.pod }} gave up lines",
        description: "They are not in Elasticsearch. They are in their file, or in the archive.",
    }),
    alert("FilebeatLinesRefused", {
        // By category, which the dead letter stream tells; by pod, as Filebeat counts them, while nobody can ask it.
        expr: `max by (namespace, category) (chattingo_dead_letter_lines{${inNamespace}}) > 0 or on (namespace) increase(filebeat_output_events_dead_letter_total{${inNamespace}}[15m]) > 0`,
        for: "0m",
        severity: "warning",
        summary:
            "Elasticsearch refused {{ $value | humanize }} lines of {{ with $labels.category }}the category {{ . }}{{ else }}{{ $labels.pod }}{{ end }}",
        description: "They are in the dead letter stream, whole, each with its reason, and not in their category's.",
    }),
    alert("LogCanaryLate", {
        expr: [
            `time() - ${canaryFound} > ${canaryBoundSeconds}`,
            // A Filebeat whose canary tells nothing, and no Filebeat at all.
            `${filebeatUp} unless on (namespace, pod) ${canaryFound}`,
            `absent(${filebeatUp})`,
        ].join(" or "),
        for: "2m",
        severity: "warning",
        summary:
            "Lines of {{ with $labels.node }}node {{ . }}{{ else }}{{ $labels.pod }}{{ end }} do not come into search",
        description: `The canary writes a line each minute. For two minutes the newest that search finds was older than ${canaryBoundSeconds} seconds, or nobody could tell.`,
    }),
    alert("CertificateEnds", {
        // cert-manager renews Elasticsearch's certificate 30 days before its end (components/search-certificates.ts).
        expr: `min by (namespace, server) (chattingo_certificate_expiry_timestamp_seconds{${inNamespace}}) - time() < ${certificateBoundDays} * 24 * 3600`,
        for: "10m",
        severity: "warning",
        summary:
            "The certificate of {{ $labels.server }} {{ if lt $value 0.0 }}has ended{{ else }}ends in {{ $value | humanizeDuration }}{{ end }}",
        description:
            "Nobody has renewed it. When it has ended, programs refuse to talk: lines wait in their files, and search stands still.",
    }),
    alert("VolumeFullInFourDays", {
        expr: `predict_linear(kubelet_volume_stats_available_bytes{${inNamespace}}[6h], 4 * 24 * 3600) < 0 and kubelet_volume_stats_available_bytes{${inNamespace}} / kubelet_volume_stats_capacity_bytes{${inNamespace}} < 0.4`,
        for: "1h",
        severity: "warning",
        summary: "The volume of {{ $labels.persistentvolumeclaim }} will be full within four days",
        description: "It has less than 40% free, and loses it at a rate that leaves none in four days.",
    }),
    alert("ElasticSetupFailed", {
        expr: `max(kube_job_failed{${inNamespace},condition="true",job_name="elastic-setup"}) == 1`,
        for: "1m",
        severity: "warning",
        summary: "Templates, policies and data views were not made",
        description: "The log of the Job elastic-setup names the object and the answer.",
    }),
    alert("LoggingMetricsMissing", {
        expr: [
            ...["elasticsearch-exporter", "filebeat", "kibana", "s3-uploader"].map(
                (job) => `label_replace(absent(up{${inNamespace},job="${job}"} == 1), "part", "${job}", "", "")`,
            ),
            `label_replace(filebeat_up{${inNamespace}} == 0 or filebeat_inputs_reported{${inNamespace}} == 0, "part", "filebeat", "", "")`,
            `label_replace(kibana_up{${inNamespace}} == 0 or kibana_figures_reported{${inNamespace}} == 0, "part", "kibana", "", "")`,
            // An exporter that reads the cluster's health and not what the alerts about room in it are about.
            ...capacityMetrics.map(
                (metric) =>
                    `label_replace(count(elasticsearch_cluster_health_status{${inNamespace}}) unless on () ${metric}{${inNamespace}}, "part", "elasticsearch-exporter", "", "")`,
            ),
        ].join(" or "),
        for: "10m",
        severity: "warning",
        summary: "There are no metrics of {{ $labels.part }}",
        description: "Its alerts can't fire while nobody can see it.",
    }),
];

/**
 * All rules of the system.
 *
 * @param stack becomes a label of every alert, as the namespace does: whatever a condition aggregates away or finds
 * absent, an AlertmanagerConfig of the namespace matches, and one stack's alert is not taken for another's
 */
export function ruleGroups(stack: string): readonly RuleGroup[] {
    const alerts: readonly AlertRule[] = [...contractAlerts, ...searchAlerts, ...operatorAlerts].map((rule) => ({
        ...rule,
        labels: { ...rule.labels, namespace: namespaceName, stack },
    }));
    return [
        { name: "chattingo-logging.rates", rules: recordingRules },
        { name: "chattingo-logging.alerts", rules: alerts },
    ];
}
