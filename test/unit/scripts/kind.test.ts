// `make up CLUSTER=kind` and its end, with programs in the place of docker, kind and pulumi that write down how they are
// called and know no other call.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

const projectFolder = join(import.meta.dirname, "../../..");

/** Each answers the calls that are expected, and fails with what else it is told. */
const programs = {
    docker: `case "$*" in
info) [ ! -e "$HERE/docker-is-down" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; } ;;
*) unknown ;;
esac`,
    kind: `case "$*" in
"get clusters") echo other; [ ! -e "$HERE/cluster" ] || echo chattingo ;;
"create cluster --config $PROJECT/lab/kind-config.yaml --name chattingo --kubeconfig $RUN/kubeconfig --wait 180s")
    [ ! -e "$HERE/cluster" ] || exit 1
    : >"$HERE/cluster"; echo "of kind" >"$RUN/kubeconfig" ;;
"export kubeconfig --name chattingo --kubeconfig $RUN/kubeconfig") echo "of kind, again" >"$RUN/kubeconfig" ;;
"delete cluster --name chattingo --kubeconfig $RUN/kubeconfig") /bin/rm "$HERE/cluster" ;;
*) unknown ;;
esac`,
    pulumi: `case "$*" in
"stack init dev --cwd "*) echo "encryptionsalt: some" >"$5/Pulumi.dev.yaml"; exit 0 ;;
"up --yes --skip-preview --stack dev --cwd $PROJECT --config-file $RUN/Pulumi.dev.yaml --non-interactive") ;;
"destroy --yes --skip-preview --stack dev --cwd $PROJECT --config-file $RUN/Pulumi.dev.yaml --non-interactive") ;;
*) unknown ;;
esac
[ "$KUBECONFIG" = "$RUN/kubeconfig" ] && [ "$PULUMI_BACKEND_URL" = "file://$RUN/pulumi-state" ] ||
    { echo "another cluster or backend: $KUBECONFIG $PULUMI_BACKEND_URL" >&2; exit 1; }
[ ! -e "$HERE/pulumi-fails" ] || { echo "AWS says no" >&2; exit 1; }
[ -e "$HERE/cluster" ] || [ "$PULUMI_K8S_DELETE_UNREACHABLE" = true ]`,
    kubectl: "unknown",
};

describe("make up CLUSTER=kind", function () {
    this.timeout(30_000);

    let folder: string;
    let path: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "kind-"));
        path = join(folder, "bin");
        mkdirSync(path);
        for (const [name, text] of Object.entries(programs)) {
            const unknown = `unknown() { echo "${name} is not expected to be told: $*" >&2; exit 64; }`;
            const call = `echo "${name} $*" >>"$HERE/calls"`;
            const body = text.replaceAll(/\bunknown\b/g, 'unknown "$@"');
            writeFileSync(join(path, name), `#!/bin/sh\n${unknown}\n${call}\n${body}\n`, { mode: 0o755 });
        }
    });

    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const runFolder = () => join(folder, "run", "kind");

    /** Runs a script as make does, for somebody whose own kubeconfig and backend are others. */
    function script(name: "up" | "down", ...args: readonly string[]) {
        const { status, stdout, stderr } = spawnSync(
            process.execPath,
            [join(projectFolder, "scripts", `${name}.ts`), "--cluster", "kind", ...args],
            {
                encoding: "utf8",
                env: {
                    PATH: path,
                    HOME: folder,
                    KUBECONFIG: join(folder, "of-the-user"),
                    PULUMI_BACKEND_URL: "https://of-the-user.example",
                    CHATTINGO_LAB_RUN: join(folder, "run"),
                    HERE: folder,
                    RUN: runFolder(),
                    PROJECT: projectFolder,
                },
            },
        );
        return { status, output: stdout + stderr };
    }

    const up = (...args: readonly string[]) => script("up", "--no-demonstration", ...args);
    const mark = (name: string) => writeFileSync(join(folder, name), "");
    const calls = () => {
        const file = join(folder, "calls");
        return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    };
    const callsOf = (words: string) => calls().filter((call) => call.startsWith(words)).length;

    it("makes the cluster, and brings up dev on it with a backend and a kubeconfig of its own", () => {
        const { status, output } = up("--bucket", "logs-of-somebody");
        assert.equal(status, 0, output);
        assert.equal(callsOf("kind create cluster"), 1);
        assert.equal(callsOf("pulumi up"), 1);
        const { config } = parse(readFileSync(join(runFolder(), "Pulumi.dev.yaml"), "utf8")) as {
            readonly config: Readonly<Record<string, unknown>>;
        };
        assert.equal(config["chattingo-logging:archive.bucketName"], "logs-of-somebody");
        assert.equal(config["chattingo-logging:archive.keepBucketOnDestroy"], false);
        assert.equal(config["chattingo-logging:monitoring.operator"], false);
        assert.equal(config["chattingo-logging:archive.credentials"], "static", "what the stack's file says holds");
        assert.ok(!existsSync(join(folder, "of-the-user")), "the user's kubeconfig is left alone");
        const environment = readFileSync(join(runFolder(), "environment"), "utf8");
        assert.ok(environment.includes(`export KUBECONFIG='${runFolder()}/kubeconfig'\n`), environment);
        assert.ok(output.includes(`source ${runFolder()}/environment`), output);
        assert.ok(output.includes("make down CLUSTER=kind"), output);
    });

    it("takes the cluster that is there, with the bucket of the last time", () => {
        assert.equal(up("--bucket", "logs-of-somebody").status, 0);
        const { status, output } = up();
        assert.equal(status, 0, output);
        assert.equal(callsOf("kind create cluster"), 1);
        assert.equal(callsOf("kind export kubeconfig"), 1);
        const another = up("--bucket", "another");
        assert.equal(another.status, 1);
        assert.match(another.output, /has the bucket logs-of-somebody already: leave out BUCKET/);
    });

    it("asks for the bucket's name before it makes anything", () => {
        const { status, output } = up();
        assert.equal(status, 1);
        assert.match(output, /make up CLUSTER=kind BUCKET=chattingo-logs-dev-/);
        assert.equal(callsOf("kind create"), 0);
    });

    for (const [program, advice] of [
        ["docker", "https://docs.docker.com/"],
        ["kind", "https://kind.sigs.k8s.io/"],
        ["pulumi", "https://www.pulumi.com/docs/install/"],
    ] as const) {
        it(`says where ${program} is to be had when it is missing, and that there is a way without`, () => {
            rmSync(join(path, program));
            const { status, output } = up("--bucket", "b");
            assert.equal(status, 1);
            assert.ok(output.includes(`${program} is missing: install it (${advice}`), output);
            assert.match(output, /Without Docker: make up/);
            assert.equal(callsOf("kind"), 0);
        });
    }

    it("says what Docker's answer is when its daemon does not run", () => {
        mark("docker-is-down");
        const { status, output } = up("--bucket", "b");
        assert.equal(status, 1);
        assert.match(output, /Docker does not answer: start it .*Cannot connect to the Docker daemon/);
        assert.equal(callsOf("kind"), 0);
    });

    it("destroys the stack and deletes that cluster alone", () => {
        assert.equal(up("--bucket", "b").status, 0);
        const { status, output } = script("down");
        assert.equal(status, 0, output);
        const last = calls().slice(-4);
        assert.match(last[0] ?? "", /^kind export kubeconfig/);
        assert.match(last[1] ?? "", /^pulumi destroy/);
        assert.match(last[3] ?? "", /^kind delete cluster --name chattingo /);
        assert.ok(!existsSync(join(folder, "cluster")) && !existsSync(runFolder()));
        assert.equal(script("down").status, 0, "nothing is there to take away");
        assert.equal(callsOf("kind delete"), 1);
    });

    it("keeps the cluster when the stack can't be destroyed: what is in AWS would be forgotten", () => {
        assert.equal(up("--bucket", "b").status, 0);
        mark("pulumi-fails");
        const { status, output } = script("down");
        assert.equal(status, 1);
        assert.match(output, /AWS says no/);
        assert.ok(existsSync(join(folder, "cluster")) && existsSync(join(runFolder(), "Pulumi.dev.yaml")));
    });

    it("takes away what is in AWS when somebody has deleted the cluster", () => {
        assert.equal(up("--bucket", "b").status, 0);
        rmSync(join(folder, "cluster"));
        const { status, output } = script("down");
        assert.equal(status, 0, output);
        assert.equal(callsOf("pulumi destroy"), 1);
        assert.equal(callsOf("kind delete"), 0);
        assert.ok(!existsSync(runFolder()));
    });

    it("refuses a cluster that it does not know, and a bucket for the lab", () => {
        for (const [name, ...args] of [
            ["up", "--cluster", "minikube"],
            ["up", "--cluster", "lab", "--bucket", "b"],
            ["down", "--cluster", "minikube"],
        ] as const) {
            const { status, output } = script(name, ...args);
            assert.equal(status, 2, output);
            assert.match(output, /choose lab or kind|the lab's S3 is its own/);
        }
    });
});
