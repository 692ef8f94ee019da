// The rules as Prometheus itself judges them: firing, not firing, at the boundary, and with their metrics absent.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlertRule } from "../../../components/monitoring/alert-rule.ts";
import { ruleGroups } from "../../../components/monitoring/alerts.ts";
import { installDebianPackages } from "../../../lab/tools/debian-packages.ts";

/** Series by selector, in promtool's notation: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
type Series = Readonly<Record<string, string>>;

interface Case {
    readonly alert: string;
    readonly when: string;
    readonly series: Series;
    /** Minutes after the first sample. */
    readonly at: number;
    readonly fires: boolean;
}

const ns = 'namespace="chattingo"';
const health = (color: string) => `elasticsearch_cluster_health_status{${ns},color="${color}"}`;
const events = (category: string) => `filebeat_events_total{${ns},category="${category}",pod="filebeat-a"}`;
const owner = (job: string) => `kube_job_owner{${ns},job_name="${job}",owner_kind="CronJob",owner_name="log-rotation"}`;
const failed = (job: string) => `kube_job_failed{${ns},job_name="${job}",condition="true"}`;
const started = (job: string) => `kube_job_status_start_time{${ns},job_name="${job}"}`;
const lastSuccess = `kube_cronjob_status_last_successful_time{${ns},cronjob="log-rotation"}`;
const created = `kube_cronjob_created{${ns},cronjob="log-rotation"}`;
const replicas = `kube_deployment_status_replicas_available{${ns},deployment="s3-uploader"}`;
const leavingUnavailable = `kube_daemonset_status_number_unavailable{${ns},daemonset="log-rotation-leaving"}`;
const volume = (kind: string) =>
    `chattingo_s3_uploader_volume_${kind}_bytes{${ns},volume="archive",pod="s3-uploader-a"}`;
const nodeVolume = (kind: string) => `filebeat_log_volume_${kind}_bytes{${ns},pod="filebeat-a"}`;
const oldest = `chattingo_s3_uploader_oldest_archive_age_seconds{${ns}}`;
const filebeat = (metric: string) => `filebeat_${metric}{${ns},pod="filebeat-a"}`;
const deadLetters = (category: string) => `chattingo_dead_letter_lines{${ns},category="${category}",pod="kibana-a"}`;
const canary = (pod: string) =>
    `chattingo_log_canary_found_timestamp_seconds{${ns},node="node-${pod}",pod="filebeat-${pod}"}`;
const filebeatPod = (pod: string) => `up{${ns},job="filebeat",pod="filebeat-${pod}"}`;
const certificateEnd = (pod: string) =>
    `chattingo_certificate_expiry_timestamp_seconds{${ns},server="elasticsearch",pod="filebeat-${pod}"}`;
const day = 24 * 3600;
const claim = (kind: string) =>
    `kubelet_volume_stats_${kind}_bytes{${ns},persistentvolumeclaim="data-elasticsearch-0"}`;
const up = (job: string) => `up{${ns},job="${job}"}`;
const allUp: Series = Object.fromEntries(
    ["elasticsearch-exporter", "filebeat", "kibana", "s3-uploader"].map((job) => [up(job), "1x300"]),
);
const disk = (kind: string) => `elasticsearch_filesystem_data_${kind}_bytes{${ns},name="elasticsearch-0"}`;
/** A disk of 1000 bytes, or so many times as large, of which so many are available. */
const diskWith = (available: number, size = 1000): Series => ({
    [disk("size")]: `${size}x300`,
    [disk("available")]: `${available}x300`,
});
const gibibyte = 1024 ** 3;
const readOnlyIndices = `elasticsearch_indices_settings_stats_read_only_indices{${ns}}`;
const shards = (state: string) => `elasticsearch_cluster_health_${state}_shards{${ns}}`;
/** A cluster of three nodes with room for 3000 shards. */
const shardCounts = (active: number, initializing: number, unassigned: number): Series => ({
    [shards("active")]: `${active}x300`,
    [shards("initializing")]: `${initializing}x300`,
    [shards("unassigned")]: `${unassigned}x300`,
    [`elasticsearch_cluster_health_number_of_data_nodes{${ns}}`]: "3x300",
    [`elasticsearch_clustersettings_stats_max_shards_per_node{${ns}}`]: "1000x300",
});
const heap = (kind: string, pool = "old") =>
    `elasticsearch_jvm_memory_pool_${kind}_bytes{${ns},name="elasticsearch-0",pool="${pool}"}`;
const rejected = (type: string) =>
    `elasticsearch_thread_pool_rejected_count{${ns},name="elasticsearch-0",type="${type}"}`;
const tripped = (breaker: string) =>
    `elasticsearch_breakers_tripped{${ns},name="elasticsearch-0",breaker="${breaker}"}`;
/** What the exporter shows of the room in a cluster that is well. */
const capacity: Series = {
    [health("red")]: "0x300",
    [disk("size")]: "1000x300",
    [readOnlyIndices]: "0x300",
    [`elasticsearch_clustersettings_stats_max_shards_per_node{${ns}}`]: "1000x300",
};
/** A counter, scraped each minute, that grows by so much a second. */
const growing = (perSecond: number) => `0+${perSecond * 60}x300`;

/** What has left a Filebeat for Elasticsearch; counts that are not given stand still. */
const sent = (counts: Readonly<Record<string, string>>): Series =>
    Object.fromEntries(
        ["acked", "duplicates", "dead_letter"].map((count) => [
            filebeat(`output_events_${count}_total`),
            counts[count] ?? "700x300",
        ]),
    );

const cases: readonly Case[] = [
    {
        alert: "ElasticsearchClusterDown",
        when: "red for six minutes",
        series: { [health("red")]: "1x300" },
        at: 6,
        fires: true,
    },
    {
        alert: "ElasticsearchClusterDown",
        when: "red for four minutes",
        series: { [health("red")]: "1x300" },
        at: 4,
        fires: false,
    },
    { alert: "ElasticsearchClusterDown", when: "not red", series: { [health("red")]: "0x300" }, at: 30, fires: false },
    {
        alert: "ElasticsearchClusterDown",
        when: "red, and then silent",
        series: { [health("red")]: "0 1 1 1 stale" },
        at: 8,
        fires: true,
    },
    { alert: "ElasticsearchClusterDown", when: "nobody reports", series: {}, at: 6, fires: true },

    {
        alert: "HighErrorRate",
        when: "11 errors a second",
        series: { [events("error")]: growing(11) },
        at: 10,
        fires: true,
    },
    {
        alert: "HighErrorRate",
        when: "10 errors a second",
        series: { [events("error")]: growing(10) },
        at: 10,
        fires: false,
    },
    {
        alert: "HighErrorRate",
        when: "20 lines a second of another category",
        series: { [events("chat")]: growing(20) },
        at: 10,
        fires: false,
    },
    { alert: "HighErrorRate", when: "there are no events", series: {}, at: 10, fires: false },

    {
        alert: "LogVolumeSpike",
        when: "1100 lines a second in two categories",
        series: { [events("chat")]: growing(600), [events("error")]: growing(500) },
        at: 20,
        fires: true,
    },
    {
        alert: "LogVolumeSpike",
        when: "999 lines a second",
        series: { [events("chat")]: growing(999) },
        at: 20,
        fires: false,
    },
    { alert: "LogVolumeSpike", when: "there are no events", series: {}, at: 20, fires: false },

    {
        alert: "LogRotationFailed",
        when: "a run failed after the last success",
        series: {
            [owner("log-rotation-2")]: "1x300",
            [failed("log-rotation-2")]: "1x300",
            [started("log-rotation-2")]: "600x300",
            [lastSuccess]: "300x300",
            [created]: "0x300",
        },
        at: 15,
        fires: true,
    },
    {
        alert: "LogRotationFailed",
        when: "a later run has succeeded",
        series: {
            [owner("log-rotation-2")]: "1x300",
            [failed("log-rotation-2")]: "1x300",
            [started("log-rotation-2")]: "600x300",
            [lastSuccess]: "900x300",
            [created]: "0x300",
        },
        at: 20,
        fires: false,
    },
    {
        alert: "LogRotationFailed",
        when: "another Job failed",
        series: {
            [failed("migration")]: "1x300",
            [started("migration")]: "600x300",
            [lastSuccess]: "300x300",
            [created]: "0x300",
        },
        at: 15,
        fires: false,
    },
    {
        alert: "LogRotationFailed",
        when: "the last success is 3 hours and 5 minutes ago",
        series: { [lastSuccess]: "0x300", [created]: "0x300" },
        at: 185,
        fires: true,
    },
    {
        alert: "LogRotationFailed",
        when: "the last success is 3 hours ago",
        series: { [lastSuccess]: "0x300", [created]: "0x300" },
        at: 180,
        fires: false,
    },
    {
        alert: "LogRotationFailed",
        when: "nothing has succeeded since the system was made 4 hours ago",
        series: { [created]: "0x300" },
        at: 240,
        fires: true,
    },
    {
        alert: "LogRotationFailed",
        when: "the system was made an hour ago",
        series: { [created]: "0x300" },
        at: 60,
        fires: false,
    },
    { alert: "LogRotationFailed", when: "nobody watches Jobs for 4 hours", series: {}, at: 240, fires: true },

    { alert: "S3UploaderDown", when: "none is available", series: { [replicas]: "1x5 0x300" }, at: 10, fires: true },
    {
        alert: "S3UploaderDown",
        when: "none is available for a minute",
        series: { [replicas]: "1x5 0x1 1x300" },
        at: 7,
        fires: false,
    },
    { alert: "S3UploaderDown", when: "one is available", series: { [replicas]: "1x300" }, at: 30, fires: false },
    { alert: "S3UploaderDown", when: "nobody reports", series: {}, at: 5, fires: true },
    {
        alert: "LeavingNodesNotRotated",
        when: "a node has no pod that is ready for half an hour",
        series: { [leavingUnavailable]: "0x5 1x300" },
        at: 40,
        fires: true,
    },
    {
        alert: "LeavingNodesNotRotated",
        when: "nodes start and drain for less",
        series: { [leavingUnavailable]: "0x5 1x25 0x300" },
        at: 60,
        fires: false,
    },
    { alert: "LeavingNodesNotRotated", when: "nobody reports", series: {}, at: 31, fires: true },

    {
        alert: "LogDiskSpaceHigh",
        when: "the archive volume is 81% full",
        series: { [volume("size")]: "100x300", [volume("free")]: "19x300" },
        at: 10,
        fires: true,
    },
    {
        alert: "LogDiskSpaceHigh",
        when: "a node's disk is 81% full",
        series: { [nodeVolume("size")]: "100x300", [nodeVolume("free")]: "19x300" },
        at: 10,
        fires: true,
    },
    {
        alert: "LogDiskSpaceHigh",
        when: "it is 79% full",
        series: { [volume("size")]: "100x300", [volume("free")]: "21x300" },
        at: 30,
        fires: false,
    },
    {
        alert: "LogDiskSpaceHigh",
        when: "it was full for three minutes",
        series: { [volume("size")]: "100x300", [volume("free")]: "1x3 90x300" },
        at: 10,
        fires: false,
    },
    { alert: "LogDiskSpaceHigh", when: "nobody reports", series: {}, at: 30, fires: false },

    {
        alert: "S3UploadsLate",
        when: "an archive waits for 5 hours and a minute",
        series: { [oldest]: "18060x300" },
        at: 15,
        fires: true,
    },
    {
        alert: "S3UploadsLate",
        when: "an archive waits for 5 hours",
        series: { [oldest]: "18000x300" },
        at: 15,
        fires: false,
    },

    {
        alert: "FilebeatNotAcknowledged",
        when: "its queue is full and nothing is acknowledged",
        series: { [filebeat("pipeline_events_active")]: "50x300", ...sent({}) },
        at: 25,
        fires: true,
    },
    {
        alert: "FilebeatNotAcknowledged",
        when: "events are acknowledged",
        series: { [filebeat("pipeline_events_active")]: "50x300", ...sent({ acked: growing(1) }) },
        at: 25,
        fires: false,
    },
    {
        alert: "FilebeatNotAcknowledged",
        when: "there is nothing to send",
        series: { [filebeat("pipeline_events_active")]: "0x300", ...sent({}) },
        at: 25,
        fires: false,
    },
    // A Filebeat that has lost its registry sends what is there already, for as long as it takes.
    {
        alert: "FilebeatNotAcknowledged",
        when: "all that it sends is there already",
        series: { [filebeat("pipeline_events_active")]: "50x300", ...sent({ duplicates: growing(1) }) },
        at: 25,
        fires: false,
    },
    {
        alert: "FilebeatNotAcknowledged",
        when: "all that it sends is refused and goes to the dead letter stream",
        series: { [filebeat("pipeline_events_active")]: "50x300", ...sent({ dead_letter: growing(1) }) },
        at: 25,
        fires: false,
    },

    {
        alert: "FilebeatLinesRefused",
        when: "one line goes to the dead letter stream",
        series: sent({ dead_letter: "0x5 1x300" }),
        at: 10,
        fires: true,
    },
    {
        alert: "FilebeatLinesRefused",
        when: "the last line went there half an hour ago",
        series: sent({ dead_letter: "0x5 1x300" }),
        at: 40,
        fires: false,
    },
    { alert: "FilebeatLinesRefused", when: "there is no Filebeat", series: {}, at: 30, fires: false },
    {
        alert: "FilebeatLinesRefused",
        when: "the dead letter stream has a line of a category, and Filebeat counts none",
        series: { [deadLetters("chat")]: "1x300", ...sent({}) },
        at: 10,
        fires: true,
    },
    {
        alert: "FilebeatLinesRefused",
        when: "the dead letter stream has none of the last quarter of an hour",
        series: { [deadLetters("chat")]: "0 3x15 stale", ...sent({}) },
        at: 30,
        fires: false,
    },

    {
        alert: "FilebeatEventsDropped",
        when: "one event is given up",
        series: { [filebeat("output_events_dropped_total")]: "0x5 1x300" },
        at: 10,
        fires: true,
    },
    {
        alert: "FilebeatEventsDropped",
        when: "none is given up",
        series: { [filebeat("output_events_dropped_total")]: "0x300" },
        at: 10,
        fires: false,
    },

    {
        alert: "LogCanaryLate",
        when: "the newest line of one of two nodes is older than three minutes",
        series: {
            [filebeatPod("a")]: "1x300",
            [canary("a")]: "0+60x300",
            [filebeatPod("b")]: "1x300",
            [canary("b")]: "600x300",
        },
        at: 16,
        fires: true,
    },
    {
        alert: "LogCanaryLate",
        when: "it is that old for a minute",
        series: { [filebeatPod("a")]: "1x300", [canary("a")]: "600x14 840+60x300" },
        at: 15,
        fires: false,
    },
    {
        alert: "LogCanaryLate",
        when: "each line is found three minutes after it was written",
        series: { [filebeatPod("a")]: "1x300", [canary("a")]: "-180+60x300" },
        at: 30,
        fires: false,
    },
    {
        alert: "LogCanaryLate",
        when: "each line is found three minutes and a second after it was written",
        series: { [filebeatPod("a")]: "1x300", [canary("a")]: "-181+60x300" },
        at: 30,
        fires: true,
    },
    {
        alert: "LogCanaryLate",
        when: "the canary has found no line since the node came",
        series: { [filebeatPod("a")]: "_x1000 1x300", [canary("a")]: "_x1000 0x300" },
        at: 1004,
        fires: true,
    },
    {
        alert: "LogCanaryLate",
        when: "a node is gone, with its Filebeat",
        series: {
            [filebeatPod("a")]: "1x300",
            [canary("a")]: "0+60x300",
            [filebeatPod("b")]: "1x5 stale",
            [canary("b")]: "0+60x5 stale",
        },
        at: 30,
        fires: false,
    },
    {
        alert: "LogCanaryLate",
        when: "one of two Filebeats has no canary",
        series: { [filebeatPod("a")]: "1x300", [canary("a")]: "0+60x300", [filebeatPod("b")]: "1x300" },
        at: 10,
        fires: true,
    },
    {
        alert: "LogCanaryLate",
        when: "the exporter of one of two Filebeats can't be read",
        series: {
            [filebeatPod("a")]: "1x300",
            [canary("a")]: "0+60x300",
            [filebeatPod("b")]: "1x5 0x300",
            [canary("b")]: "0+60x5 stale",
        },
        at: 10,
        fires: true,
    },
    { alert: "LogCanaryLate", when: "nobody reports", series: {}, at: 10, fires: true },

    {
        alert: "CertificateEnds",
        when: "it ends in less than 21 days",
        series: { [certificateEnd("a")]: `${21 * day + 60}x300` },
        at: 20,
        fires: true,
    },
    {
        alert: "CertificateEnds",
        when: "it ends in more than 21 days",
        series: { [certificateEnd("a")]: `${21 * day + 3600}x300` },
        at: 20,
        fires: false,
    },
    {
        alert: "CertificateEnds",
        when: "one of two nodes of Elasticsearch shows one that has ended",
        series: { [certificateEnd("a")]: `${60 * day}x300`, [certificateEnd("b")]: "60x300" },
        at: 20,
        fires: true,
    },
    {
        alert: "CertificateEnds",
        when: "it was renewed",
        series: { [certificateEnd("a")]: `${day}x20 ${90 * day}x300` },
        at: 30,
        fires: false,
    },
    { alert: "CertificateEnds", when: "nobody speaks TLS", series: {}, at: 30, fires: false },

    {
        alert: "VolumeFullInFourDays",
        when: "1% is used up in an hour",
        series: { [claim("available")]: "35-0.0167x600", [claim("capacity")]: "100x600" },
        at: 480,
        fires: true,
    },
    {
        alert: "VolumeFullInFourDays",
        when: "nothing is used up",
        series: { [claim("available")]: "30x600", [claim("capacity")]: "100x600" },
        at: 480,
        fires: false,
    },
    {
        alert: "VolumeFullInFourDays",
        when: "most of it is free still",
        series: { [claim("available")]: "80-0.0167x600", [claim("capacity")]: "100x600" },
        at: 480,
        fires: false,
    },

    {
        alert: "ElasticSetupFailed",
        when: "the Job failed",
        series: { [failed("elastic-setup")]: "1x300" },
        at: 3,
        fires: true,
    },
    {
        alert: "ElasticSetupFailed",
        when: "the Job did not fail",
        series: { [failed("elastic-setup")]: "0x300" },
        at: 30,
        fires: false,
    },

    {
        alert: "LoggingMetricsMissing",
        when: "all are there",
        series: { ...allUp, [filebeat("up")]: "1x300", [filebeat("inputs_reported")]: "1x300" },
        at: 30,
        fires: false,
    },
    {
        alert: "LoggingMetricsMissing",
        when: "one was never there",
        series: { ...allUp, [up("kibana")]: "stale" },
        at: 30,
        fires: true,
    },
    {
        alert: "LoggingMetricsMissing",
        when: "Kibana tells its level and none of its figures",
        series: { ...allUp, [`kibana_up{${ns}}`]: "1x300", [`kibana_figures_reported{${ns}}`]: "0x300" },
        at: 30,
        fires: true,
    },
    {
        alert: "LoggingMetricsMissing",
        when: "one can't be read",
        series: { ...allUp, [up("filebeat")]: "0x300" },
        at: 30,
        fires: true,
    },
    {
        alert: "LoggingMetricsMissing",
        when: "a Filebeat does not answer its exporter",
        series: { ...allUp, [filebeat("up")]: "0x300" },
        at: 30,
        fires: true,
    },
    {
        alert: "LoggingMetricsMissing",
        when: "a Filebeat tells nothing of its inputs",
        series: { ...allUp, [filebeat("inputs_reported")]: "0x300" },
        at: 30,
        fires: true,
    },

    ...(
        [
            ["ElasticsearchDiskLow", 15, 199, 200, 269, 270],
            ["ElasticsearchDiskHigh", 10, 129, 130, 199, 200],
            ["ElasticsearchDiskFloodStage", 5, 69, 70, 139, 140],
        ] as const
    ).flatMap(([alert, minutes, less, enough, lessGibibytes, enoughGibibytes]): readonly Case[] => [
        { alert, when: `${less / 10}% of the disk is free`, series: diskWith(less), at: minutes, fires: true },
        { alert, when: `${enough / 10}% of the disk is free`, series: diskWith(enough), at: 60, fires: false },
        {
            alert,
            when: `less than that is free for a minute less than ${minutes}`,
            series: diskWith(less),
            at: minutes - 1,
            fires: false,
        },
        {
            alert,
            when: `${lessGibibytes} GiB of a disk of 10 TiB are free`,
            series: diskWith(lessGibibytes * gibibyte, 10_240 * gibibyte),
            at: 60,
            fires: true,
        },
        {
            alert,
            when: `${enoughGibibytes} GiB of a disk of 10 TiB are free`,
            series: diskWith(enoughGibibytes * gibibyte, 10_240 * gibibyte),
            at: 60,
            fires: false,
        },
    ]),
    {
        alert: "ElasticsearchDiskFloodStage",
        when: "one of two nodes is full",
        series: {
            ...diskWith(900),
            [disk("size").replace("-0", "-1")]: "1000x300",
            [disk("available").replace("-0", "-1")]: "50x300",
        },
        at: 10,
        fires: true,
    },
    {
        alert: "ElasticsearchIndicesReadOnly",
        when: "one index takes no lines",
        series: { [readOnlyIndices]: "1x300" },
        at: 2,
        fires: true,
    },
    {
        alert: "ElasticsearchIndicesReadOnly",
        when: "every index takes lines",
        series: { [readOnlyIndices]: "0x300" },
        at: 60,
        fires: false,
    },
    {
        alert: "ElasticsearchShardsUnassigned",
        when: "one shard is on no node for half an hour",
        series: { [shards("unassigned")]: "1x300" },
        at: 30,
        fires: true,
    },
    {
        alert: "ElasticsearchShardsUnassigned",
        when: "forty are for 29 minutes, as after the restart of a node",
        series: { [shards("unassigned")]: "40x29 0x300" },
        at: 40,
        fires: false,
    },
    {
        alert: "ElasticsearchShardsUnassigned",
        when: "each is on a node",
        series: { [shards("unassigned")]: "0x300" },
        at: 60,
        fires: false,
    },
    {
        alert: "ElasticsearchShardsNearLimit",
        when: "2401 of 3000 shards are there, those without a node among them",
        series: shardCounts(2000, 1, 400),
        at: 15,
        fires: true,
    },
    {
        alert: "ElasticsearchShardsNearLimit",
        when: "2400 of 3000 shards are there",
        series: shardCounts(2000, 0, 400),
        at: 60,
        fires: false,
    },
    {
        alert: "ElasticsearchHeapHigh",
        when: "86% of the old generation are in use",
        series: { [heap("used")]: "86x300", [heap("max")]: "100x300" },
        at: 15,
        fires: true,
    },
    {
        alert: "ElasticsearchHeapHigh",
        when: "85% of the old generation are in use",
        series: { [heap("used")]: "85x300", [heap("max")]: "100x300" },
        at: 60,
        fires: false,
    },
    {
        alert: "ElasticsearchHeapHigh",
        when: "garbage collection frees it every ten minutes",
        series: { [heap("used")]: `${"90x9 40 ".repeat(8)}`.trim(), [heap("max")]: "100x300" },
        at: 60,
        fires: false,
    },
    {
        alert: "ElasticsearchHeapHigh",
        when: "the young generation is full",
        series: { [heap("used", "young")]: "99x300", [heap("max", "young")]: "100x300" },
        at: 60,
        fires: false,
    },
    ...[rejected("write"), rejected("write_coordination"), tripped("parent"), tripped("inflight_requests")].map(
        (series): Case => ({
            alert: "ElasticsearchWritesRejected",
            when: `${series.replace(/\{.*,/, " of ").replace("}", "")} grows for a quarter of an hour`,
            series: { [series]: "0x5 1+1x300" },
            at: 20,
            fires: true,
        }),
    ),
    {
        alert: "ElasticsearchWritesRejected",
        when: "a moment's writes were refused, long ago or just now",
        series: { [rejected("write")]: "5000x10 6000x300" },
        at: 18,
        fires: false,
    },
    {
        alert: "ElasticsearchWritesRejected",
        when: "searches are refused",
        series: { [rejected("search")]: "0+1x300", [tripped("fielddata")]: "0+1x300" },
        at: 60,
        fires: false,
    },
    {
        alert: "ElasticsearchWritesRejected",
        when: "none is refused",
        series: { [rejected("write")]: "7x300", [tripped("parent")]: "7x300" },
        at: 60,
        fires: false,
    },
    ...Object.keys(capacity)
        .filter((series) => series !== health("red"))
        .map(
            (missing): Case => ({
                alert: "LoggingMetricsMissing",
                when: `the health of Elasticsearch is there and ${missing.replace(/\{.*/, "")} is not`,
                series: Object.fromEntries(
                    Object.entries({ ...allUp, ...capacity }).filter(([series]) => series !== missing),
                ),
                at: 30,
                fires: true,
            }),
        ),
    {
        alert: "LoggingMetricsMissing",
        when: "Elasticsearch shows its health and its room",
        series: { ...allUp, ...capacity },
        at: 30,
        fires: false,
    },
];

const stack = "test-stack";
const groups = ruleGroups(stack);
const alerts = groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertRule => "alert" in rule);

describe("the rules, judged by promtool", function () {
    this.timeout(300_000);

    let folder: string;
    /** What promtool says of each case, in their order. */
    let judgements: readonly string[];

    before(async () => {
        await installDebianPackages([{ name: "prometheus", provides: "promtool" }]);
        folder = mkdtempSync(join(tmpdir(), "alert-rules-"));
        writeFileSync(join(folder, "rules.yml"), JSON.stringify({ groups }));
        const files = cases.map((one, index) => {
            const file = `case-${index}.yml`;
            writeFileSync(join(folder, file), JSON.stringify(testOf(one)));
            return file;
        });
        // One run for all, instead of a start for each.
        const { output } = promtool("test", "rules", ...files);
        judgements = output.split("Unit Testing:").slice(1);
        assert.equal(judgements.length, cases.length, output.slice(-2000));
    });

    after(() => rmSync(folder, { recursive: true }));

    /** Runs promtool, and returns what it prints, whatever its status. */
    function promtool(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
        // Both outputs in the order in which it writes them.
        const command = ["-c", 'exec promtool "$@" 2>&1', "promtool", ...args];
        const { error, status, stdout } = spawnSync("sh", command, {
            cwd: folder,
            encoding: "utf8",
            maxBuffer: 16 * 1024 ** 2,
        });
        if (error) {
            throw error;
        }
        return { status, output: stdout };
    }

    it("are rules that Prometheus accepts", () => {
        const { status, output } = promtool("check", "rules", "rules.yml");
        assert.equal(status, 0, output);
        assert.match(output, /rules found/);
    });

    it("have a case that fires and one that does not for every alert", () => {
        for (const { alert } of alerts) {
            const outcomes = cases.filter((one) => one.alert === alert).map(({ fires }) => fires);
            assert.deepEqual(new Set(outcomes), new Set([true, false]), alert);
        }
    });

    for (const [index, { alert, when, fires }] of cases.entries()) {
        it(`${alert} ${fires ? "fires" : "does not fire"} when ${when}`, () => {
            const judgement = judgements[index] ?? "";
            assert.match(judgement, new RegExp(`^\\s+case-${index}\\.yml\\n[^]*got:`), judgement);
            const [, got = ""] = judgement.split("got:");
            assert.equal(got.includes(`alertname="${alert}"`), fires, judgement);
            if (fires) {
                assert.ok(got.includes('namespace="chattingo"') && got.includes(`stack="${stack}"`), judgement);
            }
        });
    }
});

/** A test of promtool's that fails on purpose, so that it prints what really fires, whatever its annotations. */
function testOf({ alert, series, at }: Case) {
    return {
        rule_files: ["rules.yml"],
        evaluation_interval: "1m",
        tests: [
            {
                interval: "1m",
                input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
                alert_rule_test: [
                    {
                        eval_time: `${at}m`,
                        alertname: alert,
                        exp_alerts: [{ exp_labels: { nobody: "has this" } }],
                    },
                ],
            },
        ],
    };
}
