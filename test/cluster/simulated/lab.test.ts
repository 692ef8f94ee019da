// The simulated lab as a person uses it: from the command line, beside whatever lab runs on this machine already.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../../lab/tools/run.ts";

const projectFolder = join(import.meta.dirname, "..", "..", "..");

/** Keeps the ports of this test away from those of a lab that runs beside it. */
const portOffset = "300";

interface Ended {
    readonly status: number | null;
    readonly output: string;
}

describe("the simulated lab", function () {
    this.timeout(120_000);

    let runFolder: string;
    let otherCheckout: string;

    const start = (args: readonly string[], checkout = projectFolder): ChildProcess =>
        spawn(join(checkout, "lab", "lab"), args, {
            env: { ...process.env, CHATTINGO_LAB_RUN: runFolder },
            stdio: ["ignore", "pipe", "pipe"],
        });

    const lab = async (args: readonly string[], checkout = projectFolder): Promise<Ended> => {
        const child = start(args, checkout);
        let output = "";
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            output += text;
        });
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
            output += text;
        });
        const [status] = (await once(child, "close")) as [number | null];
        return { status, output };
    };

    const up = (checkout?: string) => lab(["up", "--kind", "simulated", "--port-offset", portOffset], checkout);

    const down = () => lab(["down", "--kind", "simulated"]);

    const kubectl = (args: readonly string[], input?: string) =>
        run("kubectl", args, { env: { KUBECONFIG: join(runFolder, "simulated", "kubeconfig") }, input });

    const recordedPids = async (): Promise<readonly number[]> => {
        const folder = join(runFolder, "simulated", "processes");
        const files = (await readdir(folder)).filter((name) => name.endsWith(".identity"));
        const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
        return texts.map((text) => Number.parseInt(text.split("\n")[1] ?? "", 10));
    };

    /** A process that has ended stays in /proc as a zombie until its parent has asked for its status. */
    const isThere = (pid: number) => {
        try {
            return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
        } catch {
            return false;
        }
    };

    before(async () => {
        runFolder = await mkdtemp(join(tmpdir(), "lab-run-"));
        otherCheckout = await mkdtemp(join(tmpdir(), "lab-checkout-"));
        const made = [".git", "node_modules", "dist"].map((name) => join(projectFolder, name));
        await cp(projectFolder, otherCheckout, { recursive: true, filter: (source) => !made.includes(source) });
        await symlink(join(projectFolder, "node_modules"), join(otherCheckout, "node_modules"));
    });

    after(async () => {
        await down();
        await rm(runFolder, { recursive: true, force: true });
        await rm(otherCheckout, { recursive: true, force: true });
    });

    it("refuses wrong arguments with status 2, and says which", async () => {
        for (const [args, complaint] of [
            [[], /a command is missing/],
            [["start"], /start: there is no such command/],
            [["up", "--kind", "real"], /--kind real: simulated or node is expected/],
            [["up", "--kind", "simulated", "--nodes", "0"], /nodes is 0: a whole number from 1 to 240/],
            [["up", "--kind", "simulated", "--nodes", "many"], /--nodes many: a whole number is expected/],
            [["up", "--kind", "node", "--port-offset", "5"], /for the simulated lab/],
            [["down", "everything"], /everything/],
            [["status", "--verbose"], /--verbose/],
        ] as const) {
            const { status, output } = await lab(args);
            assert.equal(status, 2, `lab ${args.join(" ")}: ${output}`);
            assert.match(output, complaint);
        }
    });

    it("tells how to use each command", async () => {
        for (const command of ["up", "down", "status", "env", "build"]) {
            const { status, output } = await lab([command, "--help"]);
            assert.equal(status, 0);
            assert.ok(output.includes(`lab/lab ${command}`) && output.includes("--kind KIND"), output);
        }
    });

    it("is down before it is started", async () => {
        assert.deepEqual(await lab(["status", "--kind", "simulated"]), { status: 3, output: "simulated: down\n" });
        const { status, output } = await lab(["env", "--kind", "simulated"]);
        assert.equal(status, 1);
        assert.match(output, /start it with `lab\/lab up --kind simulated`/);
    });

    it("is cleaned away and restarted when its start was cut short", async () => {
        const child = start(["up", "--kind", "simulated", "--port-offset", portOffset]);
        const processes = join(runFolder, "simulated", "processes");
        while (!existsSync(join(processes, "kube-apiserver.identity"))) {
            assert.equal(child.exitCode, null, "the start ended before it could be cut short");
            await sleep(20);
        }
        child.kill("SIGKILL");
        await once(child, "exit");
        const orphans = await recordedPids();
        assert.ok(orphans.length >= 2 && orphans.every(isThere));
        assert.equal((await lab(["status", "--kind", "simulated"])).status, 1);

        const { status, output } = await up();
        assert.equal(status, 0, output);
        assert.match(output, /was cut short: restarting it/);
        assert.deepEqual(orphans.filter(isThere), []);
    });

    it("shows every part as healthy, and the kubeconfig", async () => {
        const { status, output } = await lab(["status", "--kind", "simulated"]);
        assert.equal(status, 0, output);
        for (const part of [
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kwok",
            "emulated-aws",
        ]) {
            assert.match(output, new RegExp(`^ {2}${part} +healthy +pid \\d+$`, "m"));
        }
        assert.match(output, /^ {2}nodes +healthy +7 of 7 ready$/m);
        assert.ok(output.includes(`kubeconfig: ${join(runFolder, "simulated", "kubeconfig")}`));
    });

    it("is left as it is by a second up", async () => {
        const before = await recordedPids();
        const { status, output } = await up();
        assert.equal(status, 0);
        assert.match(output, /is running already/);
        assert.deepEqual(await recordedPids(), before);
    });

    it("is not handed to another work tree, which may neither take it over nor stop it", async () => {
        const before = await recordedPids();
        const second = await up(otherCheckout);
        assert.equal(second.status, 1);
        assert.ok(second.output.includes(`started from ${projectFolder}`), second.output);
        const stop = await lab(["down", "--kind", "simulated"], otherCheckout);
        assert.equal(stop.status, 1);
        assert.match(stop.output, /--force/);
        assert.deepEqual(await recordedPids(), before);
        assert.ok(before.every(isThere));
    });

    it("refuses a second lab on the same ports, and names them", async () => {
        const elsewhere = await mkdtemp(join(tmpdir(), "lab-run-"));
        const mine = runFolder;
        runFolder = elsewhere;
        try {
            const { status, output } = await up();
            assert.equal(status, 1);
            assert.match(output, /listens already on .*127\.0\.0\.1:7743 \(apiServer\)/);
            assert.equal((await down()).status, 0);
        } finally {
            runFolder = mine;
            await rm(elsewhere, { recursive: true });
        }
    });

    it("points tools at itself by its environment", async () => {
        const { output } = await lab(["env", "--kind", "simulated"]);
        const answer = await run("bash", [
            "-c",
            `${output}\nkubectl get nodes -o name && pulumi version && curl -s -o /dev/null -w '%{http_code}' "$AWS_ENDPOINT_URL/moto-api/data.json"`,
        ]);
        assert.match(answer, /^(node\/simulated-\d\n){3}(node\/simulated-\w+\n){5}v3\.\d+\.\d+.*\n200$/);
    });

    it("gives Pulumi a home of its own, in which the CLI keeps its log as it always does", async () => {
        const { output } = await lab(["env", "--kind", "simulated"]);
        const answer = await run("bash", ["-c", `${output}\npulumi stack ls --json 2>&1`]);
        assert.deepEqual(JSON.parse(answer), []);
        assert.ok(statSync(join(runFolder, "simulated", "pulumi-home", "logs")).isDirectory());
    });

    it("schedules, runs and completes workloads as a cluster of three nodes would", async () => {
        const container = { name: "main", image: "none" };
        const labels = { app: "trial" };
        const nodeSelector = { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" };
        const template = { metadata: { labels }, spec: { nodeSelector, containers: [container] } };
        const jobTemplate = {
            spec: { template: { spec: { nodeSelector, restartPolicy: "Never", containers: [container] } } },
        };
        const claim = { name: "shared", persistentVolumeClaim: { claimName: "shared" } };
        const mounting = {
            metadata: { labels: { app: "web" } },
            spec: {
                nodeSelector,
                containers: [{ ...container, volumeMounts: [{ name: "shared", mountPath: "/shared" }] }],
                volumes: [claim],
            },
        };
        const items = [
            {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                metadata: { name: "shared" },
                spec: {
                    accessModes: ["ReadWriteMany"],
                    storageClassName: "efs",
                    resources: { requests: { storage: "5Gi" } },
                },
            },
            {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "web" },
                spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: mounting },
            },
            {
                apiVersion: "apps/v1",
                kind: "DaemonSet",
                metadata: { name: "each" },
                spec: { selector: { matchLabels: labels }, template },
            },
            { apiVersion: "batch/v1", kind: "Job", metadata: { name: "once" }, ...jobTemplate },
            {
                apiVersion: "batch/v1",
                kind: "CronJob",
                metadata: { name: "often" },
                spec: { schedule: "30 * * * *", jobTemplate },
            },
        ];
        await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        await kubectl(["create", "job", "--from=cronjob/often", "manual"]);
        await kubectl(["wait", "--for=condition=Available", "deployment/web", "--timeout=30s"]);
        await kubectl(["rollout", "status", "daemonset/each", "--timeout=30s"]);
        await kubectl(["wait", "--for=condition=Complete", "job/once", "job/manual", "--timeout=30s"]);
        await kubectl(["wait", "--for=jsonpath={.status.phase}=Bound", "pvc/shared", "--timeout=30s"]);
        const nodes = await kubectl(["get", "pods", "-l", "app=trial", "-o", "jsonpath={.items[*].spec.nodeName}"]);
        assert.deepEqual(nodes.split(" ").toSorted(), ["simulated-1", "simulated-2", "simulated-3"]);
    });

    it("has a node that is down, and others on which a pod of this project can't start or may not", async () => {
        const on = (name: string) => ({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: `on-${name}` },
            spec: { nodeName: `simulated-${name}`, containers: [{ name: "main", image: "none" }] },
        });
        const items = ["arm64", "down", "fargate", "tainted", "windows"].map(on);
        await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        const running = ["pod/on-arm64", "pod/on-tainted"];
        await kubectl(["wait", "--for=condition=Ready", ...running, "--timeout=30s"]);
        const pending = ["get", "pods", "--field-selector=status.phase=Pending", "-o", "name"];
        assert.deepEqual((await kubectl(pending)).trim().split("\n"), [
            "pod/on-down",
            "pod/on-fargate",
            "pod/on-windows",
        ]);
        const ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
        assert.equal(await kubectl(["get", "node", "simulated-down", "-o", ready]), "Unknown");
        const keys = "jsonpath={range .items[*]}{.metadata.name}{range .spec.taints[*]} {.key}{end}{'\\n'}{end}";
        const tainted = (await kubectl(["get", "nodes", "-o", keys])).trim().split("\n");
        assert.deepEqual(
            tainted.map((line) => [...new Set(line.split(" "))]).filter(([, ...found]) => found.length > 0),
            [
                ["simulated-down", "node.kubernetes.io/unreachable"],
                ["simulated-fargate", "eks.amazonaws.com/compute-type"],
                ["simulated-tainted", "dedicated"],
            ],
        );
    });

    it("counts as degraded when a part has died, and up fixes it", async () => {
        const [victim] = (await readFile(join(runFolder, "simulated", "processes", "kwok.identity"), "utf8"))
            .split("\n")
            .slice(1)
            .map((stat) => Number.parseInt(stat, 10));
        assert.ok(victim);
        process.kill(victim, "SIGKILL");
        while (isThere(victim)) {
            await sleep(20);
        }
        const { status, output } = await lab(["status", "--kind", "simulated"]);
        assert.equal(status, 1);
        assert.match(output, /^ {2}kwok +NOT healthy +has ended; see .*kwok\.log$/m);
        const fixed = await up();
        assert.equal(fixed.status, 0, fixed.output);
        assert.match(fixed.output, /not healthy \(kwok\): restarting it/);
    });

    it("leaves no process, no state and no open port behind when it is taken down", async () => {
        const pids = await recordedPids();
        assert.ok(pids.length >= 6 && pids.every(isThere));
        const { status, output } = await down();
        assert.equal(status, 0, output);
        assert.deepEqual(pids.filter(isThere), []);
        assert.equal(existsSync(join(runFolder, "simulated")), false);
        const listening = await run("ss", ["-Hltn", "( sport = :7743 or sport = :3679 or sport = :6866 )"]);
        assert.equal(listening, "");
        assert.equal((await lab(["status", "--kind", "simulated"])).status, 3);
        assert.equal((await down()).status, 0);
    });

    it("is started for a preview of dev with the one node that can mount its volume, and stopped after it", async () => {
        const output = await run(process.execPath, ["scripts/preview.ts", "--stack", "dev"], {
            cwd: projectFolder,
            env: { CHATTINGO_LAB_RUN: runFolder },
        });
        assert.match(output, /\n {4}\+ \d+ to create\s*$/);
        assert.deepEqual(await lab(["status", "--kind", "simulated"]), { status: 3, output: "simulated: down\n" });
    });
});
