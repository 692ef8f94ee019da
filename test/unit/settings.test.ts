// From Pulumi.yaml, the stack files and the engine to settings, or to one error that tells everything.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings, readStackConfig, type Settings, SettingsError } from "../../settings/index.ts";
import { keys, kinds, qualified } from "../../settings/keys.ts";
import { projectFolder, readConfigEntries, readDeclarations } from "../../settings/project-files.ts";
import { shellArgument } from "../../settings/report.ts";
import { mergeConfig, type StackConfig } from "../../settings/stack-config.ts";

const stacks = ["dev", "prod", "compliance"] as const;

/** For tests of something else: no secret is needed then. */
const unsecured = { "chattingo-logging:search.security": "false" };

function settingsOf(stack: string): Settings {
    const { values, origins } = readStackConfig(stack);
    return parseSettings(stack, values, origins);
}

function errorOf(stack: string, { values, origins }: StackConfig): SettingsError {
    try {
        parseSettings(stack, values, origins);
    } catch (error) {
        assert.ok(error instanceof SettingsError);
        return error;
    }
    throw new assert.AssertionError({ message: "the settings should be refused" });
}

/** A project folder with the real Pulumi.yaml and one stack file. */
function withStackFile<T>(text: string, use: (folder: string) => T): T {
    const folder = mkdtempSync(join(tmpdir(), "settings-"));
    try {
        execFileSync("cp", [join(projectFolder, "Pulumi.yaml"), folder]);
        writeFileSync(join(folder, "Pulumi.dev.yaml"), text);
        return use(folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

describe("Pulumi.yaml", () => {
    // The Kubernetes provider's own settings are for the provider alone.
    const declarations = readDeclarations(projectFolder).filter(({ key }) => !key.startsWith("kubernetes:"));

    it("declares exactly the settings that the program knows, in the same order", () => {
        assert.deepEqual(
            declarations.map(({ key }) => key),
            keys.map(qualified),
        );
    });

    it("gives each setting its type and a description of one sentence", () => {
        for (const [position, declaration] of declarations.entries()) {
            const key = keys[position];
            assert.ok(key);
            assert.equal(declaration.type, key.includes(":") ? undefined : kinds[key].engineType, key);
            assert.match(declaration.description ?? "", /^[A-Z].{15,}\.$/, key);
        }
    });

    it("gives each setting a default that is right by itself", () => {
        for (const [position, declaration] of declarations.entries()) {
            const key = keys[position];
            assert.ok(key && "value" in kinds[key].parse(declaration.default), key);
        }
    });
});

describe("the stack files", () => {
    it("hold only settings, and only what differs from the defaults", () => {
        const defaults = new Map(readDeclarations(projectFolder).map(({ key, default: text }) => [key, text]));
        for (const stack of stacks) {
            const entries = readConfigEntries(join(projectFolder, `Pulumi.${stack}.yaml`));
            assert.ok(entries.length > 0);
            for (const { key, value } of entries) {
                assert.ok(defaults.has(key), `${stack}: ${key}`);
                assert.notEqual(String(value), defaults.get(key), `${stack}: ${key}`);
            }
        }
    });

    it("make dev small, with an access key for the uploader", () => {
        const { archive, rotation, search, cluster, kibana } = settingsOf("dev");
        assert.deepEqual(rotation, {
            maxAgeDays: 3,
            maxSizeMb: 100,
            archiveWithinHours: 0,
            maxArchiveMb: 256,
            compress: true,
            schedule: "30 * * * *",
        });
        assert.equal(search.mode, "single");
        assert.equal(search.replicas, 1);
        assert.equal(search.retentionDays, 3);
        assert.equal(search.storage, "10Gi");
        assert.equal(archive.bucketName, "chattingo-logs-dev");
        assert.equal(archive.region, "us-east-1");
        assert.equal(archive.storageClass, "STANDARD_IA");
        assert.equal(archive.retentionDays, 30);
        assert.equal(archive.transition, undefined);
        assert.deepEqual(archive.credentials, { kind: "static" });
        assert.equal(archive.volumeAccessMode, "ReadWriteOnce");
        assert.equal(archive.volumeStorageClass, undefined);
        assert.equal(cluster.eksName, undefined);
        assert.equal(kibana.ingress, undefined);
    });

    it("make prod a cluster whose archives move to GLACIER after 90 days and go after 365", () => {
        const { archive, rotation, search, cluster, kibana } = settingsOf("prod");
        assert.equal(rotation.maxAgeDays, 30);
        assert.equal(rotation.archiveWithinHours, 24);
        assert.equal(search.mode, "cluster");
        assert.equal(search.replicas, 3);
        assert.equal(search.retentionDays, 30);
        assert.equal(search.storageClass, "gp3");
        assert.equal(archive.bucketName, "chattingo-logs");
        assert.equal(archive.retentionDays, 365);
        assert.deepEqual(archive.transition, { storageClass: "GLACIER", afterDays: 90 });
        assert.equal(archive.objectLock, false);
        assert.deepEqual(archive.credentials, { kind: "irsa", eksName: "chattingo-prod" });
        assert.equal(archive.volumeStorageClass, "efs");
        assert.equal(archive.volumeAccessMode, "ReadWriteMany");
        assert.equal(cluster.eksName, "chattingo-prod");
        assert.ok(kibana.ingress?.host && kibana.ingress.tlsSecretName);
    });

    it("make compliance like prod, with archives locked for 2555 days", () => {
        const prod = settingsOf("prod");
        const { archive, rotation, search, cluster } = settingsOf("compliance");
        assert.equal(rotation.maxAgeDays, 90);
        assert.equal(rotation.archiveWithinHours, 24);
        assert.deepEqual(search, { ...prod.search, retentionDays: 90 });
        assert.deepEqual(archive, {
            ...prod.archive,
            credentials: { kind: "irsa", eksName: "chattingo-compliance" },
            bucketName: "chattingo-logs-compliance",
            retentionDays: 2555,
            transition: { storageClass: "DEEP_ARCHIVE", afterDays: 90 },
            objectLock: true,
        });
        assert.equal(cluster.eksName, "chattingo-compliance");
    });

    it("are named in the error when one is missing", () => {
        assert.throws(
            () => readStackConfig("nowhere"),
            /stack nowhere: there is no Pulumi\.nowhere\.yaml .*there are: compliance, dev, prod\n.*pulumi stack init nowhere/,
        );
    });
});

describe("wrong settings", () => {
    const wrong = {
        "chattingo-logging:archive.bucketName": "Not_A_Bucket",
        "chattingo-logging:archive.volumeSize": "5Gb",
        "chattingo-logging:rotation.schedule": "30 * * *",
        "chattingo-logging:rotation.maxAgeDay": "7",
        "chattingo-logging:rotation.compress": "yes",
        "chattingo-logging:archive.retentionDays": "20",
        "chattingo-logging:archive.credentials": "irsa",
        "chattingo-logging:search.retentionDays": "40",
        "chattingo-logging:search.replicas": "two",
        "chattingo-logging:images.node": "node:latest",
        ...unsecured,
    };

    it("are all in one error, each with its key and value, what is allowed, where it was set and how to fix it", () => {
        const error = errorOf("dev", mergeConfig("dev", wrong, []));
        assert.deepEqual(
            error.problems.map(({ key }) => key).toSorted(),
            [
                ...Object.keys(wrong).filter((key) => !/archive\.credentials$|search\.security$/.test(key)),
                "chattingo-logging:cluster.eksName",
            ].toSorted(),
        );
        for (const { key, value, allowed, place, fix } of error.problems) {
            assert.ok(error.message.includes(key) && error.message.includes(fix) && error.message.includes(place), key);
            assert.ok(error.message.includes(value || "(empty)"), key);
            assert.ok(allowed ? error.message.includes(allowed) : key === "chattingo-logging:rotation.maxAgeDay", key);
            assert.match(fix, /^pulumi config (set|rm) --stack dev /, key);
        }
        assert.match(error.message, /^stack dev: 10 settings are wrong, and nothing was provisioned\n/);
    });

    it("are fixed by running the commands of the message", () => {
        const values = new Map(Object.entries(wrong).map(([key, value]) => [key, value]));
        const placeholders = { "<name of the EKS cluster>": "lab", "<value>": "1" };
        for (const { fix } of errorOf("dev", mergeConfig("dev", wrong, [])).problems) {
            for (const command of fix.split(" && ")) {
                const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
                const [verb, key = "", value = ""] = [words[2], words[5], words[6]];
                if (verb === "rm") {
                    values.delete(key);
                } else {
                    values.set(
                        key,
                        Object.entries(placeholders).find(([placeholder]) => placeholder === value)?.[1] ?? value,
                    );
                }
            }
        }
        values.set("chattingo-logging:images.node", "node:24.21.0");
        const { values: fixed, origins } = mergeConfig("dev", Object.fromEntries(values), []);
        const settings = parseSettings("dev", fixed, origins);
        assert.equal(settings.archive.bucketName, "not-a-bucket");
        assert.equal(settings.archive.volumeSize, "5Gi");
        assert.equal(settings.rotation.maxAgeDays, 7);
        assert.equal(settings.archive.retentionDays, 30);
        assert.equal(settings.search.retentionDays, 20);
    });

    it("name the line of the stack file, of the default, or neither when the engine has another value", () => {
        const file =
            "config:\n  # sizes\n  chattingo-logging:archive.volumeSize: 5Gb\n  chattingo-logging:search.storage: 1\n";
        withStackFile(file, (folder) => {
            const given = { "chattingo-logging:archive.volumeSize": "5Gb", "chattingo-logging:search.storage": "2" };
            const { origins } = mergeConfig("dev", given, [], folder);
            assert.equal(origins["chattingo-logging:archive.volumeSize"]?.place, "Pulumi.dev.yaml, line 3");
            assert.equal(origins["chattingo-logging:search.storage"]?.place, "stack configuration");
            assert.match(origins["chattingo-logging:search.cpu"]?.place ?? "", /^Pulumi\.yaml, line \d+ \(default\)$/);
        });
    });

    it("that are unknown keys get the nearest setting, the one of that name, or the list of the group", () => {
        const unknown = {
            "chattingo-logging:archive.bucketname": "a-bucket",
            "chattingo-logging:maxAgeDays": "7",
            "chattingo-logging:search": "large",
            "chattingo-logging:database.password": "x",
            "chatingo-logging:rotation.maxAgeDays": "3",
        };
        const given = { ...unknown, ...unsecured, "chattingo-logging:archive.credentials": "static" };
        const { problems } = errorOf("dev", mergeConfig("dev", given, []));
        const wrongOf = (key: string) => problems.find((problem) => problem.key === key)?.wrong ?? "";
        assert.equal(problems.length, Object.keys(unknown).length);
        assert.match(
            wrongOf("chattingo-logging:archive.bucketname"),
            /did you mean chattingo-logging:archive\.bucketName\?/,
        );
        assert.match(wrongOf("chattingo-logging:maxAgeDays"), /did you mean chattingo-logging:rotation\.maxAgeDays\?/);
        assert.match(wrongOf("chattingo-logging:search"), /group of settings: search\.mode, /);
        assert.match(wrongOf("chattingo-logging:database.password"), /Pulumi\.yaml lists them all/);
        assert.match(
            wrongOf("chatingo-logging:rotation.maxAgeDays"),
            /did you mean chattingo-logging:rotation\.maxAgeDays\?/,
        );
    });

    it("never show a secret, neither as value nor in a suggestion or reason", () => {
        const secrets = {
            "chattingo-logging:archive.volumeSize": "31415Gb",
            "chattingo-logging:rotation.schedule": "hush1 hush2 hush3 hush4",
            "chattingo-logging:archive.bucketName": "Hush_Bucket",
            "chattingo-logging:search.retentionDays": "31416",
            "chattingo-logging:filebeat.requests.memory": "16180Mi",
            "chattingo-logging:elastic.pasword": "hushhush",
            "chattingo-logging:rotation.maxAgeDay": "27182",
        };
        const given = { ...secrets, ...unsecured, "chattingo-logging:archive.credentials": "static" };
        const error = errorOf("dev", mergeConfig("dev", given, Object.keys(secrets)));
        assert.equal(error.problems.length, 7);
        assert.doesNotMatch(error.message, /31415|hush|31416|16180|27182/i);
        assert.match(error.message, /--secret chattingo-logging:archive\.volumeSize '<value>'/);
    });

    it("ask for the key of the passwords with the command that makes one, encrypted and long enough", () => {
        const key = "chattingo-logging:search.passwordKey";
        const given = { "chattingo-logging:archive.credentials": "static" };
        const command = `pulumi config set --stack staging --secret ${key} "$(openssl rand -hex 32)"`;
        const problemsWith = (value: string | undefined, secretKeys: readonly string[]) =>
            errorOf("staging", mergeConfig("staging", { ...given, ...(value && { [key]: value }) }, secretKeys));

        const missing = problemsWith(undefined, []);
        assert.deepEqual(
            missing.problems.map((problem) => [problem.key, problem.fix]),
            [[key, command]],
        );
        assert.match(missing.message, /there is no secret to make the passwords/);

        const short = problemsWith("hush-hush", [key]);
        assert.match(short.message, /a secret of 32 characters or more/);
        assert.doesNotMatch(short.message, /hush/);

        const plain = problemsWith("hush".repeat(8), []);
        assert.match(plain.message, /it is in plain text/);
        assert.deepEqual(
            plain.problems.map(({ fix }) => fix),
            [command],
        );
        assert.doesNotMatch(plain.message, /hush/);
    });

    it("refuse a number that is not written as a plain decimal, with what the engine makes of it", () => {
        const written = {
            "030": ["24", "30"],
            "1e3": ["1000", "1000"],
            "0x1E": ["30", "30"],
            "0o17": ["15", "15"],
            "1_000": ["1000", "1000"],
            "+7": ["7", "7"],
        } as const;
        for (const [text, [read, meant]] of Object.entries(written)) {
            const file = `config:\n  chattingo-logging:rotation.maxAgeDays: ${text}\n`;
            withStackFile(file, (folder) => {
                const rendered = readStackConfig("dev", folder);
                const engines = { "chattingo-logging:rotation.maxAgeDays": read };
                for (const config of [rendered, mergeConfig("dev", engines, [], folder)]) {
                    assert.equal(config.values["chattingo-logging:rotation.maxAgeDays"], read);
                    const found = errorOf("dev", config).problems.find(({ key }) => key.endsWith("maxAgeDays"));
                    assert.equal(found?.wrong, `it is written ${text}, and the Pulumi CLI reads ${read}`);
                    assert.equal(
                        found.fix,
                        `pulumi config set --stack dev chattingo-logging:rotation.maxAgeDays ${meant}`,
                    );
                }
            });
        }
    });

    it("refuse such a number in the place of a text, in a group and in a list", () => {
        const file = [
            "config:",
            "  chattingo-logging:kibana.ingress.className: 010",
            "  chattingo-logging:rotation:",
            "    maxSizeMb: 0144",
            "  chattingo-logging:applications:",
            "    - name: billing",
            "      retentionDays: 030",
        ].join("\n");
        withStackFile(file, (folder) => {
            const engines = {
                "chattingo-logging:kibana.ingress.className": "8",
                "chattingo-logging:rotation": '{"maxSizeMb":100}',
                "chattingo-logging:applications": '[{"name":"billing","retentionDays":24}]',
            };
            for (const config of [readStackConfig("dev", folder), mergeConfig("dev", engines, [], folder)]) {
                const { problems } = errorOf("dev", config);
                assert.deepEqual(
                    problems
                        .filter(({ wrong }) => wrong.startsWith("it is written"))
                        .map(({ key, wrong, fix }) => [key.split(":")[1], wrong, fix.split(" ").at(-1)]),
                    [
                        ["applications[0].retentionDays", "it is written 030, and the Pulumi CLI reads 24", "30"],
                        ["rotation.maxSizeMb", "it is written 0144, and the Pulumi CLI reads 100", "144"],
                        ["kibana.ingress.className", "it is written 010, and the Pulumi CLI reads 8", "10"],
                    ],
                );
            }
        });
    });

    it("take plain decimals and quoted texts as they are", () => {
        const file =
            'config:\n  chattingo-logging:search.cpu: 1.5\n  chattingo-logging:kibana.ingress.className: "010"\n';
        withStackFile(file, (folder) => {
            const { values, origins } = readStackConfig("dev", folder);
            const { problems } = errorOf("dev", { values, origins });
            assert.ok(!problems.some(({ wrong }) => wrong.startsWith("it is written")));
            assert.equal(values["chattingo-logging:search.cpu"], "1.5");
            assert.equal(values["chattingo-logging:kibana.ingress.className"], "010");
        });
    });

    it("refuse the name of a stack that Elasticsearch would refuse in the name of a data stream", () => {
        for (const stack of ["Prod", "_prod"]) {
            const { problems } = errorOf(stack, { ...readStackConfig("dev"), origins: {} });
            const [found] = problems.filter(({ key }) => key === "name of the stack");
            assert.equal(found?.value, stack);
            assert.equal(found.fix, `pulumi stack rename --stack ${stack} prod`);
        }
    });

    it("say of a setting that is missing altogether that it is not set", () => {
        const { problems } = errorOf("dev", { values: {}, origins: {} });
        assert.deepEqual(
            problems.map(({ key }) => key),
            keys.map(qualified),
        );
        assert.ok(problems.every(({ wrong: reason }) => reason === "it is not set"));
    });
});

describe("the engine's configuration", () => {
    const engines = {
        "aws:region": "us-east-1",
        "kubernetes:context": "lab",
        "chattingo-logging:rotation":
            '{"archiveWithinHours":0,"compress":true,"maxAgeDays":7,"maxArchiveMb":256,"maxSizeMb":100,"schedule":"30 * * * *"}',
        "chattingo-logging:search": '{"cpu":1,"replicas":1}',
        "chattingo-logging:archive": '{"credentials":"irsa"}',
        "chattingo-logging:kibana": '{"ingress":{"host":""}}',
    };

    it("holds defaults inside objects, which flat keys override", () => {
        const given = {
            ...engines,
            ...unsecured,
            "chattingo-logging:rotation.maxAgeDays": "3",
            "chattingo-logging:archive.credentials": "static",
        };
        const { values, origins } = mergeConfig("dev", given, []);
        const settings = parseSettings("dev", values, origins);
        assert.equal(settings.rotation.maxAgeDays, 3);
        assert.equal(settings.rotation.maxSizeMb, 100);
        assert.equal(settings.search.cpu, "1");
        assert.equal(settings.archive.region, "us-east-1");
    });

    it("may hold settings inside objects, written with --path", () => {
        const file = "config:\n  chattingo-logging:rotation:\n    maxAgeDays: 5000\n    maxAgeDay: 1\n";
        withStackFile(file, (folder) => {
            const { values, origins } = readStackConfig("dev", folder);
            const { problems } = errorOf("dev", { values, origins });
            assert.deepEqual(
                problems.filter(({ key }) => key.includes("rotation")).map(({ place, fix }) => [place, fix]),
                [
                    [
                        "Pulumi.dev.yaml, line 2",
                        "pulumi config set --stack dev --path chattingo-logging:rotation.maxAgeDays 3650",
                    ],
                    [
                        "Pulumi.dev.yaml, line 2",
                        "pulumi config rm --stack dev --path chattingo-logging:rotation.maxAgeDay && " +
                            "pulumi config set --stack dev --path chattingo-logging:rotation.maxAgeDays 1",
                    ],
                ],
            );
        });
    });

    it("is refused when it sets a key twice", () => {
        const given = {
            ...engines,
            "chattingo-logging:rotation": '{"maxAgeDays":9}',
            "chattingo-logging:rotation.maxAgeDays": "3",
        };
        const { problems } = errorOf("prod", mergeConfig("prod", given, []));
        assert.ok(
            problems.some(
                ({ key, wrong }) => key.endsWith("rotation.maxAgeDays") && wrong.startsWith("it is set twice"),
            ),
        );
    });

    it("is read from files alone as the engine would give it, with encrypted values hidden", () => {
        const file =
            "config:\n  chattingo-logging:images.node:\n    secure: v1:abc:def\n  chattingo-logging:search.cpu: 2\n";
        withStackFile(file, (folder) => {
            const { values, origins } = readStackConfig("dev", folder);
            assert.match(values["chattingo-logging:images.node"] ?? "", /^\[secret/);
            assert.equal(origins["chattingo-logging:images.node"]?.secret, true);
            assert.equal(values["chattingo-logging:search.cpu"], "2");
            assert.equal(values["chattingo-logging:rotation.maxAgeDays"], "7");
        });
    });

    it("reaches loadSettings, which throws an error that the engine shows without a stack trace", () => {
        const program = `
            const { loadSettings } = await import(${JSON.stringify(join(projectFolder, "settings/load-settings.ts"))});
            const { RunError } = await import("@pulumi/pulumi");
            try {
                console.log(JSON.stringify(loadSettings().archive.bucketName));
            } catch (error) {
                console.log(JSON.stringify({ isRunError: RunError.isInstance(error), message: error.message }));
            }`;
        const load = (config: Readonly<Record<string, string>>, secretKeys: readonly string[]): unknown =>
            JSON.parse(
                execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
                    cwd: projectFolder,
                    env: {
                        ...process.env,
                        PULUMI_NODEJS_PROJECT: "chattingo-logging",
                        PULUMI_NODEJS_STACK: "prod",
                        PULUMI_CONFIG: JSON.stringify(config),
                        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
                    },
                    encoding: "utf8",
                }),
            );
        const eks = { ...engines, ...unsecured, "chattingo-logging:cluster.eksName": "chattingo-prod" };
        assert.equal(load(eks, []), "chattingo-logs");
        const key = "chattingo-logging:search.storage";
        const { isRunError, message } = load({ ...eks, [key]: "hush" }, [key]) as {
            isRunError: boolean;
            message: string;
        };
        assert.ok(isRunError);
        assert.match(message, /search\.storage\n {4}value {4}\(secret\)/);
        assert.doesNotMatch(message, /hush/);
    }).timeout(30_000);
});

describe("a command in the message", () => {
    it("quotes what a shell would take apart", () => {
        assert.equal(shellArgument("5Gi"), "5Gi");
        assert.equal(shellArgument("30 * * * *"), "'30 * * * *'");
        assert.equal(shellArgument("it's"), "'it'\\''s'");
        assert.equal(shellArgument(""), "''");
        assert.equal(
            execFileSync("sh", ["-c", `printf %s ${shellArgument("a'b $c `d`")}`], { encoding: "utf8" }),
            "a'b $c `d`",
        );
    });
});
