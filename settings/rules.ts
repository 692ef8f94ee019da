// What settings ask of each other. Each rule is asked only when the settings it reads are right by themselves.

import { longestGapHours } from "../formats/cron-schedule.ts";
import { logCategories } from "../formats/log-categories.ts";
import { quantityValue } from "../formats/quantity.ts";
import { indicesByAge, mostShardsOfNode } from "../formats/rollover.ts";
import { bucketName } from "./bucket-name.ts";
import type { Key, Values } from "./keys.ts";
import { encryptionKey } from "./plain-values.ts";
import { earliestTransitionDays, minimumStorageDays, transitionTargets } from "./storage-classes.ts";

/** A setting that does not go with others. */
export interface Breach {
    /** The setting to fix. */
    readonly key: Key;
    /** The settings that make its value wrong. */
    readonly because: readonly Key[];
    readonly wrong: string;
    readonly allowed: string;
    readonly suggestion?: string;
    /** The part of a list that has to be fixed. */
    readonly part?: { readonly path: string; readonly value: string };
}

/** Settings that passed their own checks; the key of one that did not is missing. */
export type CheckedValues = Partial<Values>;

/** The bucket of a stack that names none: `chattingo-logs` in `prod`, with the stack's name elsewhere. */
export function defaultBucketName(stack: string): string {
    return stack === "prod" ? "chattingo-logs" : `chattingo-logs-${stack}`;
}

/** Every rule that the settings break. */
export function breaches(values: CheckedValues, stack: string): readonly Breach[] {
    return [
        defaultBucket(values, stack),
        ...transition(values),
        archiveRetention(values),
        searchRetention(values),
        ...applicationRetention(values),
        replicas(values),
        eksName(values),
        context(values),
        lockedBucket(values),
        sharedVolume(values),
        passwordKey(values),
        ...ingress(values),
        ingressPeers(values),
        requestWithinLimit(values, "cpu"),
        requestWithinLimit(values, "memory"),
        shardBudget(values),
        scheduleOfAlert(values),
    ].filter((breach) => breach !== undefined);
}

function defaultBucket(values: CheckedValues, stack: string): Breach | undefined {
    if (!("archive.bucketName" in values) || values["archive.bucketName"] !== undefined) {
        return undefined;
    }
    const name = defaultBucketName(stack);
    const parsed = bucketName.parse(name);
    return "value" in parsed
        ? undefined
        : {
              key: "archive.bucketName",
              because: [],
              wrong: `it is empty, and the name made from the stack's name, ${name}, is not right: ${parsed.wrong}`,
              allowed: bucketName.allowed,
              suggestion: parsed.suggestion ?? "<name of the bucket>",
          };
}

function transition(values: CheckedValues): readonly Breach[] {
    const from = values["archive.storageClass"];
    const to = values["archive.transitionStorageClass"];
    const after = values["archive.transitionAfterDays"];
    if (after === undefined || !("archive.transitionStorageClass" in values)) {
        return [];
    }
    if (to === undefined) {
        return after === 0
            ? []
            : [
                  {
                      key: "archive.transitionAfterDays",
                      because: ["archive.transitionStorageClass"],
                      wrong: "there is no class to move archives to",
                      allowed: "0, or any number of days together with archive.transitionStorageClass",
                      suggestion: "0",
                  },
              ];
    }
    if (from === undefined) {
        return [];
    }
    const targets = transitionTargets(from);
    const found: Breach[] = [];
    if (!targets.includes(to)) {
        found.push({
            key: "archive.transitionStorageClass",
            because: ["archive.storageClass"],
            wrong: `S3 does not move objects from ${from} to ${to}`,
            allowed: targets.length === 0 ? "empty" : `empty, or one of ${targets.join(", ")}`,
            suggestion: targets[0] ?? "",
        });
    }
    const earliest = Math.max(earliestTransitionDays(to), minimumStorageDays[from]);
    if (after < earliest) {
        found.push({
            key: "archive.transitionAfterDays",
            because: ["archive.storageClass", "archive.transitionStorageClass"],
            wrong: `archives have to stay in ${from} for ${earliest} days before they move to ${to}`,
            allowed: `at least ${earliest}`,
            suggestion: String(earliest),
        });
    }
    return found;
}

function archiveRetention(values: CheckedValues): Breach | undefined {
    const days = values["archive.retentionDays"];
    const first = values["archive.storageClass"];
    const second = values["archive.transitionStorageClass"];
    const after = values["archive.transitionAfterDays"];
    if (days === undefined || first === undefined || !("archive.transitionStorageClass" in values)) {
        return undefined;
    }
    if (second === undefined) {
        const least = minimumStorageDays[first];
        return days >= least
            ? undefined
            : {
                  key: "archive.retentionDays",
                  because: ["archive.storageClass"],
                  wrong: `S3 bills every object in ${first} for at least ${least} days`,
                  allowed: `at least ${least}`,
                  suggestion: String(least),
              };
    }
    if (after === undefined) {
        return undefined;
    }
    // S3 refuses a lifecycle that deletes objects on the day on which it moves them.
    const stay = Math.max(minimumStorageDays[second], 1);
    const least = after + stay;
    return days >= least
        ? undefined
        : {
              key: "archive.retentionDays",
              because: ["archive.transitionStorageClass", "archive.transitionAfterDays"],
              wrong: `archives move to ${second} after ${after} days and have to stay there for ${stay}`,
              allowed: `at least ${least}`,
              suggestion: String(least),
          };
}

function searchRetention(values: CheckedValues): Breach | undefined {
    const search = values["search.retentionDays"];
    const archive = values["archive.retentionDays"];
    return search === undefined || archive === undefined || search <= archive
        ? undefined
        : {
              key: "search.retentionDays",
              because: ["archive.retentionDays"],
              wrong: "lines could be searched whose archive is gone",
              allowed: `at most ${archive}`,
              suggestion: String(archive),
          };
}

function applicationRetention(values: CheckedValues): readonly Breach[] {
    const archive = values["archive.retentionDays"];
    return (values.applications ?? []).flatMap(({ retentionDays }, index) =>
        retentionDays === undefined || archive === undefined || retentionDays <= archive
            ? []
            : [
                  {
                      key: "applications",
                      part: { path: `[${index}].retentionDays`, value: String(retentionDays) },
                      because: ["archive.retentionDays"],
                      wrong: "lines could be searched whose archive is gone",
                      allowed: `at most ${archive}`,
                      suggestion: String(archive),
                  },
              ],
    );
}

function replicas(values: CheckedValues): Breach | undefined {
    const mode = values["search.mode"];
    const count = values["search.replicas"];
    if (mode === undefined || count === undefined) {
        return undefined;
    }
    const about = { key: "search.replicas", because: ["search.mode"] } as const;
    if (mode === "single" && count !== 1) {
        return { ...about, wrong: "mode single has one node", allowed: "1", suggestion: "1" };
    }
    return mode === "cluster" && count < 3
        ? {
              ...about,
              wrong: "a cluster of fewer than three nodes cannot lose one and still elect a master",
              allowed: "3 or more",
              suggestion: "3",
          }
        : undefined;
}

function eksName(values: CheckedValues): Breach | undefined {
    return values["archive.credentials"] !== "irsa" ||
        !("cluster.eksName" in values) ||
        values["cluster.eksName"] !== undefined
        ? undefined
        : {
              key: "cluster.eksName",
              because: ["archive.credentials"],
              wrong: "an IAM role can be given to a ServiceAccount only in a known EKS cluster",
              allowed: "the name of the EKS cluster, or archive.credentials static",
              suggestion: "<name of the EKS cluster>",
          };
}

function context(values: CheckedValues): Breach | undefined {
    return !values["cluster.context"] || !values["cluster.eksName"]
        ? undefined
        : {
              key: "cluster.context",
              because: ["cluster.eksName"],
              wrong: "an EKS cluster is reached by what AWS tells of it, and not by a kubeconfig",
              allowed: "empty, or a context without cluster.eksName and with archive.credentials static",
              suggestion: "",
          };
}

function lockedBucket(values: CheckedValues): Breach | undefined {
    return values["archive.objectLock"] !== true || values["archive.keepBucketOnDestroy"] !== false
        ? undefined
        : {
              key: "archive.keepBucketOnDestroy",
              because: ["archive.objectLock"],
              wrong: "locked archives cannot be deleted, so neither can their bucket",
              allowed: "true",
              suggestion: "true",
          };
}

function sharedVolume(values: CheckedValues): Breach | undefined {
    return values["search.mode"] !== "cluster" || values["archive.volumeAccessMode"] !== "ReadWriteOnce"
        ? undefined
        : {
              key: "archive.volumeAccessMode",
              because: ["search.mode"],
              wrong: "rotation runs on every node, and only one node could write to the archive volume",
              allowed: "ReadWriteMany, or empty",
              suggestion: "ReadWriteMany",
          };
}

function passwordKey(values: CheckedValues): Breach | undefined {
    return values["search.security"] !== true ||
        !("search.passwordKey" in values) ||
        values["search.passwordKey"] !== undefined
        ? undefined
        : {
              key: "search.passwordKey",
              because: ["search.security"],
              wrong: "there is no secret to make the passwords of Elasticsearch's users from",
              allowed: encryptionKey.allowed,
          };
}

function ingress(values: CheckedValues): readonly Breach[] {
    if (!("kibana.ingress.host" in values) || values["kibana.ingress.host"] !== undefined) {
        return [];
    }
    return (["kibana.ingress.className", "kibana.ingress.tlsSecretName"] as const)
        .filter((key) => values[key] !== undefined)
        .map((key) => ({
            key,
            because: ["kibana.ingress.host"],
            wrong: "without a host there is no Ingress",
            allowed: "empty, or any name together with kibana.ingress.host",
            suggestion: "",
        }));
}

function ingressPeers(values: CheckedValues): Breach | undefined {
    const isClosed =
        values["kibana.ingress.host"] !== undefined &&
        values["network.policies"] === true &&
        "network.ingressControllerNamespace" in values &&
        values["network.ingressControllerNamespace"] === undefined &&
        values["network.ingressCidrs"]?.length === 0;
    return isClosed
        ? {
              key: "network.ingressCidrs",
              because: ["kibana.ingress.host", "network.policies", "network.ingressControllerNamespace"],
              wrong: "nothing that serves the Ingress may reach Kibana",
              allowed:
                  "the subnets of a load balancer outside of the cluster; or network.ingressControllerNamespace, of a controller in the cluster",
              suggestion: "<list of subnets>",
          }
        : undefined;
}

/** Streams beside those of categories and applications: of lines that were refused, of the canary, of restored lines. */
const otherStreams = 3;
/** Part of a node's shards that is left to Elasticsearch's and Kibana's own indices, and to roll-overs by size. */
const shardsKeptFree = 0.3;

function shardBudget(values: CheckedValues): Breach | undefined {
    const { applications: list, "search.retentionDays": days, "search.replicas": nodes } = values;
    if (list === undefined || days === undefined || nodes === undefined) {
        return undefined;
    }
    const kept = [...logCategories.map(() => days), ...list.map(({ retentionDays = days }) => retentionDays)];
    const longest = Math.max(...kept);
    const streams = [...kept, ...Array.from({ length: otherStreams }, () => longest)];
    const indices = streams.reduce((sum, each) => sum + indicesByAge(each), 0);
    const perNode = Math.ceil((indices * (nodes > 1 ? 2 : 1)) / nodes);
    const budget = mostShardsOfNode * (1 - shardsKeptFree);
    return perNode <= budget
        ? undefined
        : {
              key: "applications",
              because: ["search.retentionDays", "search.replicas"],
              wrong: `${streams.length} data streams make ${perNode} shards on each node of Elasticsearch, which takes ${mostShardsOfNode} and then refuses lines`,
              allowed: `as many as make ${budget}: fewer applications, shorter retentionDays of theirs, or more search.replicas`,
          };
}

/** Hours after which the alert LogRotationFailed calls for a person, but for one that a run may take. */
const mostHoursBetweenRuns = 2;

function scheduleOfAlert(values: CheckedValues): Breach | undefined {
    const schedule = values["rotation.schedule"];
    if (schedule === undefined || values["monitoring.enabled"] !== true || values["monitoring.operator"] !== true) {
        return undefined;
    }
    const hours = longestGapHours(schedule);
    return hours <= mostHoursBetweenRuns
        ? undefined
        : {
              key: "rotation.schedule",
              because: ["monitoring.enabled", "monitoring.operator"],
              wrong: `${Number.isFinite(hours) ? `up to ${hours} hours` : "more than a year"} may pass between two runs, and the alert LogRotationFailed calls after three without one`,
              allowed: `a cron line with no more than ${mostHoursBetweenRuns} hours between two runs, such as "30 * * * *"`,
              suggestion: "30 * * * *",
          };
}

function requestWithinLimit(values: CheckedValues, resource: "cpu" | "memory"): Breach | undefined {
    const request = values[`filebeat.requests.${resource}`];
    const limit = values[`filebeat.limits.${resource}`];
    if (request === undefined || limit === undefined) {
        return undefined;
    }
    return (quantityValue(request) ?? 0) <= (quantityValue(limit) ?? 0)
        ? undefined
        : {
              key: `filebeat.requests.${resource}`,
              because: [`filebeat.limits.${resource}`],
              wrong: "Kubernetes refuses a pod that requests more than its limit",
              allowed: `at most ${limit}`,
              suggestion: limit,
          };
}
