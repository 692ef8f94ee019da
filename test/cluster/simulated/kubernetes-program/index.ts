// One object of each kind that the lab's Kubernetes provider treats in its own way, for kubernetes-provider.test.ts.
// The stack's configuration makes the edits, and the mistakes, that the test tries.

import { createHash } from "node:crypto";
import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const image = config.get("image") ?? "registry.example/web:1";
const page = config.get("page") ?? "hello";
const password = config.requireSecret("password");

const { metadata: space } = new k8s.core.v1.Namespace("space", { metadata: { name: "shop" } });
const namespace = space.name;
const named = (name: string) => ({ name, namespace, labels: { "app.kubernetes.io/part-of": "shop" } });

new k8s.core.v1.Service("web", {
    metadata: named("web"),
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
});
// Without a selector, so that it is ready before any pod.
const outside = new k8s.core.v1.Service("outside", { metadata: named("outside"), spec: { ports: [{ port: 443 }] } });
new k8s.core.v1.Service("members", {
    metadata: named("members"),
    spec: { clusterIP: "None", selector: { app: "nobody" }, ports: [{ port: 80 }] },
});
const pages = new k8s.core.v1.ConfigMap("pages", {
    metadata: named(`pages-${createHash("sha256").update(page).digest("hex").slice(0, 8)}`),
    immutable: true,
    data: { "index.html": page },
});
const settings = new k8s.core.v1.ConfigMap("settings", {
    metadata: named("settings"),
    data: { LEVEL: config.get("level") ?? "info", ADDRESS: outside.spec.clusterIP },
});
const login = new k8s.core.v1.Secret("login", { metadata: named("login"), stringData: { password } });
const claim = new k8s.core.v1.PersistentVolumeClaim("data", {
    metadata: named("data"),
    spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: config.get("storageClass") ?? "standard",
        resources: { requests: { storage: "1024Mi" } },
    },
});
new k8s.core.v1.PersistentVolumeClaim("shared", {
    metadata: named("shared"),
    spec: { accessModes: ["ReadWriteMany"], storageClassName: "efs", resources: { requests: { storage: "1Gi" } } },
});

const account = new k8s.core.v1.ServiceAccount("web", { metadata: named("web") });
const role = new k8s.rbac.v1.Role("web", {
    metadata: named("web"),
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
});
new k8s.rbac.v1.RoleBinding("web", {
    metadata: named("web"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
    subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
});

const container = { name: "web", image, resources: { requests: { cpu: "0.1", memory: "1000Ki" } } };
const pod = (app: string) => ({ metadata: { labels: { app } }, spec: { containers: [container] } });
// A field that the API server does not know, where an object's values are not known either.
const mistake = config.getBoolean("mistake") ? { nodeSelecter: { zone: "a" } } : {};
const forced: Record<string, string> = config.getBoolean("forced") ? { "pulumi.com/patchForce": "true" } : {};
const nowhere = config.getBoolean("unschedulable") ? { nodeSelector: { zone: "nowhere" } } : {};
new k8s.apps.v1.Deployment("web", {
    metadata: { ...named("web"), annotations: { ...forced, "pulumi.com/timeoutSeconds": "5" } },
    spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: {
            metadata: { labels: { app: "web" } },
            spec: {
                ...nowhere,
                ...mistake,
                serviceAccountName: account.metadata.name,
                containers: [
                    {
                        ...container,
                        env: [
                            { name: "ADDRESS", value: outside.spec.clusterIP },
                            { name: "PASSWORD", value: password },
                            { name: "EMPTY", value: "" },
                        ],
                        envFrom: [
                            { configMapRef: { name: settings.metadata.name } },
                            { secretRef: { name: login.metadata.name } },
                        ],
                        volumeMounts: [
                            { name: "pages", mountPath: "/pages", readOnly: true },
                            { name: "data", mountPath: "/data" },
                        ],
                    },
                ],
                volumes: [
                    { name: "pages", configMap: { name: pages.metadata.name } },
                    { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
                ],
            },
        },
    },
});
new k8s.apps.v1.StatefulSet("store", {
    metadata: named("store"),
    spec: { serviceName: "members", selector: { matchLabels: { app: "store" } }, template: pod("store") },
});
new k8s.apps.v1.DaemonSet("agent", {
    metadata: named("agent"),
    spec: { selector: { matchLabels: { app: "agent" } }, template: pod("agent") },
});
const jobPod = { restartPolicy: "Never", containers: [{ ...container, image: config.get("jobImage") ?? image }] };
// A pod that fits on no node, in a Job that gives up soon, is a Job that fails.
const failing = config.getBoolean("failing") ? { activeDeadlineSeconds: 2 } : {};
new k8s.batch.v1.Job("migrate", {
    metadata: { ...named("migrate"), annotations: { "pulumi.com/replaceUnready": "true" } },
    spec: {
        ...failing,
        backoffLimit: 0,
        template: {
            metadata: { labels: { app: "migrate" } },
            spec: { ...(config.getBoolean("failing") ? { nodeSelector: { zone: "nowhere" } } : {}), ...jobPod },
        },
    },
});
new k8s.batch.v1.CronJob("report", {
    metadata: named("report"),
    spec: {
        schedule: config.get("schedule") ?? "30 * * * *",
        concurrencyPolicy: "Forbid",
        jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } },
    },
});

const definition = new k8s.apiextensions.v1.CustomResourceDefinition("offers", {
    metadata: { name: "offers.shop.example" },
    spec: {
        group: "shop.example",
        scope: "Namespaced",
        names: { kind: "Offer", plural: "offers" },
        versions: [
            {
                name: "v1",
                served: true,
                storage: true,
                schema: {
                    openAPIV3Schema: {
                        type: "object",
                        properties: { spec: { type: "object", properties: { price: { type: "integer" } } } },
                    },
                },
            },
        ],
    },
});
new k8s.apiextensions.CustomResource(
    "offer",
    { apiVersion: "shop.example/v1", kind: "Offer", metadata: named("spring"), spec: { price: 3 } },
    { dependsOn: definition },
);

if (config.getBoolean("nameless")) {
    new k8s.core.v1.ConfigMap("nameless", { metadata: { namespace }, data: {} });
}
if (config.getBoolean("patch")) {
    new k8s.core.v1.ConfigMapPatch("patch", { metadata: { name: "settings", namespace }, data: { LEVEL: "debug" } });
}
if (config.getBoolean("unknownKind")) {
    new k8s.apiextensions.CustomResource("nothing", {
        apiVersion: "nothing.example/v1",
        kind: "Nothing",
        metadata: named("nothing"),
    });
}

/** Address of the Service, which only the cluster knows. */
export const address = outside.spec.clusterIP;
