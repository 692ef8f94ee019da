// Rotation of every node on a real API server, with the rights that the program's component provisions and no others.
// The pods of its Jobs are simulated; what they would do is tested on real files elsewhere.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { LogRotation } from "../../../components/log-rotation.ts";
import { applyObjects } from "../../../lab/control-plane/apply-objects.ts";
import { freePort } from "../../../lab/free-port.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { oddNodeObjects } from "../../../lab/simulated-nodes/node-objects.ts";
import { run } from "../../../lab/tools/run.ts";
import { recordProgram } from "../../../scripts/recording-engine.ts";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { type JobTemplate, nodeJob } from "../../../workloads/log-rotation/every-node/node-job.ts";
import type { ClusterSummary } from "../../../workloads/log-rotation/every-node/rotate-every-node.ts";
import { simulatedLab } from "../../simulated-lab.ts";
import { until } from "../../until.ts";
import { LogTree } from "../../workloads/log-rotation/log-tree.ts";

const namespace = "chattingo";
/** The nodes of the lab that have logs, without the one that is down. */
const nodes = ["simulated-1", "simulated-2", "simulated-3", "simulated-arm64", "simulated-tainted"];
const downNode = "simulated-down";

/** Part of a Job that the tests change. */
interface CreatedJob {
    readonly spec: {
        readonly template: {
            readonly metadata: { readonly labels: Record<string, string> };
            readonly spec: {
                readonly securityContext: { readonly seccompProfile: { type: string } };
                readonly volumes: { name: string; hostPath?: object }[];
                readonly containers: [CreatedContainer, ...CreatedContainer[]];
            };
        };
    };
}

interface CreatedContainer {
    name: string;
    image: string;
    command: string[];
    args?: string[];
    lifecycle?: object;
    // biome-ignore lint/suspicious/noExplicitAny: a test writes what it likes into it.
    securityContext: any;
    readonly env: object[];
    readonly volumeMounts: object[];
}

describe("log-rotation in a cluster of several nodes", function () {
    this.timeout(300_000);

    let folder: string;
    let environment: Readonly<Record<string, string>> | undefined;
    let podEnvironment: Readonly<Record<string, string>>;

    const kubectl = (args: readonly string[], input?: string) => run("kubectl", args, { env: environment, input });
    const inNamespace = (...args: readonly string[]) => kubectl([...args, "-n", namespace]);
    /** Makes a manual run as the handbook does; the simulated pod ends at once, and this test does its work. */
    const makeRun = async (name: string): Promise<Readonly<Record<string, string>>> => {
        await inNamespace("create", "job", "--from=cronjob/log-rotation", name);
        const uid = await inNamespace("get", "job", name, "-o", "jsonpath={.metadata.uid}");
        return { JOB_NAME: name, JOB_UID: uid };
    };
    const rotateEveryNode = (job: Readonly<Record<string, string>>, changes: Readonly<Record<string, string>> = {}) => {
        const program = join(folder, "log-rotation.js");
        const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--every-node"], {
            env: { PATH: process.env.PATH, ...podEnvironment, ...job, ...changes },
            encoding: "utf8",
        });
        const last = stdout.trimEnd().split("\n").at(-1) ?? "";
        return { status, output: stdout + stderr, summary: JSON.parse(last) as ClusterSummary };
    };

    /** Has the lab's node that is down again, as every other suite finds it. */
    const addDownNode = async () => {
        const node = oddNodeObjects(3).filter(({ metadata }) => metadata.name === downNode);
        await applyObjects(environment?.KUBECONFIG ?? assert.fail("there is no lab"), node);
    };

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "rotation-fan-out-"));
        environment = await simulatedLab();
        await kubectl(["delete", "node", downNode]);

        const bundle = await bundleWorkload("log-rotation");
        const declared = await recordProgram(
            () =>
                new LogRotation("log-rotation", {
                    namespace,
                    image: nodeImage,
                    program: bundle,
                    archiveClaimName: "log-archive",
                    archivePerNode: true,
                    schedule: "30 3 * * *",
                    maxAgeDays: 7,
                    maxSizeMb: 100,
                    archiveWithinHours: 0,
                    maxArchiveMb: 256,
                    compress: true,
                }),
        );
        const claim = {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "log-archive", namespace },
            spec: {
                accessModes: ["ReadWriteMany"],
                storageClassName: "efs",
                resources: { requests: { storage: "5Gi" } },
            },
        };
        const objects = declared.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs);
        await kubectl(["create", "namespace", namespace]);
        await kubectl(
            ["apply", "--server-side", "-f", "-"],
            JSON.stringify({ apiVersion: "v1", kind: "List", items: [claim, ...objects] }),
        );

        // What the kubelet gives the run's pod.
        writeFileSync(join(folder, "log-rotation.js"), bundle.content);
        writeFileSync(
            join(folder, "job.json"),
            await inNamespace("get", "configmap", "log-rotation-node", "-o", "jsonpath={.data.job\\.json}"),
        );
        const serviceAccount = join(folder, "serviceaccount");
        mkdirSync(serviceAccount);
        writeFileSync(join(serviceAccount, "namespace"), namespace);
        writeFileSync(join(serviceAccount, "token"), await inNamespace("create", "token", "log-rotation"));
        const kubeconfig = parse(readFileSync(environment.KUBECONFIG ?? "", "utf8")) as {
            readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
        };
        const { cluster } = kubeconfig.clusters[0];
        const authority = cluster["certificate-authority-data"];
        writeFileSync(
            join(folder, "ca.crt"),
            authority ? Buffer.from(authority, "base64") : readFileSync(cluster["certificate-authority"] ?? ""),
        );
        const server = new URL(cluster.server ?? "");
        podEnvironment = {
            KUBERNETES_SERVICE_HOST: server.hostname,
            KUBERNETES_SERVICE_PORT: server.port,
            NODE_EXTRA_CA_CERTS: join(folder, "ca.crt"),
            SERVICE_ACCOUNT_DIR: serviceAccount,
            JOB_TEMPLATE: join(folder, "job.json"),
        };
    });

    after(async () => {
        rmSync(folder, { recursive: true, force: true });
        // Without the lab's environment kubectl would act on somebody else's cluster.
        if (environment === undefined) {
            return;
        }
        await kubectl(["delete", "--ignore-not-found", "namespace", namespace]);
        await kubectl(["delete", "--ignore-not-found", "node", "joined"]);
        await addDownNode();
        for (const kind of [
            "validatingadmissionpolicybinding",
            "validatingadmissionpolicy",
            "clusterrolebinding",
            "clusterrole",
        ]) {
            const names = ["chattingo-log-rotation", "chattingo-log-rotation-leaving"];
            await kubectl(["delete", "--ignore-not-found", kind, ...names]);
        }
        await kubectl(["uncordon", "simulated-1"]);
        // One that is not there can't be taken away.
        await kubectl(["taint", "node", "simulated-2", "--overwrite", "kept-for=something:NoExecute"]);
        await kubectl(["taint", "node", "simulated-2", "kept-for-"]);
    });

    describe("may create", () => {
        const account = "system:serviceaccount:chattingo:log-rotation";

        /** The node Job of a run as the program makes it; a change is made to the object itself. */
        function jobOfRun(change: (job: CreatedJob) => void = () => undefined): CreatedJob {
            const template = JSON.parse(readFileSync(join(folder, "job.json"), "utf8")) as JobTemplate;
            const job = nodeJob(template, { name: "attempt", uid: undefined }, "simulated-1") as CreatedJob;
            change(job);
            return job;
        }

        /** What the API server answers; nothing is made. */
        async function answerTo(job: CreatedJob): Promise<string> {
            const args = ["create", "--dry-run=server", "-n", namespace, `--as=${account}`, "-f", "-"];
            return kubectl(args, JSON.stringify(job)).catch(String);
        }

        before(async () => {
            // The API server learns of a new policy within moments.
            const privileged = jobOfRun(({ spec }) => {
                spec.template.spec.containers[0].securityContext = { privileged: true };
            });
            await until("the policy is in force", 60, async () =>
                (await answerTo(privileged)).includes("ValidatingAdmissionPolicy") ? true : undefined,
            );
        });

        it("the Job of its template, on any node", async () => {
            assert.match(await answerTo(jobOfRun()), /^job.batch\/attempt-simulated-1 created/);
        });

        const attempts: Readonly<Record<string, readonly [RegExp, (job: CreatedJob) => void]>> = {
            "a privileged container": [
                /securityContext/,
                ({ spec }) => {
                    spec.template.spec.containers[0].securityContext = { privileged: true };
                },
            ],
            "one more capability": [
                /securityContext/,
                ({ spec }) => {
                    spec.template.spec.containers[0].securityContext.capabilities.add.push("SYS_ADMIN");
                },
            ],
            "a container without seccomp": [
                /securityContext/,
                ({ spec }) => {
                    spec.template.spec.securityContext.seccompProfile.type = "Unconfined";
                },
            ],
            "another image": [
                /containers\[0\]\.image/,
                ({ spec }) => {
                    spec.template.spec.containers[0].image = "docker.io/library/debian:12";
                },
            ],
            "another command": [
                /containers\[0\]\.command/,
                ({ spec }) => {
                    spec.template.spec.containers[0].command = ["sh", "-c", "id"];
                },
            ],
            arguments: [
                /a container may have these fields only/,
                ({ spec }) => {
                    spec.template.spec.containers[0].args = ["--import=/var/log/chattingo/app/evil.js"];
                },
            ],
            "a hook that runs a command": [
                /a container may have these fields only/,
                ({ spec }) => {
                    spec.template.spec.containers[0].lifecycle = { postStart: { exec: { command: ["id"] } } };
                },
            ],
            "a variable that has Node.js load another program": [
                /containers\[0\]\.env/,
                ({ spec }) => {
                    spec.template.spec.containers[0].env.push({ name: "NODE_OPTIONS", value: "--require=/x.js" });
                },
            ],
            "the root of the node's disk": [
                /volumes/,
                ({ spec }) => {
                    spec.template.spec.volumes.push({ name: "root", hostPath: { path: "/" } });
                    spec.template.spec.containers[0].volumeMounts.push({ name: "root", mountPath: "/node" });
                },
            ],
            "another folder of the node under the name of the log tree": [
                /volumes/,
                ({ spec }) => {
                    const [tree] = spec.template.spec.volumes.filter(({ hostPath }) => hostPath);
                    Object.assign(tree ?? {}, { hostPath: { path: "/etc", type: "Directory" } });
                },
            ],
            "the node's processes and network": [
                /spec\.template\.spec may have these fields only/,
                ({ spec }) => {
                    Object.assign(spec.template.spec, { hostPID: true, hostNetwork: true });
                },
            ],
            "an init container": [
                /spec\.template\.spec may have these fields only/,
                ({ spec }) => {
                    Object.assign(spec.template.spec, { initContainers: [{ name: "first", image: "busybox" }] });
                },
            ],
            "a second container": [
                /containers must be one/,
                ({ spec }) => {
                    const [first] = spec.template.spec.containers;
                    spec.template.spec.containers.push({ ...first, name: "second" });
                },
            ],
            "the token of another account": [
                /serviceAccountName|automountServiceAccountToken/,
                ({ spec }) => {
                    Object.assign(spec.template.spec, {
                        serviceAccountName: "s3-uploader",
                        automountServiceAccountToken: true,
                    });
                },
            ],
            "a pod past the scheduler": [
                /spec\.template\.spec may have these fields only/,
                ({ spec }) => {
                    Object.assign(spec.template.spec, { nodeName: "simulated-2" });
                },
            ],
            "a pod on whichever node": [
                /affinity|nodes/,
                ({ spec }) => {
                    Object.assign(spec.template.spec, { affinity: undefined });
                },
            ],
            "the labels of another part, whose network policies it would get": [
                /template\.metadata\.labels/,
                ({ spec }) => {
                    spec.template.metadata.labels.app = "elasticsearch";
                },
            ],
            "many pods": [
                /spec\.parallelism/,
                ({ spec }) => {
                    Object.assign(spec, { parallelism: 100, completions: 100 });
                },
            ],
        };
        for (const [what, [reason, change]] of Object.entries(attempts)) {
            it(`no Job with ${what}`, async () => {
                const answer = await answerTo(jobOfRun(change));
                assert.match(answer, /ValidatingAdmissionPolicy 'chattingo-log-rotation'.* denied request/);
                assert.match(answer, reason);
                // It is a Job that the API server would take.
                assert.match(
                    await kubectl(
                        ["create", "--dry-run=server", "-n", namespace, "-f", "-"],
                        JSON.stringify(jobOfRun(change)),
                    ),
                    /created/,
                );
            });
        }
    });

    it("runs one Job on each node, and the run succeeds when all have", async () => {
        const job = await makeRun("manual-rotation-1");
        const { status, output, summary } = rotateEveryNode(job);
        assert.equal(status, 0, output);
        assert.deepEqual(summary.nodes, Object.fromEntries(nodes.map((node) => [node, "rotated"])));
        const placed = await inNamespace(
            "get",
            "pods",
            "-l",
            "app=log-rotation-node",
            "-o",
            "jsonpath={.items[*].spec.nodeName}",
        );
        assert.deepEqual(placed.split(" ").toSorted(), nodes);
    });

    it("lists runs and not the nodes' Jobs among the operators' Jobs", async () => {
        const listed = await inNamespace("get", "jobs", "-l", "app=log-rotation", "-o", "name");
        assert.deepEqual(listed.trim().split("\n"), ["job.batch/manual-rotation-1"]);
    });

    it("puts each node's archives into its own folder", async () => {
        const [pod] = (
            JSON.parse(await inNamespace("get", "pods", "-l", "app=log-rotation-node", "-o", "json")) as {
                readonly items: readonly {
                    readonly spec: { readonly containers: readonly [{ readonly env: readonly object[] }] };
                }[];
            }
        ).items;
        assert.deepEqual(pod?.spec.containers[0].env, [
            { name: "NODE_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "spec.nodeName" } } },
            { name: "ARCHIVE_DIR", value: "/var/log/chattingo/archive/$(NODE_NAME)" },
        ]);
    });

    it("goes on with a node's Job that is there already, as after an answer that was lost", async () => {
        const uid = await inNamespace("get", "job", "manual-rotation-1", "-o", "jsonpath={.metadata.uid}");
        const { status, output } = rotateEveryNode({ JOB_NAME: "manual-rotation-1", JOB_UID: uid });
        assert.equal(status, 0, output);
        const jobs = await inNamespace("get", "jobs", "-l", "app=log-rotation-node", "-o", "name");
        assert.equal(jobs.trim().split("\n").length, nodes.length);
    });

    it("rotates a node that joined since, and one that takes no new pods", async () => {
        await kubectl(["cordon", "simulated-1"]);
        await kubectl(["taint", "node", "simulated-2", "kept-for=something:NoExecute"]);
        const joined = JSON.parse(await kubectl(["get", "node", "simulated-3", "-o", "json"])) as {
            readonly metadata: { readonly labels: Readonly<Record<string, string>> };
            readonly status: object;
        };
        const labels = { ...joined.metadata.labels, "kubernetes.io/hostname": "joined" };
        await kubectl(
            ["apply", "-f", "-"],
            JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name: "joined", labels }, status: {} }),
        );
        await kubectl([
            "patch",
            "node",
            "joined",
            "--subresource=status",
            "--type=merge",
            "-p",
            JSON.stringify({ status: joined.status }),
        ]);
        await kubectl(["wait", "--for=condition=Ready", "node/joined", "--timeout=60s"]);
        const { status, output, summary } = rotateEveryNode(await makeRun("manual-rotation-2"));
        assert.equal(status, 0, output);
        assert.deepEqual(Object.keys(summary.nodes), ["joined", ...nodes]);
    });

    it("fails for a node that is down, names it, and rotates the others", async () => {
        await addDownNode();
        try {
            const { status, summary } = rotateEveryNode(await makeRun("manual-rotation-3"));
            assert.equal(status, 1);
            assert.match(String(summary.nodes[downNode]), /not ready/);
            const others = Object.entries(summary.nodes).filter(([node]) => node !== downNode);
            assert.ok(others.length >= nodes.length && others.every(([, outcome]) => outcome === "rotated"));
        } finally {
            await kubectl(["delete", "node", downNode]);
        }
    });

    it("takes the nodes' Jobs away with their run", async () => {
        await inNamespace("delete", "job", "manual-rotation-1");
        const jobs = ["job", "-l", "chattingo.io/rotation-run=manual-rotation-1"];
        await inNamespace("wait", "--for=delete", ...jobs, "--timeout=60s");
    });

    it("may do nothing but what it does", async () => {
        const mayI = async (account: string, ...what: readonly string[]) =>
            (
                await kubectl([
                    "auth",
                    "can-i",
                    `--as=system:serviceaccount:chattingo:${account}`,
                    "--list",
                    "--no-headers",
                    ...what,
                ])
            )
                .split("\n")
                // What every account may do: ask about itself and about the API.
                .filter((line) => line.trim() !== "" && !/^\s*\[|self|^\S*\s+\[\/|openapi|healthz/.test(line))
                .map((line) => line.trim().replace(/\s+/g, " "))
                .toSorted();
        assert.deepEqual(await mayI("log-rotation", "-n", namespace), [
            "jobs.batch [] [] [create list]",
            "nodes [] [] [list]",
            "pods [] [] [list]",
            "pods/log [] [] [get]",
        ]);
        assert.deepEqual(await mayI("log-rotation", "-n", "default"), ["nodes [] [] [list]"]);
        assert.deepEqual(await mayI("log-rotation-leaving", "-n", namespace), ["nodes [] [] [watch]"]);
        assert.deepEqual(await mayI("log-rotation-leaving", "-n", "default"), ["nodes [] [] [watch]"]);
    });

    it("waits with a pod on each node, those that take no new pods among them", async () => {
        const waiting = ["daemonset/log-rotation-leaving", "--timeout=60s"];
        await inNamespace("rollout", "status", ...waiting);
        const pods = ["pods", "-l", "app=log-rotation-leaving", "-o", "jsonpath={.items[*].spec.nodeName}"];
        assert.deepEqual((await inNamespace("get", ...pods)).split(" ").toSorted(), ["joined", ...nodes]);
    });

    it("has in archives what was written on a node up to its drain, when that is cordoned or tainted", async () => {
        const account = join(folder, "leaving");
        mkdirSync(account);
        writeFileSync(join(account, "namespace"), namespace);
        writeFileSync(join(account, "token"), await inNamespace("create", "token", "log-rotation-leaving"));
        for (const [leave, stay] of [
            [
                ["cordon", "simulated-3"],
                ["uncordon", "simulated-3"],
            ],
            [
                ["taint", "node", "simulated-3", "karpenter.sh/disrupted:NoSchedule"],
                ["taint", "node", "simulated-3", "karpenter.sh/disrupted-"],
            ],
            [
                ["taint", "node", "simulated-3", "ToBeDeletedByClusterAutoscaler=1:NoSchedule"],
                ["taint", "node", "simulated-3", "ToBeDeletedByClusterAutoscaler-"],
            ],
        ] as const) {
            const tree = new LogTree();
            const port = await freePort();
            // What runs in the pod of the DaemonSet, whose containers are simulated here.
            const pod = spawn(process.execPath, [join(folder, "log-rotation.js"), "--leaving-node"], {
                env: {
                    PATH: process.env.PATH,
                    ...podEnvironment,
                    ...tree.environment({ MAX_SIZE_MB: "100" }),
                    NODE_NAME: "simulated-3",
                    HEALTH_PORT: String(port),
                    SERVICE_ACCOUNT_DIR: account,
                },
                stdio: "ignore",
            });
            const archived = (what: string) =>
                until(`${what} is archived after ${leave.join(" ")}`, 30, async () =>
                    tree.archived("app/application.log").toString() === what ? true : undefined,
                );
            try {
                tree.append("app/application.log", "before\n");
                await until("it follows its node", 30, async () =>
                    (await fetch(`http://127.0.0.1:${port}/readyz`)).ok ? true : undefined,
                );
                assert.deepEqual(tree.archiveNames(), []);
                await kubectl(leave);
                await archived("before\n");
                tree.append("app/application.log", "while it drains\n");
                pod.kill("SIGTERM");
                await archived("before\nwhile it drains\n");
            } finally {
                pod.kill("SIGKILL");
                await once(pod, "exit");
                await kubectl(stay);
                tree.remove();
            }
        }
    });

    it("fails, in words and with its counts, when the API server refuses it", async () => {
        const stranger = join(folder, "stranger");
        mkdirSync(stranger);
        writeFileSync(join(stranger, "namespace"), namespace);
        writeFileSync(join(stranger, "token"), await inNamespace("create", "token", "default"));
        const { status, output, summary } = rotateEveryNode({}, { SERVICE_ACCOUNT_DIR: stranger });
        assert.equal(status, 1);
        assert.equal(summary.errors, 1);
        assert.match(output, /nodes is forbidden/);
    });
});
