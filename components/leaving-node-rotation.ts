// What becomes of lines whose node goes: on each node waits a pod that archives everything when its node is cordoned,
// tainted for its removal or shut down (docs/decisions/0023-a-pod-waits-for-the-end-of-its-node.md).

import k8s from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetesx";
import * as kx from "@pulumi/kubernetesx";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "./checksum.ts";
import { ports } from "./connections.ts";
import { containerResources } from "./container-resources.ts";
import { asRoot, leastPrivilege } from "./container-security.ts";
import { oneIsAvailable, someNodesAtATime } from "./daemon-set-roll-out.ts";
import { labelsOf, selectorOf } from "./labels.ts";
import { onLogNodes } from "./on-log-nodes.ts";
import { onePodMinutes, waitingAtMost } from "./roll-out-time.ts";
import { rulesOfLeavingNode } from "./rotation-rules.ts";
import { serviceAccount, trustInApiServer } from "./service-account.ts";
import type { WorkloadBundle } from "./workload-bundle.ts";

/** What a {@link LeavingNodeRotation} needs. */
export interface LeavingNodeRotationArgs {
    readonly namespace: pulumi.Input<string>;
    /** Image with Node.js and util-linux. */
    readonly image: string;
    /** The workload `log-rotation`. */
    readonly program: WorkloadBundle;
    /** ConfigMap with the environment of rotation, the same on every node. */
    readonly configurationName: pulumi.Input<string>;
    /** What that ConfigMap holds: its pods read it when they start, so a change has to start others. */
    readonly configuration: Readonly<Record<string, string>>;
    /** What of it differs from node to node; has `NODE_NAME`. */
    readonly env: types.EnvMap;
    /** Volumes of what {@link volumeMounts} names and does not define. */
    readonly volumes: k8s.types.input.core.v1.Volume[];
    /** The log tree, the archive volume and what else rotation works with. */
    readonly volumeMounts: types.Container["volumeMounts"];
    /** Priority of its pods, which can go to no other node; the cluster's default when undefined. */
    readonly priorityClassName?: pulumi.Input<string>;
    /** What has to be there before its pods start; nothing by default. */
    readonly after?: pulumi.Resource;
}

const app = "log-rotation-leaving";
const role = "rotation";
/** What belongs to no namespace shares its names with that of everybody. */
const clusterWideName = "chattingo-log-rotation-leaving";
const roleGroup = "rbac.authorization.k8s.io";
/** Seconds to archive what was written to the end; a node that shuts down may give less. */
const terminationSeconds = 90;

/** Provisions the DaemonSet `log-rotation-leaving`, and its right to follow nodes. */
export class LeavingNodeRotation extends pulumi.ComponentResource {
    constructor(name: string, args: LeavingNodeRotationArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:LeavingNodeRotation", name, {}, options);
        const { namespace } = args;
        const labels = labelsOf(app, role);

        const account = serviceAccount({ namespace, app, role }, { parent: this });
        const followsNodes = new k8s.rbac.v1.ClusterRole(
            app,
            { metadata: { name: clusterWideName, labels }, rules: rulesOfLeavingNode },
            { parent: this },
        );
        const mayFollowNodes = new k8s.rbac.v1.ClusterRoleBinding(
            app,
            {
                metadata: { name: clusterWideName, labels },
                subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
                roleRef: { apiGroup: roleGroup, kind: "ClusterRole", name: followsNodes.metadata.name },
            },
            { parent: this },
        );

        const pod = new kx.PodBuilder({
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: terminationSeconds,
            priorityClassName: args.priorityClassName,
            securityContext: asRoot,
            // A node that is about to go has taints of all kinds.
            tolerations: [{ operator: "Exists" }],
            affinity: onLogNodes,
            volumes: args.volumes,
            containers: [
                {
                    name: app,
                    image: args.image,
                    command: [...args.program.command, "--leaving-node"],
                    envFrom: [{ configMapRef: { name: args.configurationName } }],
                    env: {
                        ...args.env,
                        HEALTH_PORT: String(ports.leavingNodeHealth),
                        ...trustInApiServer,
                    },
                    ports: { health: ports.leavingNodeHealth },
                    startupProbe: probe("/healthz", { periodSeconds: 2, failureThreshold: 30 }),
                    livenessProbe: probe("/healthz", { periodSeconds: 20, failureThreshold: 3 }),
                    readinessProbe: probe("/readyz", { periodSeconds: 10, failureThreshold: 3 }),
                    // As the Job of a node has them (components/log-rotation.ts).
                    securityContext: leastPrivilege(["CHOWN", "DAC_OVERRIDE", "FOWNER"]),
                    // It waits, and then rotates beside the process that waits.
                    resources: containerResources({ cpu: "10m", memory: "64Mi" }, { cpu: "1", memory: "320Mi" }),
                    volumeMounts: args.volumeMounts,
                },
            ],
        });
        new k8s.apps.v1.DaemonSet(
            app,
            {
                metadata: {
                    name: app,
                    namespace,
                    labels,
                    annotations: oneIsAvailable,
                },
                spec: {
                    selector: { matchLabels: selectorOf(app) },
                    updateStrategy: someNodesAtATime,
                    template: {
                        metadata: {
                            labels,
                            annotations: { "checksum/config": checksum(JSON.stringify(args.configuration)) },
                        },
                        spec: pod.podSpec,
                    },
                },
            },
            {
                parent: this,
                dependsOn: [mayFollowNodes, ...(args.after === undefined ? [] : [args.after])],
                customTimeouts: waitingAtMost(onePodMinutes),
            },
        );
        this.registerOutputs({});
    }
}

function probe(
    path: string,
    timing: Pick<k8s.types.input.core.v1.Probe, "periodSeconds" | "failureThreshold">,
): k8s.types.input.core.v1.Probe {
    return { httpGet: { path, port: "health" }, timeoutSeconds: 5, ...timing };
}
