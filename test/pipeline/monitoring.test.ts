// The system watched by a real Prometheus: every alert of the contract, and those about the room that Elasticsearch has
// left, are made to fire by their causes and end when the causes are gone; no rule or panel asks for what is not there. One
// is left to promtool: a heap that garbage collection can't empty would end the lab's small Elasticsearch.
//
// All times of rules and scrapes are divided by one factor (lab/monitoring/shorter-times.ts); thresholds are those of the
// contract.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { recorded, ruleGroups } from "../../components/monitoring/alerts.ts";
import { dashboards } from "../../components/monitoring/dashboards.ts";
import { deadLetterStreamOf } from "../../formats/data-streams.ts";
import { logRoot } from "../../formats/log-tree.ts";
import { stopMonitoring } from "../../lab/monitoring/monitoring.ts";
import { makeVolumeSmall, moveToSmallVolume, type SmallVolume } from "../../lab/small-volume.ts";
import { run } from "../../lab/tools/run.ts";
import { type LabStack, projectFolder } from "../../scripts/lab-stack.ts";
import { devStack } from "../real-node.ts";
import { namedMetrics } from "../unit/components/exported-metrics.ts";
import { until } from "../until.ts";
import { type AlertLabels, alertsWhoseConditionHolds, firingAlerts, metricNames, query } from "./live-prometheus.ts";
import { type SteadyWriter, writeSteadily } from "./steady-writer.ts";

/** Five minutes are twenty seconds, and a scrape is due every two. */
const timeFactor = 15;

/** Seconds within which an alert must fire or end: several times what an idle machine needs. */
const patienceSeconds = 240;

const archiveMegabytes = 16;
/** Several times what Elasticsearch keeps in the lab, and little enough for memory. */
const searchMegabytes = 1024;
/** Below the 5% at which Elasticsearch makes indices read-only. */
const searchShareLeft = 0.03;

const ofArchive: AlertLabels = { volume: "archive" };
/** Logs and claims lie on the disk of this machine, which may be full, or fill, without any fault of the system. */
const ofTheDisk: readonly AlertLabels[] = [
    { alertname: "LogDiskSpaceHigh", volume: "log" },
    { alertname: "VolumeFullInFourDays" },
    { alertname: "ElasticsearchDiskLow" },
    { alertname: "ElasticsearchDiskHigh" },
    { alertname: "ElasticsearchDiskFloodStage" },
];

interface Panel {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
}

describe("monitoring", function () {
    this.timeout(900_000);

    let stack: LabStack | undefined;
    let archiveVolume: SmallVolume | undefined;
    const jobs: string[] = [];
    const writers: SteadyWriter[] = [];
    const writtenFiles: string[] = [];

    const kubectl = (...args: string[]) => run("kubectl", ["-n", "chattingo", ...args], { env: stack?.environment });
    const scale = (deployment: string, replicas: number) =>
        kubectl("scale", `deployment/${deployment}`, `--replicas=${replicas}`);

    /** Path of a log that only this test writes. */
    function ownLog(path: string): string {
        const file = join(logRoot, path);
        writtenFiles.push(file);
        return file;
    }

    /** Starts a run of the rotation by hand and waits for how it ends. */
    async function rotate(job: string, outcome: "complete" | "failed"): Promise<void> {
        jobs.push(job);
        await kubectl("create", "job", "--from=cronjob/log-rotation", job);
        await kubectl("wait", `--for=condition=${outcome}`, `job/${job}`, "--timeout=180s");
    }

    /** Has Elasticsearch do something, within its own pod. */
    function elasticsearch(method: string, path: string, body?: object): Promise<string> {
        const data = body ? ["-H", "content-type: application/json", "-d", JSON.stringify(body)] : [];
        const curl = ["curl", "-sS", "--fail-with-body", "-X", method, `http://localhost:9200/${path}`, ...data];
        return kubectl("exec", "deployment/elasticsearch", "-c", "elasticsearch", "--", ...curl);
    }

    const clusterSettings = (persistent: object) => elasticsearch("PUT", "_cluster/settings", { persistent });

    async function restartElasticsearch(between: () => Promise<void>): Promise<void> {
        await scale("elasticsearch", 0);
        await kubectl("wait", "--for=delete", "pod", "-l", "app=elasticsearch", "--timeout=180s");
        await between();
        await scale("elasticsearch", 1);
        await kubectl("rollout", "status", "deployment/elasticsearch", "--timeout=180s");
    }

    /** A new pod of the uploader, which sees what the archive volume is now. */
    async function restartUploader(): Promise<void> {
        await kubectl("delete", "pod", "-l", "app=s3-uploader");
        await kubectl("rollout", "status", "deployment/s3-uploader", "--timeout=120s");
    }

    const isFiring = async (alert: string, only: AlertLabels) =>
        (await firingAlerts()).some((labels) => isAmong({ ...only, alertname: alert }, labels));

    /** @param only labels without which an alert is not the one that is meant */
    function fires(alert: string, only: AlertLabels = {}): Mocha.Test {
        return it(`calls with ${alert}`, () =>
            until(`${alert} fires`, patienceSeconds, async () => ((await isFiring(alert, only)) ? true : undefined)));
    }

    function ends(alert: string, only: AlertLabels = {}): Mocha.Test {
        return it(`calls no more with ${alert}`, () =>
            until(`${alert} ends`, patienceSeconds, async () => ((await isFiring(alert, only)) ? undefined : true)));
    }

    before(async () => {
        stack = await devStack();
        await Promise.all([
            run("lab/lab", ["monitoring", "--time-factor", String(timeFactor)], { cwd: projectFolder }),
            // What other tests left to be archived would fill the small volume, and the last success may be long ago.
            rotate("alerts-rotation-before", "complete"),
        ]);
        // Lines that Elasticsearch refused in other tests are told of for a quarter of an hour, which is not made shorter.
        const deadLetters = `http://localhost:9200/_data_stream/${deadLetterStreamOf(stack.name)}`;
        await kubectl("exec", "deployment/elasticsearch", "--", "curl", "-sS", "-X", "DELETE", deadLetters);
        archiveVolume = await makeVolumeSmall("chattingo", "log-archive", archiveMegabytes);
        await restartUploader();
    });

    after(async () => {
        for (const writer of writers) {
            writer.stop();
        }
        await stopMonitoring();
        if (stack !== undefined) {
            await archiveVolume?.remove();
            await scale("elasticsearch", 1);
            await scale("s3-uploader", 1);
            await restartUploader();
            await kubectl("delete", "job", "--ignore-not-found", ...jobs);
            await kubectl("wait", "--for=condition=ready", "pod", "-l", "tier=logging", "--timeout=180s");
        }
        for (const file of writtenFiles) {
            await rm(file, { force: true });
        }
    });

    it("reads every exporter through its ServiceMonitor, and every category's events", async () => {
        const exporters = ["elasticsearch-exporter", "filebeat", "kibana", "s3-uploader"];
        await until("all exporters are read", patienceSeconds, async () => {
            const up = await query('up{namespace="chattingo"} == 1');
            const seen = up.map(({ metric }) => metric.job ?? "").toSorted();
            assert.deepEqual(seen, exporters);
            assert.ok(up.every(({ metric }) => metric.pod && metric.service && metric.container && metric.endpoint));
            return (await query("filebeat_inputs_reported == 1")).length === 1 ? true : undefined;
        });
        assert.equal((await query("filebeat_events_total")).length, 6);
    });

    it("has nothing to call for while all is well", async () => {
        let holding: readonly AlertLabels[] = [];
        await until("the rules are evaluated and no condition holds", patienceSeconds, async () => {
            const areEvaluated = (await query(recorded.volumeUse)).length > 0;
            holding = (await alertsWhoseConditionHolds()).filter((labels) => !isOfTheDisk(labels));
            return areEvaluated && holding.length === 0 ? true : undefined;
        }).catch((error) => {
            assert.deepEqual(holding, []);
            throw error;
        });
        assert.deepEqual(
            (await firingAlerts()).filter((labels) => !isOfTheDisk(labels)),
            [],
        );
    });

    describe("with errors, a flood of lines, a full archive volume and a rotation that finds no room in it", () => {
        const filler = () => join(archiveVolume?.folder ?? assert.fail("there is no archive volume"), "filler");

        before(async () => {
            writers.push(writeSteadily(ownLog("error/alerts-errors.log"), 20));
            writers.push(writeSteadily(ownLog("app/alerts-flood.log"), 2000));
            await run("fallocate", ["-l", `${Math.round(archiveMegabytes * 0.9)}M`, filler()]);
            // Old enough to be due, and too much for what is left of the volume however well it is compressed.
            const old = new Date(Date.now() - 4 * 24 * 3600 * 1000).toISOString();
            const log = ownLog("system/alerts-due.log");
            for (let line = 0; line < 3000; line++) {
                const message = randomBytes(1500).toString("base64");
                appendFileSync(log, `${JSON.stringify({ "@timestamp": old, message })}\n`);
            }
            await rotate("alerts-rotation-without-room", "failed");
        });

        fires("HighErrorRate");
        fires("LogVolumeSpike");
        fires("LogDiskSpaceHigh", ofArchive);
        fires("LogRotationFailed");

        describe("and without them", () => {
            before(async () => {
                for (const writer of writers) {
                    writer.stop();
                }
                await rm(filler());
                await rotate("alerts-rotation-with-room", "complete");
            });

            ends("HighErrorRate");
            ends("LogVolumeSpike");
            ends("LogDiskSpaceHigh", ofArchive);
            ends("LogRotationFailed");
        });
    });

    describe("with Elasticsearch and the uploader stopped", () => {
        before(async () => {
            await scale("elasticsearch", 0);
            await scale("s3-uploader", 0);
        });

        fires("ElasticsearchClusterDown");
        fires("S3UploaderDown");

        describe("and back again", () => {
            before(async () => {
                await scale("elasticsearch", 1);
                await scale("s3-uploader", 1);
            });

            ends("ElasticsearchClusterDown");
            ends("S3UploaderDown");
        });
    });

    describe("with a copy that no node takes, hardly a shard more allowed, and requests too large for a breaker", () => {
        before(async () => {
            await until("Elasticsearch answers again", patienceSeconds, async () => {
                await elasticsearch("PUT", "alerts-copy", { settings: { number_of_replicas: 1 } });
                return true;
            });
            const health = JSON.parse(await elasticsearch("GET", "_cluster/health")) as Record<string, number>;
            const shards = (health.active_shards ?? 0) + (health.unassigned_shards ?? 0);
            writers.push(writeSteadily(ownLog("chat/alerts-rejected.log"), 20));
            await clusterSettings({
                "cluster.max_shards_per_node": shards,
                "network.breaker.inflight_requests.limit": "1kb",
            });
        });

        after(() => until("the settings are as before", patienceSeconds, undo));

        const undo = async () => {
            await clusterSettings({
                "cluster.max_shards_per_node": null,
                "network.breaker.inflight_requests.limit": null,
            });
            await elasticsearch("DELETE", "alerts-copy?ignore_unavailable=true");
            return true;
        };

        fires("ElasticsearchShardsUnassigned");
        fires("ElasticsearchShardsNearLimit");
        fires("ElasticsearchWritesRejected");

        describe("and without them", () => {
            before(undo);

            ends("ElasticsearchShardsUnassigned");
            ends("ElasticsearchShardsNearLimit");
            ends("ElasticsearchWritesRejected");
        });
    });

    describe("with a full volume of Elasticsearch", () => {
        let volume: SmallVolume | undefined;
        const filler = () => join(volume?.folder ?? assert.fail("there is no small volume"), "filler");

        before(async () => {
            await restartElasticsearch(async () => {
                volume = await moveToSmallVolume("chattingo", "data-elasticsearch-0", searchMegabytes);
            });
            const { bavail, blocks, bsize } = await statfs(volume?.folder ?? "");
            const bytes = Math.floor((bavail - blocks * searchShareLeft) * bsize);
            await run("fallocate", ["-l", String(bytes), filler()]);
        });

        after(async () => {
            if (volume !== undefined) {
                await rm(filler(), { force: true });
                await restartElasticsearch(async () => volume?.remove());
            }
        });

        fires("ElasticsearchDiskLow");
        fires("ElasticsearchDiskHigh");
        fires("ElasticsearchDiskFloodStage");
        fires("ElasticsearchIndicesReadOnly");

        describe("and with room again", () => {
            before(() => rm(filler()));

            ends("ElasticsearchIndicesReadOnly");
            ends("ElasticsearchDiskLow");
            ends("ElasticsearchDiskHigh");
            ends("ElasticsearchDiskFloodStage");
        });
    });

    // Last, because a Job that failed has a metric that there is not before.
    describe("after all that", () => {
        it("finds every metric that a rule or a panel names", async () => {
            const live = await metricNames();
            const rules = ruleGroups("dev").flatMap((group) => group.rules.map(({ expr }) => expr));
            const expressions = [...rules, ...panels().flatMap(({ expressions }) => expressions)];
            const missing = new Set(expressions.flatMap(namedMetrics).filter((name) => !live.has(name)));
            // Dev speaks no TLS; test/workloads/search-security reads this one from a stack that does.
            assert.deepEqual([...missing], ["chattingo_certificate_expiry_timestamp_seconds"]);
        });

        for (const { dashboard, title, expressions } of panels()) {
            it(`has data for the panel "${title}" of ${dashboard}`, async () => {
                assert.ok(expressions.length > 0);
                for (const expression of expressions) {
                    await until(`data of ${expression}`, 60, async () => {
                        return (await query(expression)).some(({ value }) => Number.isFinite(value)) ? true : undefined;
                    });
                }
            });
        }

        for (const expression of [
            "rate(filebeat_events_total[5m])",
            'rate(filebeat_events_total{category="error"}[5m])',
            "elasticsearch_cluster_health_status",
        ]) {
            it(`has data for ${expression}`, async () => {
                assert.ok((await query(expression)).length > 0);
            });
        }
    });
});

/** Whether all of `some` are among `all`. */
function isAmong(some: AlertLabels, all: AlertLabels): boolean {
    return Object.entries(some).every(([name, value]) => all[name] === value);
}

/** Whether an alert is about the disk of this machine. */
function isOfTheDisk(labels: AlertLabels): boolean {
    return ofTheDisk.some((known) => isAmong(known, labels));
}

/** Every panel with its expressions, the template variables filled in. */
function panels() {
    return dashboards({ stack: "dev" }).flatMap(({ name, json }) => {
        const model = JSON.parse(json) as { readonly panels: readonly Panel[] };
        return model.panels
            .filter(({ targets }) => targets !== undefined)
            .map(({ title, targets = [] }) => ({
                dashboard: name,
                title,
                expressions: targets.map(({ expr }) => filledIn(expr)),
            }));
    });
}

function filledIn(expression: string): string {
    // The lab has lived for minutes, so "a day ago" is a moment ago.
    const filled = expression
        .replaceAll("$category", ".*")
        .replaceAll("$stack", "dev")
        .replaceAll("$__rate_interval", "1m")
        .replaceAll("offset 1d", "offset 10s");
    assert.ok(!filled.includes("$"), expression);
    return filled;
}
