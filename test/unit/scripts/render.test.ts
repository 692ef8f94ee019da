import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { kustomizationFile } from "../../../scripts/linter-exceptions.ts";

const projectFolder = join(import.meta.dirname, "..", "..", "..");

interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly data?: Readonly<Record<string, string>>;
    readonly stringData?: Readonly<Record<string, string>>;
}

/** Kinds that belong to no namespace. */
const clusterWide = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PriorityClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
];

function script(name: string, ...args: readonly string[]) {
    return spawnSync(process.execPath, [join(projectFolder, "scripts", name), ...args], { encoding: "utf8" });
}

describe("make render", function () {
    this.timeout(60_000);

    const stacks = ["dev", "prod", "compliance"] as const;
    /** Has a folder for each stack. */
    let folder: string;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "render-"));
        for (const stack of stacks) {
            const { status, stderr } = script("render.ts", "--stack", stack, "--out", join(folder, stack));
            assert.equal(status, 0, stderr);
        }
    });

    after(() => rmSync(folder, { recursive: true }));

    const manifests = (stack: (typeof stacks)[number]) =>
        readdirSync(join(folder, stack))
            .filter((file) => file !== kustomizationFile)
            .map((file) => ({
                file,
                manifest: parse(readFileSync(join(folder, stack, file), "utf8")) as Manifest,
            }));

    for (const stack of stacks) {
        it(`writes every resource of ${stack} as a file named after its kind and name`, () => {
            const written = manifests(stack);
            for (const { file, manifest } of written) {
                assert.equal(file, `${manifest.kind.toLowerCase()}-${manifest.metadata.name}.yaml`);
                assert.ok(manifest.apiVersion, file);
                const place = clusterWide.includes(manifest.kind) ? undefined : "chattingo";
                assert.equal(manifest.metadata.namespace, place, file);
            }
            const secrets = written.filter(({ manifest }) => manifest.kind === "Secret");
            assert.ok(secrets.length > 0);
            for (const { file, manifest } of secrets) {
                const values = Object.values({ ...manifest.data, ...manifest.stringData });
                assert.deepEqual(new Set(values), new Set(["[secret]"]), file);
            }
            const files = written.map(({ file }) => file);
            for (const expected of [
                "namespace-chattingo.yaml",
                "job-log-setup.yaml",
                "cronjob-log-rotation.yaml",
                "deployment-s3-uploader.yaml",
                "persistentvolumeclaim-log-archive.yaml",
                "job-log-rotation-node.yaml",
            ]) {
                assert.ok(files.includes(expected), `${expected} is missing among ${files.join(", ")}`);
            }
        });
    }

    it("adds for linters, beside the manifests, what each workload is excepted from and why", () => {
        const { status, stdout, stderr } = spawnSync("kubectl", ["kustomize", join(folder, "prod")], {
            encoding: "utf8",
            maxBuffer: 2 ** 26,
        });
        assert.equal(status, 0, stderr);
        const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
        const written = manifests("prod").map(({ manifest }) => manifest);
        const named = (all: readonly Manifest[]) => all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
        assert.deepEqual(named(objects).toSorted(), named(written).toSorted());
        const annotations = ({ metadata }: Manifest) => Object.keys(metadata.annotations ?? {});
        const isExcepted = (all: readonly Manifest[]) =>
            named(all.filter((each) => annotations(each).some((key) => key.startsWith("checkov.io/"))));
        assert.deepEqual(isExcepted(written), []);
        assert.ok(isExcepted(objects).includes("Job/log-rotation-node"));
        assert.equal(isExcepted(objects).length, 11);
    });

    it("masks what is secret", () => {
        const secrets = manifests("dev").filter(({ manifest }) => manifest.kind === "Secret");
        const values = secrets.map(({ file, manifest }) => [file, { ...manifest.data, ...manifest.stringData }]);
        const masked = (...names: string[]) => Object.fromEntries(names.map((name) => [name, "[secret]"]));
        assert.deepEqual(Object.fromEntries(values), {
            "secret-kibana-encryption-keys.yaml": masked(
                "XPACK_SECURITY_ENCRYPTIONKEY",
                "XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY",
                "XPACK_REPORTING_ENCRYPTIONKEY",
            ),
            "secret-log-restore-credentials.yaml": masked("credentials"),
            "secret-s3-uploader-credentials.yaml": masked("credentials"),
        });
    });

    it("writes the same bytes every time, and takes away only what it wrote itself", () => {
        const again = join(folder, "again");
        mkdirSync(again);
        writeFileSync(join(again, "mine.yaml"), "kind: Mine\n");
        script("render.ts", "--stack", "dev", "--out", again);
        const read = (where: string) =>
            readdirSync(where).map((file) => [file, readFileSync(join(where, file), "utf8")]);
        const written = read(again).filter(([file]) => file !== "mine.yaml");
        assert.deepEqual(written, read(join(folder, "dev")));
        script("render.ts", "--stack", "prod", "--out", again);
        assert.ok(!existsSync(join(again, "secret-s3-uploader-credentials.yaml")));
        assert.equal(readFileSync(join(again, "mine.yaml"), "utf8"), "kind: Mine\n");
    });

    it("says which stacks there are when it is asked for another", () => {
        const { status, stderr } = script("render.ts", "--stack", "staging", "--out", join(folder, "staging"));
        assert.equal(status, 1);
        assert.match(stderr, /staging/);
        assert.doesNotMatch(stderr, /at .*\.ts:\d+/);
    });
});

/** Renders dev from a copy of the project in which it has other settings. */
function renderedWith(settings: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), "render-other-"));
    const [project, out] = [join(folder, "project"), join(folder, "out")];
    mkdirSync(project);
    for (const name of readdirSync(projectFolder).filter((each) => ![".git", "node_modules"].includes(each))) {
        cpSync(join(projectFolder, name), join(project, name), { recursive: true });
    }
    symlinkSync(join(projectFolder, "node_modules"), join(project, "node_modules"));
    const lines = settings.map((line) => `  chattingo-logging:${line}`);
    writeFileSync(join(project, "Pulumi.dev.yaml"), ["config:", ...lines, ""].join("\n"));
    const args = [join(project, "scripts", "render.ts"), "--stack", "dev", "--out", out];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const files = existsSync(out) ? readdirSync(out) : [];
    const manifests = files
        .filter((file) => file !== kustomizationFile)
        .map((file) => parse(readFileSync(join(out, file), "utf8")) as Manifest);
    rmSync(folder, { recursive: true });
    return { status, stdout, stderr, manifests };
}

describe("make render of other settings", function () {
    this.timeout(60_000);

    it("ends with 1 and the message alone when some are wrong, without a stack trace, and writes nothing", () => {
        const { status, stdout, stderr, manifests } = renderedWith([
            "archive.volumeSize: 5Gb",
            "archive.credentials: static",
        ]);
        assert.deepEqual([status, stdout, manifests], [1, "", []]);
        assert.match(
            stderr,
            /^stack dev: 1 setting is wrong, and nothing was provisioned\n\n {2}\S+archive\.volumeSize\n/,
        );
        assert.doesNotMatch(stderr, /^\s+at |Uncaught|Error:|node:internal/m);
    });

    it("writes the labels by which a Prometheus selects, and the folder in which Grafana shows dashboards", () => {
        const { status, stderr, manifests } = renderedWith([
            "archive.credentials: static",
            "monitoring.labels: { release: kube-prometheus-stack, tier: mine }",
            "monitoring.dashboardAnnotations: { grafana_folder: Logs }",
        ]);
        assert.equal(status, 0, stderr);
        const selected = manifests.filter(({ kind }) => ["PrometheusRule", "ServiceMonitor"].includes(kind));
        assert.deepEqual(
            selected.map(({ kind, metadata: { name } }) => `${kind} ${name}`),
            [
                "PrometheusRule chattingo-logging",
                ...["elasticsearch", "filebeat", "kibana", "s3-uploader"].map((name) => `ServiceMonitor ${name}`),
            ],
        );
        for (const { metadata } of selected) {
            assert.equal(metadata.labels?.release, "kube-prometheus-stack", metadata.name);
            // What the system's own selectors go by stays.
            assert.equal(metadata.labels?.tier, "logging", metadata.name);
        }
        const dashboards = manifests.filter(({ metadata }) => metadata.labels?.grafana_dashboard === "1");
        assert.deepEqual(
            dashboards.map(({ metadata }) => metadata.annotations?.grafana_folder),
            ["Logs", "Logs"],
        );
        const others = manifests.filter(
            (each) => !selected.includes(each) && each.metadata.labels?.release !== undefined,
        );
        assert.deepEqual(others, []);
    });
});

describe("a program that is recorded", function () {
    this.timeout(60_000);

    it("fails with its error once, and without a stack trace of Node.js", () => {
        const source = [
            'import { recordProgram } from "./scripts/recording-engine.ts";',
            'const wrong = () => { throw new Error("a wrong setting"); };',
            'await recordProgram(wrong).catch(({ message }) => console.log("caught:", message));',
        ].join("\n");
        const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
            cwd: projectFolder,
            encoding: "utf8",
        });
        assert.equal(stderr, "");
        assert.deepEqual([status, stdout], [0, "caught: a wrong setting\n"]);
    });
});

describe("every script", function () {
    this.timeout(30_000);

    for (const name of ["render.ts", "preview.ts", "up.ts", "down.ts", "test.ts"]) {
        it(`${name} tells how to use it, and ends with 2 for wrong arguments`, () => {
            const help = script(name, "--help");
            assert.equal(help.status, 0);
            assert.match(help.stdout, /^Usage: /);
            const wrong = script(name, "--there-is-no-such-option");
            assert.equal(wrong.status, 2);
            assert.match(wrong.stderr, /there-is-no-such-option/);
        });
    }
});
