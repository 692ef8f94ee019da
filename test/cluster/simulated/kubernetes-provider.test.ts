// The lab's Kubernetes provider under the real engine, against a real API server and its controllers.

import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { RunError, run } from "../../../lab/tools/run.ts";
import { simulatedLab } from "../../simulated-lab.ts";
import { type HostedProgram, hostProgram } from "./program-host.ts";

const program = join(import.meta.dirname, "kubernetes-program");
const password = "correct horse battery staple";

/** The program's settings that differ from its defaults. */
type Edits = Readonly<Record<string, string>>;

/** What of a resource in the state says what is there; the rest says where the program declared it. */
interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: unknown;
    readonly outputs?: unknown;
    readonly initErrors?: readonly string[];
}

describe("the lab's Kubernetes provider under the real engine", function () {
    this.timeout(300_000);

    let folder: string;
    let environment: Readonly<Record<string, string>> | undefined;
    let hosted: HostedProgram;
    let base: { readonly config: Readonly<Record<string, unknown>> };

    const pulumi = (args: readonly string[], overrides: Readonly<Record<string, string>> = {}): Promise<string> =>
        run("pulumi", [...args, "--stack", "test", "--cwd", program, "--non-interactive"], {
            env: { ...environment, ...overrides },
        });
    /** Runs a command on the program as it is with these edits. */
    const withEdits = async (
        edits: Edits,
        args: readonly string[],
        overrides: Readonly<Record<string, string>> = {},
    ): Promise<string> => {
        const config = Object.entries(edits).map(([name, value]) => [`kubernetes-program:${name}`, value]);
        const file = join(folder, "Pulumi.edited.yaml");
        await writeFile(file, stringify({ ...base, config: { ...base.config, ...Object.fromEntries(config) } }));
        return pulumi([...args, ...hosted.optionsOf(args[0]), "--config-file", file], overrides);
    };
    const up = (edits: Edits = {}, ...args: readonly string[]) =>
        withEdits(edits, ["up", "--yes", "--skip-preview", ...args]);
    /** What a preview would do, as `operation Kind name`. */
    const preview = async (edits: Edits = {}, ...args: readonly string[]): Promise<readonly string[]> => {
        const digest = JSON.parse(await withEdits(edits, ["preview", "--json", ...args])) as {
            readonly steps: readonly { readonly op: string; readonly urn: string }[];
        };
        return digest.steps
            .filter(({ op }) => op !== "same" && op !== "refresh")
            .map(({ op, urn }) => `${op} ${urn.split("::")[2]?.split(":").at(-1)} ${urn.split("::")[3]}`)
            .toSorted();
    };
    const failure = async (command: Promise<unknown>): Promise<string> => {
        const error = await command.then(
            () => undefined,
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof RunError, "the command should fail");
        return error.output;
    };
    const state = async (): Promise<readonly StateResource[]> => {
        const { deployment } = JSON.parse(await pulumi(["stack", "export", "--show-secrets"])) as {
            readonly deployment: { readonly resources?: readonly StateResource[] };
        };
        return (deployment.resources ?? [])
            .filter(({ type }) => !type.startsWith("pulumi:"))
            .map(({ urn, type, id, inputs, outputs, initErrors }) => ({ urn, type, id, inputs, outputs, initErrors }))
            .toSorted((one, other) => one.urn.localeCompare(other.urn));
    };
    const kubectl = (...args: readonly string[]) => run("kubectl", args, { env: environment });
    const field = (kind: string, name: string, path: string) =>
        kubectl("get", kind, name, "-n", "shop", "-o", `jsonpath={${path}}`);

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "kubernetes-provider-"));
        environment = await simulatedLab();
        hosted = await hostProgram(join(program, "index.ts"));
        await copyFile(join(program, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
        for (const args of [
            ["stack", "init", "test"],
            ["config", "set", "--secret", "password", password, "--stack", "test"],
        ]) {
            await run("pulumi", [...args, "--cwd", folder, "--non-interactive"], { env: environment });
        }
        base = parse(await readFile(join(folder, "Pulumi.test.yaml"), "utf8"));
    });

    after(async () => {
        await hosted?.stop();
        // What a test that failed has left.
        if (environment !== undefined) {
            const objects = ["namespace/shop", "crd/offers.shop.example"];
            await run("kubectl", ["delete", "--ignore-not-found", ...objects], { env: environment });
        }
        await rm(folder, { recursive: true, force: true });
    });

    it("previews objects whose namespace and kind are yet to come, and makes none of them", async () => {
        const steps = await preview();
        assert.ok(steps.includes("create Deployment web") && steps.includes("create Offer offer"), steps.join("\n"));
        assert.ok(steps.every((step) => step.startsWith("create ")));
        assert.ok(!(await kubectl("get", "namespaces", "-o", "name")).includes("namespace/shop"));
    });

    it("finds an unknown field in a preview, even beside values and a namespace that are not known yet", async () => {
        const output = await failure(preview({ mistake: "true" }));
        assert.match(output, /nodeSelecter/);
    });

    it("refuses by name what it does not cover", async () => {
        assert.match(
            await failure(preview({ nameless: "true" })),
            /metadata\.name.*is missing: give the object its name/s,
        );
        assert.match(await failure(preview({ patch: "true" })), /ConfigMapPatch: a patch of another resource/);
    });

    it("makes everything and ends when pods run, the Job is complete and the claims are bound", async () => {
        await up();
        assert.equal(await field("deployment", "web", ".status.availableReplicas"), "2");
        assert.equal(await field("statefulset", "store", ".status.readyReplicas"), "1");
        assert.equal(await field("daemonset", "agent", ".status.numberAvailable"), "3");
        assert.equal(await field("job", "migrate", ".status.succeeded"), "1");
        assert.equal(await field("pvc", "shared", ".status.phase"), "Bound");
        assert.equal(await field("offer", "spring", ".spec.price"), "3");
        const { address } = JSON.parse(await pulumi(["stack", "output", "--json"])) as { readonly address: string };
        assert.equal(address, await field("service", "outside", ".spec.clusterIP"));
    });

    it("keeps secrets out of the state in plain text, also where the API server encodes them", async () => {
        const text = await pulumi(["stack", "export"]);
        assert.ok(!text.includes(password));
        assert.ok(!text.includes(Buffer.from(password).toString("base64")));
        assert.equal(
            Buffer.from(await field("secret", "login", ".data.password"), "base64").toString("utf8"),
            password,
        );
    });

    it("changes nothing when nothing has changed, and sees no drift where there is none", async () => {
        await up({}, "--expect-no-changes", "--refresh");
    });

    it("changes in place what can be, and replaces what can't", async () => {
        const edits = {
            schedule: "0 * * * *",
            level: "debug",
            page: "goodbye",
            jobImage: "registry.example/web:2",
            storageClass: "gp3",
        };
        assert.deepEqual(await preview(edits), [
            "replace ConfigMap pages",
            // As the official provider does by default.
            "replace ConfigMap settings",
            "replace Job migrate",
            "replace PersistentVolumeClaim data",
            "update CronJob report",
            "update Deployment web",
        ]);
    });

    it("makes a new immutable ConfigMap before it deletes the old one, and a new Job after", async () => {
        const change = { page: "goodbye", jobImage: "registry.example/web:2" };
        const before = await field("job", "migrate", ".metadata.uid");
        const output = await up(change);
        const at = (text: RegExp) => output.search(text);
        assert.ok(at(/ConfigMap pages created replacement/) < at(/ConfigMap pages deleted original/), output);
        assert.ok(at(/Job migrate deleted original/) < at(/Job migrate created replacement/), output);
        assert.notEqual(await field("job", "migrate", ".metadata.uid"), before);
        assert.equal(await field("job", "migrate", ".status.succeeded"), "1");
        await up();
    });

    it("makes again what somebody deleted, and leaves alone what others added", async () => {
        await kubectl("label", "deployment", "web", "-n", "shop", "team=red");
        await kubectl("delete", "configmap", "settings", "-n", "shop");
        assert.deepEqual(await preview({}, "--refresh"), ["create ConfigMap settings"]);
    });

    it("does not take over fields that somebody else manages, unless it is told to", async () => {
        await kubectl("scale", "deployment", "web", "-n", "shop", "--replicas=3");
        const output = await failure(up({}, "--refresh"));
        assert.match(output, /conflict with "kubectl[^"]*"[\s\S]*\.spec\.replicas/);
        assert.match(output, /pulumi\.com\/patchForce/);
        await up({ forced: "true" });
        assert.equal(await field("deployment", "web", ".spec.replicas"), "2");
        assert.equal(await field("deployment", "web", ".metadata.labels.team"), "red");
        await up();
        assert.deepEqual(await preview({}, "--expect-no-changes", "--refresh"), []);
    });

    it("says why pods do not start when the time is up, and keeps the object in the state", async () => {
        const output = await failure(up({ unschedulable: "true" }));
        assert.match(output, /Deployment web: not what it should be after 5 s/);
        assert.match(output, /pod web-\S+: Pending, not scheduled: .*didn't match Pod's node affinity/);
        assert.ok(!output.includes(password));
        const kept = (await state()).find(({ urn }) => urn.endsWith("Deployment::web"));
        assert.equal(kept?.initErrors?.length, 1);
        await up();
        assert.deepEqual(await preview({}, "--expect-no-changes"), []);
    });

    it("fails at once with a Job that fails, and replaces it when its annotation asks for that", async () => {
        const started = Date.now();
        const output = await failure(up({ failing: "true" }));
        assert.match(output, /Job migrate: the Job failed: .*active longer than specified deadline/);
        assert.ok(Date.now() - started < 60_000);
        assert.deepEqual(await preview({ failing: "true" }), ["replace Job migrate"]);
        await up();
        assert.equal(await field("job", "migrate", ".status.succeeded"), "1");
        assert.deepEqual(await preview({}, "--expect-no-changes"), []);
    });

    it("says which kind the API server does not know", async () => {
        const output = await failure(up({ unknownKind: "true" }));
        assert.match(output, /Nothing \(nothing\.example\/v1\): the API server at https:\S+ has no such kind/);
    });

    it("says what to do when there is no kubeconfig, and leaves the state as it was", async () => {
        const before = await state();
        const KUBECONFIG = join(folder, "there-is-none");
        for (const command of ["preview", "up --yes --skip-preview"]) {
            const output = await failure(withEdits({}, command.split(" "), { KUBECONFIG }));
            assert.match(
                output,
                /there is no kubeconfig at \S+there-is-none \(chosen by KUBECONFIG\)\. Set KUBECONFIG/,
            );
        }
        assert.deepEqual(await state(), before);
    });

    it("names an API server that can't be reached, and leaves the state as it was", async () => {
        const before = await state();
        const KUBECONFIG = join(folder, "unreachable");
        const text = await kubectl("config", "view", "--raw", "--flatten");
        await writeFile(KUBECONFIG, text.replace(/server: .*/, "server: https://127.0.0.1:1"), { mode: 0o600 });
        for (const command of ["preview", "up --yes --skip-preview"]) {
            const output = await failure(withEdits({}, command.split(" "), { KUBECONFIG }));
            assert.match(output, /API server at https:\/\/127\.0\.0\.1:1 can't be reached/);
        }
        assert.deepEqual(await state(), before);
    });

    it("takes an object that is there already into the state by its id", async () => {
        await kubectl("create", "configmap", "found", "-n", "shop", "--from-literal=KEY=value");
        const token = "kubernetes:core/v1:ConfigMap";
        const unprotected = ["--yes", "--generate-code=false", "--protect=false"];
        await withEdits({}, ["import", token, "found", "shop/found", ...unprotected]);
        const found = (await state()).find(({ urn }) => urn.endsWith("ConfigMap::found"));
        assert.equal(found?.type, token);
        assert.deepEqual(await preview(), ["delete ConfigMap found"]);
    });

    it("leaves nothing when it is destroyed", async () => {
        await withEdits({}, ["destroy", "--yes", "--skip-preview"]);
        assert.deepEqual(await state(), []);
        assert.ok(!(await kubectl("get", "namespaces", "-o", "name")).includes("namespace/shop"));
        assert.ok(!(await kubectl("get", "crds", "-o", "name")).includes("offers.shop.example"));
    });
});
