// The CronJob that rotates, and what it is told.

import assert from "node:assert/strict";
import fc from "fast-check";
import { LogRotation, type LogRotationArgs, rotationEnvironment } from "../../../components/log-rotation.ts";
import { onLogNodes } from "../../../components/on-log-nodes.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import type { PodTemplate } from "../../pod-templates.ts";
import { assertConfined, declared, mountPaths, type PodSpec, program } from "./mocked-program.ts";

const args: LogRotationArgs = {
    namespace: "chattingo",
    image: nodeImage,
    program,
    archiveClaimName: "log-archive",
    schedule: "30 * * * *",
    maxAgeDays: 7,
    maxSizeMb: 100,
    archiveWithinHours: 24,
    maxArchiveMb: 256,
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

/** What a run makes a Job of each node with. */
interface NodeJob {
    readonly metadata: Labelled;
    readonly spec: {
        readonly backoffLimit: number;
        readonly activeDeadlineSeconds: number;
        readonly ttlSecondsAfterFinished: number;
        readonly template: { readonly metadata: Labelled; readonly spec: PodSpec };
    };
}

interface DaemonSet {
    readonly spec: { readonly template: PodTemplate };
}

const rotation = (changes: Partial<LogRotationArgs> = {}) =>
    declared(() => new LogRotation("log-rotation", { ...args, ...changes }));
const cronJob = async (changes: Partial<LogRotationArgs> = {}) =>
    (await rotation(changes)).inputs<CronJob>("kubernetes:batch/v1:CronJob");
const nodeJob = async (changes: Partial<LogRotationArgs> = {}) => {
    const { data } = (await rotation(changes)).inputs<{ readonly data: Readonly<Record<string, string>> }>(
        "kubernetes:core/v1:ConfigMap",
        "log-rotation-node",
    );
    return JSON.parse(data["job.json"] ?? "") as NodeJob;
};

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

    it("fans out as a user without rights on the node, with a token for the API server and no volume of the logs", async () => {
        const pod = (await cronJob()).spec.jobTemplate.spec.template.spec;
        assertConfined({ ...pod, automountServiceAccountToken: false }, []);
        assert.equal(pod.automountServiceAccountToken, true);
        assert.equal(pod.serviceAccountName, "log-rotation");
        assert.equal(pod.securityContext?.runAsNonRoot, true);
        assert.deepEqual(mountPaths(pod), { program: "/opt/chattingo", job: "/etc/log-rotation" });
        assert.deepEqual(pod.containers[0]?.command, ["node", "/opt/chattingo/log-rotation.js", "--every-node"]);
        const names = pod.containers[0]?.env?.map(({ name }) => name);
        assert.deepEqual(names, ["JOB_TEMPLATE", "NODE_OPTIONS", "JOB_NAME", "JOB_UID", "NODE_EXTRA_CA_CERTS"]);
    });

    it("may list nodes, create Jobs and read what they said, and nothing else", async () => {
        const found = await rotation();
        assert.deepEqual(found.inputs("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "log-rotation").rules, [
            { apiGroups: [""], resources: ["nodes"], verbs: ["list"] },
        ]);
        assert.deepEqual(found.inputs("kubernetes:rbac.authorization.k8s.io/v1:Role").rules, [
            { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "list"] },
            { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
            { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        ]);
        for (const [type, kind, name] of [
            ["RoleBinding", "Role", "log-rotation"],
            ["ClusterRoleBinding", "ClusterRole", "chattingo-log-rotation"],
        ]) {
            const binding = found.inputs(`kubernetes:rbac.authorization.k8s.io/v1:${type}`, "log-rotation");
            assert.deepEqual(binding.roleRef, { apiGroup: "rbac.authorization.k8s.io", kind, name });
            assert.deepEqual(binding.subjects, [
                { kind: "ServiceAccount", name: "log-rotation", namespace: "chattingo" },
            ]);
        }
    });

    it("rotates a node as root with nothing but what other users' files take, and without a token", async () => {
        const pod = (await nodeJob()).spec.template.spec;
        assertConfined(pod, ["CHOWN", "DAC_OVERRIDE", "FOWNER"]);
        assert.equal(pod.restartPolicy, "Never");
        assert.deepEqual(mountPaths(pod), {
            program: "/opt/chattingo",
            logs: "/var/log/chattingo",
            archive: "/var/log/chattingo/archive",
        });
    });

    it("rotates nodes that are kept for something else, or short of disk, too", async () => {
        assert.deepEqual((await nodeJob()).spec.template.spec.tolerations, [{ operator: "Exists" }]);
    });

    it("lets a node's Job end before the run gives up, and go by itself", async () => {
        const { spec } = await nodeJob();
        const run = (await cronJob()).spec.jobTemplate.spec;
        assert.ok(spec.activeDeadlineSeconds + 60 < run.activeDeadlineSeconds);
        assert.equal(spec.backoffLimit, 0);
        assert.ok(spec.ttlSecondsAfterFinished > 0);
    });

    it("keeps the nodes' Jobs and pods out of the lists of runs", async () => {
        const { metadata, spec } = await nodeJob();
        assert.equal(metadata.labels.app, "log-rotation-node");
        assert.equal(spec.template.metadata.labels.app, "log-rotation-node");
        assert.equal(spec.template.metadata.labels.tier, "logging-job");
    });

    it("puts archives into a folder for each node where the volume serves several", async () => {
        const env = async (changes: Partial<LogRotationArgs>) =>
            (await nodeJob(changes)).spec.template.spec.containers[0]?.env;
        const nodeName = { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } };
        assert.deepEqual(await env({}), [nodeName]);
        assert.deepEqual(await env({ archivePerNode: true }), [
            nodeName,
            { name: "ARCHIVE_DIR", value: "/var/log/chattingo/archive/$(NODE_NAME)" },
        ]);
    });

    it("waits for Filebeat where there is one, and can't write its data", async () => {
        const filebeatDataPath = "/var/lib/chattingo/filebeat";
        const pod = (await nodeJob({ filebeatDataPath })).spec.template.spec;
        const volume = pod.volumes?.find(({ name }) => name === "filebeat-data");
        assert.deepEqual(volume?.hostPath, { path: filebeatDataPath, type: "DirectoryOrCreate" });
        const mount = pod.containers[0]?.volumeMounts?.find(({ name }) => name === "filebeat-data");
        assert.equal(mount?.mountPath, "/var/lib/filebeat");
        assert.equal(mount?.readOnly, true);
        const { data } = (await rotation({ filebeatDataPath })).inputs<{ readonly data: Record<string, string> }>(
            "kubernetes:core/v1:ConfigMap",
            "log-rotation",
        );
        assert.equal(data.FILEBEAT_REGISTRY, "/var/lib/filebeat/registry/filebeat");
    });

    it("takes its rules from a ConfigMap that every run reads again", async () => {
        const pod = (await nodeJob()).spec.template.spec;
        assert.deepEqual(pod.containers[0]?.envFrom, [{ configMapRef: { name: "log-rotation" } }]);
        const found = await rotation({ maxSizeMb: 0, compress: false });
        assert.deepEqual(found.inputs("kubernetes:core/v1:ConfigMap", "log-rotation").data, {
            LOG_ROOT: "/var/log/chattingo",
            ARCHIVE_DIR: "/var/log/chattingo/archive",
            JOURNAL_DIR: "/var/log/chattingo/.rotation",
            MAX_AGE_DAYS: "7",
            MAX_SIZE_MB: "0",
            ARCHIVE_WITHIN_HOURS: "24",
            MAX_ARCHIVE_MB: "256",
            COMPRESSION_ENABLED: "false",
        });
    });

    it("changes the ConfigMap alone when a rule changes", async () => {
        const changes = { maxSizeMb: 50, maxAgeDays: 1 };
        assert.deepEqual(await cronJob(changes), await cronJob());
        assert.deepEqual(await nodeJob(changes), await nodeJob());
    });

    it("waits on every node with logs, a full or leaving one too, for the node's end", async () => {
        const found = await rotation({ archivePerNode: true, priorityClassName: "high" });
        const { spec } = found.inputs<DaemonSet>("kubernetes:apps/v1:DaemonSet");
        const pod = spec.template.spec;
        assertConfined({ ...pod, automountServiceAccountToken: false }, ["CHOWN", "DAC_OVERRIDE", "FOWNER"]);
        assert.deepEqual(pod.containers[0]?.command, ["node", "/opt/chattingo/log-rotation.js", "--leaving-node"]);
        assert.deepEqual(pod.tolerations, [{ operator: "Exists" }]);
        assert.equal(pod.priorityClassName, "high");
        assert.deepEqual(pod.affinity, onLogNodes);
        assert.equal(spec.template.metadata.labels.tier, "logging");
        // What rotates then has all that a node's Job has.
        const job = (await nodeJob({ archivePerNode: true })).spec.template.spec;
        assert.deepEqual(mountPaths(pod), mountPaths(job));
        assert.deepEqual(pod.containers[0]?.envFrom, job.containers[0]?.envFrom);
        const [env, envOfJob] = [pod, job].map(({ containers }) => containers[0]?.env ?? []);
        assert.deepEqual(
            env?.filter(({ name }) => envOfJob?.some((each) => each.name === name)),
            envOfJob,
        );
    });

    it("may follow nodes from there, and nothing else", async () => {
        const found = await rotation();
        const name = "log-rotation-leaving";
        const role = found.inputs("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", name);
        assert.deepEqual(role.rules, [{ apiGroups: [""], resources: ["nodes"], verbs: ["watch"] }]);
        const binding = found.inputs("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", name);
        assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name, namespace: "chattingo" }]);
    });

    it("starts the pods that wait on nodes again when a rule changes", async () => {
        const checksum = async (changes: Partial<LogRotationArgs>) =>
            (await rotation(changes)).inputs<DaemonSet>("kubernetes:apps/v1:DaemonSet").spec.template.metadata
                .annotations?.["checksum/config"];
        assert.ok(await checksum({}));
        assert.notEqual(await checksum({ compress: false }), await checksum({}));
    });

    it("writes every rule as text that reads back as the same value", () => {
        fc.assert(
            fc.property(
                fc.record({
                    maxAgeDays: fc.nat(100_000),
                    maxSizeMb: fc.nat(100_000),
                    archiveWithinHours: fc.nat(100_000),
                    maxArchiveMb: fc.nat(100_000),
                    compress: fc.boolean(),
                }),
                (rules) => {
                    const environment = rotationEnvironment(rules);
                    assert.equal(Number(environment.MAX_AGE_DAYS), rules.maxAgeDays);
                    assert.equal(Number(environment.MAX_SIZE_MB), rules.maxSizeMb);
                    assert.equal(Number(environment.ARCHIVE_WITHIN_HOURS), rules.archiveWithinHours);
                    assert.equal(Number(environment.MAX_ARCHIVE_MB), rules.maxArchiveMb);
                    assert.equal(environment.COMPRESSION_ENABLED === "true", rules.compress);
                },
            ),
        );
    });
});
