// The log tree and the archive volume.

import assert from "node:assert/strict";
import { LogVolume, type LogVolumeArgs } from "../../../components/log-volume.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { resolved } from "../../../scripts/recording-engine.ts";
import { assertConfined, declared, mountPaths, type PodSpec, program } from "./mocked-program.ts";

const args: LogVolumeArgs = {
    namespace: "chattingo",
    image: nodeImage,
    program,
    size: "5Gi",
    accessMode: "ReadWriteOnce",
    keepOnDestroy: true,
};

interface Claim {
    readonly metadata: { readonly name: string };
    readonly spec: Readonly<Record<string, unknown>>;
}

interface Job {
    readonly metadata: {
        readonly name: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations: Readonly<Record<string, string>>;
    };
    readonly spec: {
        readonly activeDeadlineSeconds: number;
        readonly ttlSecondsAfterFinished?: number;
        readonly template: {
            readonly metadata: { readonly labels: Readonly<Record<string, string>> };
            readonly spec: PodSpec;
        };
    };
}

const volume = (changes: Partial<LogVolumeArgs> = {}) =>
    declared(() => new LogVolume("log-volume", { ...args, ...changes }));

/** The pod with the container alone that makes the tree. */
const setUpOf = ({ spec }: Job): PodSpec => ({
    ...spec.template.spec,
    containers: spec.template.spec.initContainers ?? [],
});

describe("LogVolume", () => {
    it("claims the archive volume from the cluster's default class", async () => {
        const claim = (await volume()).inputs<Claim>("kubernetes:core/v1:PersistentVolumeClaim");
        assert.equal(claim.metadata.name, "log-archive");
        assert.deepEqual(claim.spec, {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "5Gi" } },
        });
    });

    it("claims it as the stack asks", async () => {
        const found = await volume({ size: "20Gi", storageClass: "efs", accessMode: "ReadWriteMany" });
        assert.deepEqual(found.inputs<Claim>("kubernetes:core/v1:PersistentVolumeClaim").spec, {
            accessModes: ["ReadWriteMany"],
            storageClassName: "efs",
            resources: { requests: { storage: "20Gi" } },
        });
    });

    it("keeps its claim when the stack is destroyed, where the stack keeps its volumes", async () => {
        for (const keepOnDestroy of [true, false]) {
            const claim = (await volume({ keepOnDestroy })).one("kubernetes:core/v1:PersistentVolumeClaim");
            assert.equal(claim.retainOnDelete, keepOnDestroy);
        }
    });

    it("makes the log tree with a Job of a fixed name, which is replaced by deleting it first", async () => {
        const found = await volume();
        assert.equal(found.inputs<Job>("kubernetes:batch/v1:Job").metadata.name, "log-setup");
        assert.equal(found.one("kubernetes:batch/v1:Job").deleteBeforeReplace, true);
    });

    it("keeps the finished Job, because one that is gone would count as drift", async () => {
        const { spec } = (await volume()).inputs<Job>("kubernetes:batch/v1:Job");
        assert.equal(spec.ttlSecondsAfterFinished, undefined);
    });

    it("gives its Job time for a node that must first be started and an image that must be pulled", async () => {
        const { spec } = (await volume()).inputs<Job>("kubernetes:batch/v1:Job");
        assert.equal(spec.activeDeadlineSeconds, 1800);
    });

    it("has the next up make a Job again that failed", async () => {
        const { metadata } = (await volume()).inputs<Job>("kubernetes:batch/v1:Job");
        assert.equal(metadata.annotations["pulumi.com/replaceUnready"], "true");
    });

    it("tries the archive volume as the uploader's user, in the log tree's group, after root has set it up", async () => {
        const pod = (await volume()).inputs<Job>("kubernetes:batch/v1:Job").spec.template.spec;
        assert.deepEqual(
            pod.initContainers?.map(({ name, args: given }) => [name, given]),
            [["log-setup", ["--leave-trial"]]],
        );
        const [trial] = pod.containers;
        assert.deepEqual(trial?.args, ["--finish-trial"]);
        const { runAsUser, runAsGroup, capabilities } = trial?.securityContext ?? {};
        assert.deepEqual(
            { runAsUser, runAsGroup, capabilities },
            { runAsUser: 10001, runAsGroup: 10001, capabilities: { drop: ["ALL"] } },
        );
        assert.deepEqual(
            trial?.volumeMounts?.map(({ name }) => name),
            ["program", "archive"],
        );
    });

    it("lists its Job among the system's, but not its pods among those that are to be ready", async () => {
        const { metadata, spec } = (await volume()).inputs<Job>("kubernetes:batch/v1:Job");
        assert.equal(metadata.labels.tier, "logging");
        assert.equal(spec.template.metadata.labels.tier, "logging-job");
        assert.equal(spec.template.metadata.labels.app, "log-setup");
    });

    it("runs as root with nothing but what giving files to a group takes", async () => {
        const pod = setUpOf((await volume()).inputs<Job>("kubernetes:batch/v1:Job"));
        assertConfined(pod, ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"]);
        assert.equal(pod.securityContext?.runAsUser, 0);
        assert.equal(pod.restartPolicy, "Never");
    });

    it("mounts the node's log tree, the archive volume inside it, and its program", async () => {
        const pod = setUpOf((await volume()).inputs<Job>("kubernetes:batch/v1:Job"));
        assert.deepEqual(mountPaths(pod), {
            program: "/opt/chattingo",
            logs: "/var/log/chattingo",
            archive: "/var/log/chattingo/archive",
        });
        assert.deepEqual(pod.volumes?.find(({ name }) => name === "logs")?.hostPath, {
            path: "/var/log/chattingo",
            type: "DirectoryOrCreate",
        });
        assert.deepEqual(pod.containers[0]?.env, [
            { name: "LOG_ROOT", value: "/var/log/chattingo" },
            { name: "LOG_GROUP_ID", value: "10001" },
            { name: "CANARY_GROUP_ID", value: "10003" },
        ]);
    });

    it("gives the claim's name to what comes after it", async () => {
        let component: LogVolume | undefined;
        await declared(() => {
            component = new LogVolume("log-volume", args);
        });
        assert.equal(await resolved(component?.archiveClaimName), "log-archive");
    });
});
