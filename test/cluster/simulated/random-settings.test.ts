// Settings that pass are settings that come up: random ones are rendered, and judged by a real API server and by promtool.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { namespaceName } from "../../../components/labels.ts";
import { installDebianPackages } from "../../../lab/tools/debian-packages.ts";
import { run } from "../../../lab/tools/run.ts";
import { recordProgram } from "../../../scripts/recording-engine.ts";
import { parseSettings } from "../../../settings/index.ts";
import { qualified } from "../../../settings/keys.ts";
import { simulatedLab } from "../../simulated-lab.ts";
import { type RandomStack, randomStack } from "./random-settings.ts";

/** Stacks that are tried in a minute or two; more of them where somebody looks for a value that nobody thought of. */
const stacksTried = Number(process.env.RANDOM_SETTINGS ?? 30);

interface Manifest {
    readonly kind: string;
    readonly data?: Readonly<Record<string, string>>;
    readonly spec?: { readonly groups?: readonly object[] };
}

const secretKeys = [qualified("search.passwordKey"), qualified("kibana.encryptionKey")];
const origins = Object.fromEntries(secretKeys.map((key) => [key, { place: "drawn at random", secret: true }]));

describe("settings at random", function () {
    this.timeout(1_800_000);

    let environment: Readonly<Record<string, string>>;
    let folder: string;
    let programs = 0;

    before(async () => {
        environment = await simulatedLab();
        await installDebianPackages([{ name: "prometheus", provides: "promtool" }]);
        folder = mkdtempSync(join(tmpdir(), "random-settings-"));
        await run("kubectl", ["create", "namespace", namespaceName], { env: environment });
    });

    after(async () => {
        rmSync(folder, { recursive: true, force: true });
        await run("kubectl", ["delete", "namespace", namespaceName], { env: environment });
    });

    const passes = ({ stack, config }: RandomStack): boolean => {
        try {
            parseSettings(stack, config, origins);
            return true;
        } catch {
            return false;
        }
    };

    /** The stack's Kubernetes objects, with something in the place of what is secret. */
    const manifestsOf = async ({ stack, config }: RandomStack): Promise<readonly Manifest[]> => {
        const program = () => import(`../../../index.ts?random=${++programs}`);
        const resources = await recordProgram(program, { stack, config, secretKeys });
        return resources
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(({ inputs }) => inputs as unknown as Manifest)
            .map((manifest) =>
                manifest.kind === "Secret"
                    ? {
                          ...manifest,
                          data: Object.fromEntries(Object.keys(manifest.data ?? {}).map((key) => [key, ""])),
                      }
                    : manifest,
            );
    };

    it("are taken by the API server and by Prometheus when they pass", async () => {
        await fc.assert(
            fc.asyncProperty(randomStack.filter(passes), async (found) => {
                const manifests = await manifestsOf(found);
                const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
                // As the provider does, and with strict validation of fields, as the API server warns of otherwise.
                const apply = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"];
                await run("kubectl", apply, { env: environment, input });
                const rules = manifests.filter(({ kind }) => kind === "PrometheusRule");
                for (const { spec } of rules) {
                    writeFileSync(join(folder, "rules.yml"), JSON.stringify({ groups: spec?.groups }));
                    await run("promtool", ["check", "rules", join(folder, "rules.yml")]);
                }
            }),
            { numRuns: stacksTried },
        );
        assert.ok(programs >= stacksTried);
    });
});
