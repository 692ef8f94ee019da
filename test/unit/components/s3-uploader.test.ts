// The uploader's Deployment and its configuration.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { S3Uploader, type S3UploaderArgs, uploaderConfig } from "../../../components/s3-uploader.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { assertConfined, declared, mountPaths, type PodSpec, program } from "./mocked-program.ts";

const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const roleArn = "arn:aws:iam::123456789012:role/s3-uploader";
const accessKey = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret" };
const args: S3UploaderArgs = {
    namespace: "chattingo",
    image: nodeImage,
    program,
    archiveClaimName: "log-archive",
    bucketName: "chattingo-logs",
    keyArn,
    region: "us-east-1",
    storageClass: "STANDARD_IA",
    compress: true,
    maxAgeDays: 30,
    deleteAfterUpload: true,
    credentials: { roleArn },
};

interface Deployment {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly replicas: number;
        readonly strategy: { readonly type: string };
        readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        readonly template: {
            readonly metadata: {
                readonly labels: Readonly<Record<string, string>>;
                readonly annotations: Readonly<Record<string, string>>;
            };
            readonly spec: PodSpec;
        };
    };
}

const uploader = (changes: Partial<S3UploaderArgs> = {}) =>
    declared(() => new S3Uploader("s3-uploader", { ...args, ...changes }));
const deployment = async (changes: Partial<S3UploaderArgs> = {}) =>
    (await uploader(changes)).inputs<Deployment>("kubernetes:apps/v1:Deployment");
const environment = (pod: PodSpec) => pod.containers[0]?.env?.map(({ name, value }) => [name, value]) ?? [];

describe("S3Uploader", () => {
    it("is one pod, which is gone before the next one comes", async () => {
        const { metadata, spec } = await deployment();
        assert.equal(metadata.name, "s3-uploader");
        assert.equal(spec.replicas, 1);
        assert.equal(spec.strategy.type, "Recreate");
        assert.equal(spec.template.metadata.labels.tier, "logging");
        assert.deepEqual(spec.selector.matchLabels, { app: "s3-uploader" });
    });

    it("runs as a user of its own in the log tree's group, without any capability", async () => {
        const pod = (await deployment()).spec.template.spec;
        assertConfined(pod, []);
        assert.equal(pod.securityContext?.runAsNonRoot, true);
        assert.equal(pod.securityContext?.runAsUser, 10001);
        assert.equal(pod.securityContext?.runAsGroup, 10001);
        assert.equal(pod.securityContext?.fsGroup, 10001);
    });

    it("sees the archives, its program and its configuration, and no live log", async () => {
        const pod = (await deployment()).spec.template.spec;
        assert.deepEqual(mountPaths(pod), {
            program: "/opt/chattingo",
            archive: "/var/log/chattingo/archive",
            config: "/etc/s3-uploader",
            "log-volume": "/mnt/log-volume",
        });
        const logVolume = pod.volumes?.find(({ name }) => name === "log-volume");
        assert.deepEqual(logVolume?.hostPath, { path: "/var/log/chattingo/kibana", type: "DirectoryOrCreate" });
        assert.deepEqual(pod.containers[0]?.command, ["node", "/opt/chattingo/s3-uploader.js"]);
        assert.deepEqual(pod.containers[0]?.args, ["--config", "/etc/s3-uploader/config.yaml"]);
    });

    it("serves metrics and probes on port 9102, inside the cluster only", async () => {
        const found = await uploader();
        const [container] = found.inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.spec.containers;
        assert.deepEqual(container?.ports, [{ name: "metrics", containerPort: 9102 }]);
        assert.deepEqual(container?.livenessProbe?.httpGet, { path: "/healthz", port: "metrics" });
        assert.deepEqual(container?.readinessProbe?.httpGet, { path: "/readyz", port: "metrics" });
        assert.deepEqual(found.inputs("kubernetes:core/v1:Service").spec, {
            type: "ClusterIP",
            selector: { app: "s3-uploader" },
            ports: [{ name: "metrics", port: 9102, targetPort: "metrics" }],
        });
    });

    it("is given its role by its ServiceAccount, and holds no key", async () => {
        const found = await uploader();
        const { metadata } = found.inputs<{ metadata: { name: string; annotations: unknown } }>(
            "kubernetes:core/v1:ServiceAccount",
        );
        assert.equal(metadata.name, "s3-uploader");
        assert.deepEqual(metadata.annotations, { "eks.amazonaws.com/role-arn": roleArn });
        assert.ok(!found.types().includes("kubernetes:core/v1:Secret"));
        const pod = found.inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.spec;
        assert.equal(pod.serviceAccountName, "s3-uploader");
        assert.equal(pod.containers[0]?.envFrom, undefined);
    });

    it("is given an access key by a Secret, which alone holds it", async () => {
        const found = await uploader({ credentials: accessKey });
        const secret = found.inputs<{ metadata: { name: string }; data: unknown }>("kubernetes:core/v1:Secret");
        assert.equal(secret.metadata.name, "s3-uploader-credentials");
        assert.deepEqual(secret.data, { credentials: "[secret]" });
        const pod = found.inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.spec;
        const { name } = pod.volumes?.find((volume) => volume.secret?.secretName === secret.metadata.name) ?? {};
        const mount = pod.containers[0]?.volumeMounts?.find((each) => each.name === name);
        assert.deepEqual(
            environment(pod).filter(([variable]) => variable?.startsWith("AWS_SHARED")),
            [["AWS_SHARED_CREDENTIALS_FILE", `${mount?.mountPath}/credentials`]],
        );
        assert.ok(!JSON.stringify(found.resources).includes(accessKey.secretAccessKey));
    });

    it("talks to AWS, or to the store that it is pointed at", async () => {
        const withoutEndpoint = environment((await deployment()).spec.template.spec);
        assert.deepEqual(withoutEndpoint, [
            // Not with the credentials of the node.
            ["AWS_EC2_METADATA_DISABLED", "true"],
            ["AWS_REGION", "us-east-1"],
            ["NODE_NAME", undefined],
            ["LOG_VOLUME", "/mnt/log-volume"],
            ["NODE_OPTIONS", "--max-semi-space-size=1"],
        ]);
        const pod = (await deployment({ endpoint: "http://10.96.0.20" })).spec.template.spec;
        assert.deepEqual(environment(pod).at(-1), ["AWS_ENDPOINT_URL_S3", "http://10.96.0.20"]);
    });

    it("restarts when its configuration or its access key changes, and only then", async () => {
        const annotations = async (changes: Partial<S3UploaderArgs>) =>
            (await deployment({ credentials: accessKey, ...changes })).spec.template.metadata.annotations;
        const before = await annotations({});
        assert.deepEqual(await annotations({}), before);
        assert.notDeepEqual(await annotations({ storageClass: "GLACIER" }), before);
        assert.notDeepEqual(await annotations({ deleteAfterUpload: false }), before);
        assert.notDeepEqual(
            await annotations({ credentials: { ...accessKey, accessKeyId: "AKIAI44QH8DHBEXAMPLE" } }),
            before,
        );
    });
});

describe("the uploader's configuration", () => {
    const config = {
        bucketName: "chattingo-logs",
        keyArn,
        region: "us-east-1",
        storageClass: "STANDARD_IA",
        compress: true,
        maxAgeDays: 30,
        deleteAfterUpload: true,
    } as const;

    it("is the YAML that the program reads", () => {
        assert.deepEqual(parse(uploaderConfig(config)), {
            s3: {
                bucket_name: "chattingo-logs",
                region: "us-east-1",
                storage_class: "STANDARD_IA",
                kms_key_id: keyArn,
            },
            upload: { file_patterns: ["*.gz"], upload_directories: ["archive/"], schedule: "0 */2 * * *" },
            cleanup: { max_age_days: 30, delete_after_upload: true },
        });
    });

    it("counts files without compression as archives in a stack that does not compress", () => {
        assert.deepEqual(parse(uploaderConfig({ ...config, compress: false })).upload.file_patterns, ["*.gz", "*.log"]);
    });

    it("holds every setting so that it reads back as the same value", () => {
        fc.assert(
            fc.property(
                fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/),
                fc.constantFrom(
                    "STANDARD_IA",
                    "STANDARD",
                    "GLACIER",
                    "DEEP_ARCHIVE",
                    "GLACIER_IR",
                    "INTELLIGENT_TIERING",
                ),
                fc.nat(100_000),
                fc.boolean(),
                (bucketName, storageClass, maxAgeDays, deleteAfterUpload) => {
                    const text = uploaderConfig({ ...config, bucketName, storageClass, maxAgeDays, deleteAfterUpload });
                    const read = parse(text);
                    assert.equal(read.s3.bucket_name, bucketName);
                    assert.equal(read.s3.storage_class, storageClass);
                    assert.equal(read.cleanup.max_age_days, maxAgeDays);
                    assert.equal(read.cleanup.delete_after_upload, deleteAfterUpload);
                },
            ),
        );
    });
});
