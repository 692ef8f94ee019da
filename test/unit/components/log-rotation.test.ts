// The CronJob that rotates, and what it is told.

import assert from "node:assert/strict";
import fc from "fast-check";
import { LogRotation, type LogRotationArgs, rotationEnvironment } from "../../../components/log-rotation.ts";
import { assertConfined, declared, mountPaths, type PodSpec, program } from "./mocked-program.ts";

const args: LogRotationArgs = {
    namespace: "chattingo",
    image: "docker.io/library/node:24.9.0-bookworm-slim",
    program,
    archiveClaimName: "log-archive",
    schedule: "30 * * * *",
    maxAgeDays: 7,
    maxSizeMb: 100,
    compress: true,
};

interface Labelled {
    readonly labels: Readonly<Record<string, string>>;
}

interface CronJob {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly schedule: string;
        readonly timeZone: string;
        readonly concurrencyPolicy: string;
        readonly startingDeadlineSeconds: number;
        readonly jobTemplate: {
            readonly metadata: Labelled;
            readonly spec: {
                readonly backoffLimit: number;
                readonly activeDeadlineSeconds: number;
                readonly template: { readonly metadata: Labelled; readonly spec: PodSpec };
            };
        };
    };
}

const rotation = (changes: Partial<LogRotationArgs> = {}) =>
    declared(() => new LogRotation("log-rotation", { ...args, ...changes }));
const cronJob = async (changes: Partial<LogRotationArgs> = {}) =>
    (await rotation(changes)).inputs<CronJob>("kubernetes:batch/v1:CronJob");

describe("LogRotation", () => {
    it("runs at its times in UTC, never twice at once", async () => {
        const { metadata, spec } = await cronJob();
        assert.equal(metadata.name, "log-rotation");
        assert.equal(spec.schedule, "30 * * * *");
        assert.equal(spec.timeZone, "Etc/UTC");
        assert.equal(spec.concurrencyPolicy, "Forbid");
        assert.equal((await cronJob({ schedule: "0 3 * * *" })).spec.schedule, "0 3 * * *");
    });

    it("starts late rather than not at all, and counts as failed before the next hour's run", async () => {
        const { spec } = await cronJob();
        // Below ten seconds the controller, which looks every ten, may never start a run.
        assert.ok(spec.startingDeadlineSeconds > 10);
        assert.ok(spec.jobTemplate.spec.activeDeadlineSeconds < 3600);
        assert.equal(spec.jobTemplate.spec.backoffLimit, 0);
    });

    it("gives its Jobs the labels by which operators list them, those made by hand included", async () => {
        const { jobTemplate } = (await cronJob()).spec;
        assert.equal(jobTemplate.metadata.labels.app, "log-rotation");
        assert.equal(jobTemplate.metadata.labels.tier, "logging");
        assert.equal(jobTemplate.spec.template.metadata.labels.app, "log-rotation");
        assert.equal(jobTemplate.spec.template.metadata.labels.tier, "logging-job");
    });

    it("runs as root with nothing but what other users' files take", async () => {
        const pod = (await cronJob()).spec.jobTemplate.spec.template.spec;
        assertConfined(pod, ["CHOWN", "DAC_OVERRIDE", "FOWNER"]);
        assert.equal(pod.restartPolicy, "Never");
        assert.deepEqual(mountPaths(pod), {
            program: "/opt/chattingo",
            logs: "/var/log/chattingo",
            archive: "/var/log/chattingo/archive",
        });
    });

    it("takes its rules from a ConfigMap that every run reads anew", async () => {
        const pod = (await cronJob()).spec.jobTemplate.spec.template.spec;
        assert.deepEqual(pod.containers[0]?.envFrom, [{ configMapRef: { name: "log-rotation" } }]);
        const found = await rotation({ maxSizeMb: 0, compress: false });
        assert.deepEqual(found.inputs("kubernetes:core/v1:ConfigMap", "log-rotation").data, {
            LOG_ROOT: "/var/log/chattingo",
            ARCHIVE_DIR: "/var/log/chattingo/archive",
            JOURNAL_DIR: "/var/log/chattingo/.rotation",
            MAX_AGE_DAYS: "7",
            MAX_SIZE_MB: "0",
            COMPRESSION_ENABLED: "false",
        });
    });

    it("changes the ConfigMap alone when a rule changes", async () => {
        assert.deepEqual(await cronJob({ maxSizeMb: 50, maxAgeDays: 1 }), await cronJob());
    });

    it("writes every rule as text that reads back as the same value", () => {
        fc.assert(
            fc.property(fc.nat(100_000), fc.nat(100_000), fc.boolean(), (maxAgeDays, maxSizeMb, compress) => {
                const environment = rotationEnvironment({ maxAgeDays, maxSizeMb, compress });
                assert.equal(Number(environment.MAX_AGE_DAYS), maxAgeDays);
                assert.equal(Number(environment.MAX_SIZE_MB), maxSizeMb);
                assert.equal(environment.COMPRESSION_ENABLED === "true", compress);
            }),
        );
    });
});
