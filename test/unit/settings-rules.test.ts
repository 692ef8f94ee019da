// What settings ask of each other.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSettings, readStackConfig, type Settings, SettingsError } from "../../settings/index.ts";
import { archiveStorageClasses, minimumStorageDays, transitionTargets } from "../../settings/storage-classes.ts";

const base = readStackConfig("dev").values;

function settings(changes: Readonly<Record<string, string | number>>, stack = "dev"): Settings {
    const values: Record<string, string> = { ...base };
    for (const [key, value] of Object.entries(changes)) {
        values[`chattingo-logging:${key}`] = String(value);
    }
    return parseSettings(stack, values);
}

function faults(
    changes: Readonly<Record<string, string | number>>,
    stack?: string,
): readonly (readonly [string, string | undefined])[] {
    try {
        settings(changes, stack);
        return [];
    } catch (error) {
        assert.ok(error instanceof SettingsError);
        return error.problems.map(({ key, allowed }) => [key.replace("chattingo-logging:", ""), allowed]);
    }
}

describe("rotation.schedule", () => {
    it("leaves no more time between two runs than the alert about missing ones", () => {
        for (const schedule of ["30 * * * *", "0 */2 * * *", "*/5 * * * *", "15,45 * * * *"]) {
            assert.deepEqual(faults({ "rotation.schedule": schedule }), [], schedule);
        }
        for (const schedule of [
            "0 3 * * *",
            "0 */3 * * *",
            "*/5 9-17 * * *",
            "0 * * * 1-5",
            "0 * 1 * *",
            "0 0 29 2 *",
        ]) {
            assert.deepEqual(
                faults({ "rotation.schedule": schedule }).map(([key]) => key),
                ["rotation.schedule"],
                schedule,
            );
        }
    });

    it("may be any where no alert watches it", () => {
        assert.deepEqual(faults({ "rotation.schedule": "0 3 * * *", "monitoring.enabled": "false" }), []);
        assert.deepEqual(faults({ "rotation.schedule": "0 3 * * *", "monitoring.operator": "false" }), []);
    });
});

describe("the shards of data streams", () => {
    const retained = (days: number) => ({ "search.retentionDays": days, "archive.retentionDays": 36500 });

    it("are few enough for one node, however long lines can be searched", () => {
        for (const days of [1, 30, 31, 365, 3650, 36500]) {
            assert.deepEqual(faults(retained(days)), [], String(days));
        }
    });

    it("are refused when applications make more of them than a node takes", () => {
        const applications = (count: number) =>
            JSON.stringify(Array.from({ length: count }, (_, index) => ({ name: `app-${index}` })));
        assert.deepEqual(faults({ ...retained(365), applications: applications(10) }), []);
        assert.deepEqual(
            faults({ ...retained(365), applications: applications(40) }).map(([key]) => key),
            ["applications"],
        );
    });
});

describe("the archive's retention", () => {
    it("is at least what S3 bills for its storage class", () => {
        const least = {
            STANDARD: 3,
            STANDARD_IA: 30,
            INTELLIGENT_TIERING: 3,
            GLACIER_IR: 90,
            GLACIER: 90,
            DEEP_ARCHIVE: 180,
        };
        for (const [storageClass, days] of Object.entries(least)) {
            const retain = (retentionDays: number) =>
                faults({ "archive.storageClass": storageClass, "archive.retentionDays": retentionDays });
            assert.deepEqual(retain(days), [], storageClass);
            if (days > 3) {
                assert.deepEqual(retain(days - 1), [["archive.retentionDays", `at least ${days}`]], storageClass);
            }
        }
    });

    it("counts from the transition, where there is one", () => {
        const retain = (retentionDays: number) =>
            faults({
                "archive.transitionStorageClass": "GLACIER",
                "archive.transitionAfterDays": 90,
                "archive.retentionDays": retentionDays,
            });
        assert.deepEqual(retain(180), []);
        assert.deepEqual(retain(179), [["archive.retentionDays", "at least 180"]]);
    });

    it("goes beyond the transition even where S3 bills no minimum", () => {
        const retain = (retentionDays: number) =>
            faults({
                "archive.transitionStorageClass": "INTELLIGENT_TIERING",
                "archive.transitionAfterDays": 60,
                "archive.retentionDays": retentionDays,
            });
        assert.deepEqual(retain(61), []);
        assert.deepEqual(retain(60), [["archive.retentionDays", "at least 61"]]);
    });

    it("is not shorter than the search's", () => {
        assert.deepEqual(faults({ "search.retentionDays": 30 }), []);
        assert.deepEqual(faults({ "search.retentionDays": 31 }), [["search.retentionDays", "at most 30"]]);
    });

    it("once accepted, keeps every class for the days that S3 bills, whatever the settings", () => {
        const days = fc.integer({ min: 0, max: 400 });
        const storageClass = fc.constantFrom(...archiveStorageClasses);
        fc.assert(
            fc.property(storageClass, fc.option(storageClass), days, days, (first, second, after, retention) => {
                const changes = {
                    "archive.storageClass": first,
                    "archive.transitionStorageClass": second ?? "",
                    "archive.transitionAfterDays": after,
                    "archive.retentionDays": retention,
                };
                if (faults(changes).length > 0) {
                    return;
                }
                const { archive } = settings(changes);
                const inFirst = archive.transition?.afterDays ?? archive.retentionDays;
                assert.ok(inFirst >= minimumStorageDays[archive.storageClass]);
                if (archive.transition) {
                    assert.ok(transitionTargets(archive.storageClass).includes(archive.transition.storageClass));
                    assert.ok(archive.retentionDays > inFirst);
                    assert.ok(archive.retentionDays - inFirst >= minimumStorageDays[archive.transition.storageClass]);
                }
            }),
            { numRuns: 1000 },
        );
    });
});

describe("the transition of archives", () => {
    const transition = (storageClass: string, target: string, afterDays: number) =>
        faults({
            "archive.storageClass": storageClass,
            "archive.transitionStorageClass": target,
            "archive.transitionAfterDays": afterDays,
            "archive.retentionDays": 3650,
        });

    it("needs both the class and the days", () => {
        assert.deepEqual(
            faults({ "archive.transitionAfterDays": 90 }).map(([key]) => key),
            ["archive.transitionAfterDays"],
        );
        assert.deepEqual(transition("STANDARD", "GLACIER", 0), [["archive.transitionAfterDays", "at least 1"]]);
        assert.equal(settings({}).archive.transition, undefined);
    });

    it("goes down the classes as S3 allows", () => {
        assert.deepEqual(transition("STANDARD_IA", "DEEP_ARCHIVE", 90), []);
        assert.deepEqual(transition("STANDARD_IA", "STANDARD", 90), [
            [
                "archive.transitionStorageClass",
                "empty, or one of INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE",
            ],
        ]);
        assert.deepEqual(
            transition("STANDARD_IA", "STANDARD_IA", 90).map(([key]) => key),
            ["archive.transitionStorageClass"],
        );
        assert.deepEqual(transition("DEEP_ARCHIVE", "GLACIER", 200), [["archive.transitionStorageClass", "empty"]]);
    });

    it("waits for the days that S3 bills, and 30 on the way to STANDARD_IA", () => {
        assert.deepEqual(transition("STANDARD", "STANDARD_IA", 29), [["archive.transitionAfterDays", "at least 30"]]);
        assert.deepEqual(transition("STANDARD", "STANDARD_IA", 30), []);
        assert.deepEqual(transition("STANDARD_IA", "GLACIER", 29), [["archive.transitionAfterDays", "at least 30"]]);
        assert.deepEqual(transition("GLACIER", "DEEP_ARCHIVE", 89), [["archive.transitionAfterDays", "at least 90"]]);
        assert.deepEqual(transition("STANDARD", "GLACIER", 1), []);
    });
});

describe("the search's nodes", () => {
    it("are one in mode single and three or more in a cluster", () => {
        assert.deepEqual(faults({ "search.replicas": 2 }), [["search.replicas", "1"]]);
        assert.deepEqual(faults({ "search.mode": "cluster" }), [["search.replicas", "3 or more"]]);
        assert.deepEqual(faults({ "search.mode": "cluster", "search.replicas": 2 }), [
            ["search.replicas", "3 or more"],
        ]);
        assert.deepEqual(faults({ "search.mode": "cluster", "search.replicas": 5 }), []);
    });

    it("decide how the archive volume is mounted, unless it is set", () => {
        const cluster = { "search.mode": "cluster", "search.replicas": 3 };
        assert.equal(settings({}).archive.volumeAccessMode, "ReadWriteOnce");
        assert.equal(settings(cluster).archive.volumeAccessMode, "ReadWriteMany");
        assert.equal(
            settings({ "archive.volumeAccessMode": "ReadWriteMany" }).archive.volumeAccessMode,
            "ReadWriteMany",
        );
        assert.deepEqual(faults({ ...cluster, "archive.volumeAccessMode": "ReadWriteOnce" }), [
            ["archive.volumeAccessMode", "ReadWriteMany, or empty"],
        ]);
    });
});

describe("the uploader's credentials", () => {
    it("need the EKS cluster's name for irsa only", () => {
        assert.deepEqual(
            faults({ "archive.credentials": "irsa" }).map(([key]) => key),
            ["cluster.eksName"],
        );
        assert.deepEqual(faults({ "archive.credentials": "irsa", "cluster.eksName": "chattingo-prod" }), []);
        assert.deepEqual(faults({ "archive.credentials": "static" }), []);
    });
});

describe("the cluster of a stack", () => {
    it("is named as one of EKS or by a context, and not by both", () => {
        const eks = { "cluster.eksName": "chattingo-prod" };
        const context = { "cluster.context": "arn:aws:eks:us-east-1:123456789012:cluster/other" };
        assert.deepEqual(faults(eks), []);
        assert.deepEqual(faults(context), []);
        assert.deepEqual(
            faults({ ...eks, ...context }).map(([key]) => key),
            ["cluster.context"],
        );
    });
});

describe("a locked archive", () => {
    it("keeps its bucket", () => {
        assert.deepEqual(faults({ "archive.objectLock": "true" }), []);
        assert.deepEqual(faults({ "archive.objectLock": "true", "archive.keepBucketOnDestroy": "false" }), [
            ["archive.keepBucketOnDestroy", "true"],
        ]);
    });
});

describe("Kibana's Ingress", () => {
    it("is there with a host, and nothing else of it without", () => {
        assert.equal(settings({}).kibana.ingress, undefined);
        const served = { "kibana.ingress.host": "kibana.example.com", "network.ingressCidrs": '["10.0.0.0/16"]' };
        assert.equal(settings(served).kibana.ingress?.host, "kibana.example.com");
        assert.deepEqual(
            faults({ "kibana.ingress.className": "nginx", "kibana.ingress.tlsSecretName": "tls" }).map(([key]) => key),
            ["kibana.ingress.className", "kibana.ingress.tlsSecretName"],
        );
    });

    it("is served from named addresses or a named namespace, where policies close the others out", () => {
        const host = { "kibana.ingress.host": "kibana.example.com" };
        assert.deepEqual(
            faults(host).map(([key]) => key),
            ["network.ingressCidrs"],
        );
        const enough: readonly Readonly<Record<string, string>>[] = [
            { "network.ingressCidrs": '["10.0.0.0/16"]' },
            { "network.ingressControllerNamespace": "traefik" },
            { "network.policies": "false" },
        ];
        for (const peers of enough) {
            assert.deepEqual(faults({ ...host, ...peers }), []);
        }
    });
});

describe("Filebeat's requests", () => {
    it("are within its limits, whatever the units", () => {
        assert.deepEqual(faults({ "filebeat.requests.cpu": "0.5", "filebeat.requests.memory": "524288000" }), []);
        assert.deepEqual(faults({ "filebeat.requests.cpu": "1", "filebeat.limits.memory": "100Mi" }), [
            ["filebeat.requests.cpu", "at most 500m"],
            ["filebeat.requests.memory", "at most 100Mi"],
        ]);
    });
});

describe("the bucket's name", () => {
    it("carries the stack's name everywhere but in prod", () => {
        assert.equal(settings({}, "prod").archive.bucketName, "chattingo-logs");
        assert.equal(settings({}, "staging").archive.bucketName, "chattingo-logs-staging");
        assert.equal(settings({ "archive.bucketName": "my-logs" }, "staging").archive.bucketName, "my-logs");
    });

    it("has to be set for a stack whose name makes none", () => {
        assert.deepEqual(
            faults({}, "my_stack").map(([key]) => key),
            ["archive.bucketName"],
        );
        assert.deepEqual(
            faults({}, "s".repeat(60)).map(([key]) => key),
            ["archive.bucketName"],
        );
        assert.deepEqual(faults({ "archive.bucketName": "my-logs" }, "my_stack"), []);
    });
});
