// The CronJob that never runs, and of which an operator makes a Job.

import assert from "node:assert/strict";
import { LogRestore, type LogRestoreArgs } from "../../../components/log-restore.ts";
import { nextRun } from "../../../formats/cron-schedule.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { readSettings } from "../../../workloads/log-restore/settings.ts";
import { assertConfined, declared, declaredStack, mountPaths, type PodSpec, program } from "./mocked-program.ts";

const roleArn = "arn:aws:iam::123456789012:role/log-restore";
const accessKey = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret" };
const args: LogRestoreArgs = {
    namespace: "chattingo",
    image: nodeImage,
    program,
    stack: "prod",
    bucketName: "chattingo-logs",
    region: "us-east-1",
    credentials: { roleArn },
    elasticsearchUrl: "https://elasticsearch.chattingo.svc:9200",
};

interface CronJob {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly schedule: string;
        readonly suspend: boolean;
        readonly jobTemplate: {
            readonly spec: {
                readonly backoffLimit: number;
                readonly podFailurePolicy: unknown;
                readonly activeDeadlineSeconds: number;
                readonly template: {
                    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
                    readonly spec: PodSpec;
                };
            };
        };
    };
}

const made = (changes: Partial<LogRestoreArgs> = {}) =>
    declared(() => new LogRestore("log-restore", { ...args, ...changes }));
const cronJob = async (changes: Partial<LogRestoreArgs> = {}) =>
    (await made(changes)).inputs<CronJob>("kubernetes:batch/v1:CronJob");
const pod = async (changes: Partial<LogRestoreArgs> = {}) =>
    (await cronJob(changes)).spec.jobTemplate.spec.template.spec;

describe("LogRestore", () => {
    it("is a CronJob that makes no Job by itself, suspended or not", async () => {
        const { metadata, spec } = await cronJob();
        assert.equal(metadata.name, "log-restore");
        assert.equal(spec.suspend, true);
        assert.equal(nextRun(spec.schedule, new Date()), undefined);
    });

    it("has pods that nobody waits to be ready, and confines them", async () => {
        const { template } = (await cronJob()).spec.jobTemplate.spec;
        assert.equal(template.metadata.labels.tier, "logging-job");
        assert.equal(template.metadata.labels.app, "log-restore");
        assertConfined(template.spec, []);
        assert.equal(template.spec.securityContext?.runAsNonRoot, true);
        assert.equal(template.spec.restartPolicy, "Never");
    });

    it("sees its program and a folder for one archive, and neither logs nor archives of the nodes", async () => {
        const spec = await pod();
        assert.deepEqual(mountPaths(spec), { program: "/opt/chattingo", scratch: "/tmp" });
        assert.deepEqual(spec.volumes?.find(({ name }) => name === "scratch")?.emptyDir, { sizeLimit: "10Gi" });
        assert.deepEqual(spec.containers[0]?.command, ["node", "/opt/chattingo/log-restore.js"]);
    });

    it("is not tried again when it fails, and is when its node goes away; S3 may take four days", async () => {
        const { spec } = (await cronJob()).spec.jobTemplate;
        assert.equal(spec.backoffLimit, 0);
        assert.deepEqual(spec.podFailurePolicy, {
            rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
        });
        assert.ok(spec.activeDeadlineSeconds > 96 * 60 * 60);
    });

    it("tells the program all but what to bring back", async () => {
        const endpoint = "http://10.96.0.20";
        const env = (await pod({ endpoint })).containers[0]?.env ?? [];
        const told = Object.fromEntries(env.map(({ name, value }) => [name, value]));
        assert.equal(told.AWS_ENDPOINT_URL_S3, endpoint);
        assert.equal(told.AWS_EC2_METADATA_DISABLED, "true", "not with the credentials of the node");
        assert.deepEqual(readSettings(told).problems, ["FROM is missing", "TO is missing"]);
        const { settings } = readSettings({ ...told, FROM: "2025-09-10", TO: "2025-09-12" });
        assert.equal(settings?.stack, "prod");
        assert.deepEqual(settings?.archive, { bucketName: "chattingo-logs", region: "us-east-1" });
    });

    it("is given its role by its ServiceAccount, or an access key by a Secret of its own", async () => {
        const found = await made();
        const { metadata } = found.inputs<{ metadata: { name: string; annotations: unknown } }>(
            "kubernetes:core/v1:ServiceAccount",
        );
        assert.equal(metadata.name, "log-restore");
        assert.deepEqual(metadata.annotations, { "eks.amazonaws.com/role-arn": roleArn });
        assert.ok(!found.types().includes("kubernetes:core/v1:Secret"));
        assert.equal((await pod()).serviceAccountName, "log-restore");

        const withKey = await made({ credentials: accessKey });
        const secret = withKey.inputs<{ metadata: { name: string }; data: unknown }>("kubernetes:core/v1:Secret");
        assert.equal(secret.metadata.name, "log-restore-credentials");
        assert.deepEqual(secret.data, { credentials: "[secret]" });
        const { volumes, containers } = await pod({ credentials: accessKey });
        const { name } = volumes?.find((volume) => volume.secret?.secretName === secret.metadata.name) ?? {};
        const mount = containers[0]?.volumeMounts?.find((each) => each.name === name);
        assert.equal(
            containers[0]?.env?.find((each) => each.name === "AWS_SHARED_CREDENTIALS_FILE")?.value,
            `${mount?.mountPath}/credentials`,
        );
    });

    it("leaves nothing in a stack that does without it, not even a role", async () => {
        const config = {
            "chattingo-logging:search.passwordKey": "0123456789abcdef".repeat(2),
            "chattingo-logging:archive.restoreJob": "false",
        };
        const { found } = await declaredStack("prod", { config });
        const left = found.resources.filter(
            ({ name, type }) => name.startsWith("log-restore") && !type.includes("NetworkPolicy"),
        );
        assert.deepEqual(left, []);
    }).timeout(60_000);
});
