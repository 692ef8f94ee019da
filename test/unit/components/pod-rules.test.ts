// What checkers of manifests ask of every pod, held against the pods of all stacks, with the exceptions written out: a new
// one has to be added here, to scripts/linter-exceptions.ts and to docs/security.md.

import assert from "node:assert/strict";
import type { PodTemplate } from "../../pod-templates.ts";
import { type Container, type Declared, declaredStack, podTemplates } from "./mocked-program.ts";

interface Named {
    /** As `<app>/<container>`. */
    readonly name: string;
    readonly template: PodTemplate;
    readonly container: Container;
    readonly staysUp: boolean;
}

const root = [
    "filebeat/log-setup",
    "filebeat/filebeat",
    "log-setup/log-setup",
    "log-rotation-node/log-rotation",
    "log-rotation-leaving/log-rotation-leaving",
];

/** Capabilities that containers have beyond none. */
const capabilities: Readonly<Record<string, readonly string[]>> = {
    "filebeat/filebeat": ["DAC_READ_SEARCH"],
    "filebeat/log-setup": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"],
    "log-rotation-leaving/log-rotation-leaving": ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
    "log-rotation-node/log-rotation": ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
    "log-setup/log-setup": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"],
};

/** What containers see of the node's disk, and whether they may write there. */
const nodePaths = [
    "elasticsearch/max-map-count writes /proc/sys/vm/max_map_count",
    "filebeat/filebeat reads /var/log/chattingo",
    "filebeat/filebeat writes /var/lib/chattingo-filebeat",
    "filebeat/log-setup writes /var/log/chattingo",
    "filebeat/metrics reads /var/log/chattingo/filebeat",
    "filebeat/metrics writes /var/log/chattingo/canary",
    "log-rotation-leaving/log-rotation-leaving reads /var/lib/chattingo-filebeat",
    "log-rotation-leaving/log-rotation-leaving writes /var/log/chattingo",
    "log-rotation-node/log-rotation reads /var/lib/chattingo-filebeat",
    "log-rotation-node/log-rotation writes /var/log/chattingo",
    "log-setup/log-setup writes /var/log/chattingo",
    "s3-uploader/s3-uploader reads /var/log/chattingo/kibana",
];

function containers(found: Declared): readonly Named[] {
    return podTemplates(found).flatMap((template) => {
        const { spec, metadata } = template;
        const named = (list: readonly Container[], staysUp: boolean) =>
            list.map((container) => ({
                name: `${metadata.labels.app}/${container.name}`,
                template,
                container,
                staysUp: staysUp && metadata.labels.tier !== "logging-job",
            }));
        return [...named(spec.initContainers ?? [], false), ...named(spec.containers, true)];
    });
}

describe("every pod", function () {
    this.timeout(60_000);

    for (const stack of ["dev", "prod", "compliance"]) {
        describe(`of ${stack}`, () => {
            let all: readonly Named[];

            /** Names of the containers for which the rule does not hold. */
            const breaking = (rule: (named: Named) => boolean) =>
                all.filter((named) => !rule(named)).map(({ name }) => name);

            before(async () => {
                all = containers((await declaredStack(stack)).found);
                assert.ok(all.length >= 13, String(all.length));
            });

            it("has nothing of the node's namespaces, ports or default profile", () => {
                for (const { spec } of all.map(({ template }) => template)) {
                    assert.deepEqual([spec.hostNetwork, spec.hostPID, spec.hostIPC], [undefined, undefined, undefined]);
                    assert.deepEqual(spec.securityContext?.seccompProfile, { type: "RuntimeDefault" });
                    assert.equal(spec.enableServiceLinks, false);
                }
                assert.deepEqual(
                    breaking(({ container }) =>
                        (container.ports ?? []).every(({ hostPort }) => hostPort === undefined),
                    ),
                    [],
                );
            });

            it("is placed on Linux nodes alone; that of one node's rotation, on the node that its run chose", () => {
                const placed = Object.fromEntries(
                    all.map(({ name, template: { spec } }) => {
                        const terms =
                            spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
                                ?.nodeSelectorTerms;
                        const system = terms?.[0]?.matchExpressions?.find(({ key }) => key === "kubernetes.io/os");
                        return [name, spec.nodeSelector?.["kubernetes.io/os"] ?? system?.values?.join()];
                    }),
                );
                const elsewhere = Object.keys(placed).filter((name) => placed[name] !== "linux");
                assert.deepEqual(elsewhere, ["log-rotation-node/log-rotation"]);
            });

            it("has a root file system that can't be written, and capabilities only where they are listed", () => {
                assert.deepEqual(
                    breaking(({ container }) => container.securityContext?.readOnlyRootFilesystem === true),
                    [],
                );
                assert.deepEqual(
                    breaking(({ container }) => String(container.securityContext?.capabilities?.drop) === "ALL"),
                    [],
                );
                const added = all.flatMap(({ name, container }) => {
                    const { add } = container.securityContext?.capabilities ?? {};
                    return add === undefined ? [] : [[name, add] as const];
                });
                assert.deepEqual(Object.fromEntries(added), capabilities);
            });

            it("can't gain rights, and is not root, but for what is listed", () => {
                const kernelSetting = ["elasticsearch/max-map-count"];
                assert.deepEqual(
                    breaking(({ container }) => container.securityContext?.allowPrivilegeEscalation === false),
                    [],
                );
                assert.deepEqual(
                    breaking(({ container }) => !container.securityContext?.privileged),
                    [],
                );
                const isUser = ({ container, template }: Named) => {
                    const context = { ...template.spec.securityContext, ...container.securityContext };
                    return context.runAsNonRoot === true && Number(context.runAsUser) > 0;
                };
                assert.deepEqual(breaking(isUser).toSorted(), [...root, ...kernelSetting].toSorted());
            });

            it("sees of the node's disk what is listed", () => {
                const seen = all.flatMap(({ name, container, template }) =>
                    (container.volumeMounts ?? []).flatMap(({ name: volume, readOnly }) => {
                        const { hostPath } = template.spec.volumes?.find((each) => each.name === volume) ?? {};
                        return hostPath ? [`${name} ${readOnly ? "reads" : "writes"} ${hostPath.path}`] : [];
                    }),
                );
                assert.deepEqual(seen.toSorted(), nodePaths);
            });

            it("has requests and limits, and an image of one version", () => {
                assert.deepEqual(
                    breaking(({ container }) =>
                        [container.resources?.requests, container.resources?.limits].every(
                            (amounts) =>
                                Object.keys(amounts ?? {})
                                    .toSorted()
                                    .join() === "cpu,ephemeral-storage,memory",
                        ),
                    ),
                    [],
                );
                assert.deepEqual(
                    breaking(({ container }) => /:(?!latest)[\w.-]+(@sha256:\w{64})?$/.test(String(container.image))),
                    [],
                );
            });

            it("is asked whether it is ready and alive, while it is meant to stay up, on ports that it names", () => {
                const isAsked = ({ container }: Named) => {
                    const { readinessProbe, livenessProbe, startupProbe, ports = [] } = container;
                    const asked = [readinessProbe, livenessProbe, ...(startupProbe ? [startupProbe] : [])];
                    const known = ports.map(({ name }) => name);
                    // A command within the container needs no port.
                    return asked.every(
                        (probe) =>
                            (probe?.exec?.command ?? []).length > 0 ||
                            known.includes(String((probe?.httpGet ?? probe?.tcpSocket)?.port)),
                    );
                };
                assert.deepEqual(
                    breaking((named) => !named.staysUp || isAsked(named)),
                    [],
                );
            });

            it("is given no password, key or token as plain text", () => {
                assert.deepEqual(
                    breaking(({ container: { env = [], volumeMounts = [] } }) => {
                        const isMounted = (path: string) =>
                            volumeMounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`));
                        return env.every(
                            ({ name, value }) =>
                                !/password|secret|token|_key$/i.test(name) ||
                                value === undefined ||
                                // The path of a file in a volume tells nothing of what is in it.
                                isMounted(value),
                        );
                    }),
                    [],
                );
            });
        });
    }
});
