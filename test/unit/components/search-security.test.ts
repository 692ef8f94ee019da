// Elasticsearch's security in the program: who gets which secret, and that nobody else sees it.

import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { parse } from "yaml";
import { answersCommand } from "../../../components/elasticsearch.ts";
import { elasticsearchFiles } from "../../../components/elasticsearch-files.ts";
import {
    passwordOf,
    rolesFile,
    searchUsers,
    userName,
    usersFile,
    usersRolesFile,
} from "../../../components/search-users.ts";
import { type Declared, declaredStack, type PodSpec } from "./mocked-program.ts";

const key = "0123456789abcdef".repeat(4);
const keySetting = "chattingo-logging:search.passwordKey";

interface Workload {
    readonly spec: {
        readonly template: Template;
        /** Of a CronJob, which has no template of its own. */
        readonly jobTemplate?: { readonly spec: { readonly template: Template } };
    };
}

interface Template {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: PodSpec;
}

async function prod(passwordKey = key): Promise<Declared> {
    return (await declaredStack("prod", { config: { [keySetting]: passwordKey } })).found;
}

/** Every pod template by the name of its workload. */
function templates(found: Declared): Record<string, Template> {
    return Object.fromEntries(
        found.resources
            .filter(({ type }) => /:(Deployment|StatefulSet|DaemonSet|Job|CronJob)$/.test(type))
            .map(({ name, inputs }) => {
                const { template, jobTemplate } = (inputs as unknown as Workload).spec;
                return [name, jobTemplate?.spec.template ?? template];
            }),
    );
}

/** Names of the Secrets of which a pod sees something. */
function secretsOf({ containers, initContainers = [], volumes = [] }: PodSpec): string[] {
    const ofContainers = [...containers, ...initContainers].flatMap(({ env = [], envFrom = [] }) => [
        ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
        ...envFrom.map(({ secretRef }) => secretRef?.name),
    ]);
    const names = [...ofContainers, ...volumes.map(({ secret }) => secret?.secretName)];
    return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

/** Names of the logins that each container of a pod sees, in variables or as files. */
function loginsOf({ containers, volumes = [] }: PodSpec = { containers: [] }): Record<string, readonly string[]> {
    return Object.fromEntries(
        containers.map(({ name, env = [], volumeMounts = [] }) => {
            const mounted = volumes.filter((volume) => volumeMounts.some((mount) => mount.name === volume.name));
            const seen = [
                ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
                ...mounted.map(({ secret }) => secret?.secretName),
            ];
            return [name, [...new Set(seen.filter((each) => each !== undefined && /-login-/.test(each)))] as string[]];
        }),
    );
}

describe("the users of Elasticsearch", () => {
    it("have passwords of their own, which stay the same as long as the key does", () => {
        const passwords = searchUsers.map((user) => passwordOf(key, user));
        assert.equal(new Set(passwords).size, searchUsers.length);
        assert.deepEqual(
            passwords,
            searchUsers.map((user) => passwordOf(key, user)),
        );
        assert.ok(passwords.every((password) => password.length >= 40 && !password.includes(key)));
        assert.notEqual(passwordOf(`${key}x`, "admin"), passwords[0]);
        assert.equal(usersFile(key), usersFile(key));
    });

    it("are known to Elasticsearch by hashes of their passwords alone", () => {
        for (const line of usersFile(key).trimEnd().split("\n")) {
            const [name = "", hash = ""] = line.split(":");
            const [, rounds = "", salt = "", derived = ""] = /^\{PBKDF2\}(\d+)\$(\S+)\$(\S+)$/.exec(hash) ?? [];
            const user = searchUsers.find((each) => userName(each) === name);
            assert.ok(user, name);
            const expected = pbkdf2Sync(
                passwordOf(key, user),
                Buffer.from(salt, "base64"),
                Number(rounds),
                32,
                "sha512",
            );
            assert.equal(derived, expected.toString("base64"));
            assert.ok(!line.includes(passwordOf(key, user)));
        }
    });

    it("share no role, and a program's role reaches this system's data streams only", () => {
        const pairs = usersRolesFile().trimEnd().split("\n");
        assert.equal(new Set(pairs.map((line) => line.split(":")[0])).size, pairs.length);
        const roles = parse(rolesFile("prod")) as Record<
            string,
            { indices: { names: string[]; privileges: string[] }[] }
        >;
        const canaryStream = "canary-chattingo-prod";
        assert.deepEqual(roles.chattingo_filebeat?.indices, [
            { names: ["chattingo-*-prod", canaryStream], privileges: ["auto_configure", "create_doc"] },
        ]);
        assert.deepEqual(roles.chattingo_restore, {
            indices: [{ names: ["restored-chattingo-*-prod"], privileges: ["auto_configure", "create_doc"] }],
        });
        assert.deepEqual(roles.chattingo_canary, { indices: [{ names: [canaryStream], privileges: ["read"] }] });
        const refusedLines = "chattingo-dead-letter-prod";
        assert.deepEqual(roles.chattingo_status, { indices: [{ names: [refusedLines], privileges: ["read"] }] });
        const readers = ["chattingo_canary", "chattingo_status"];
        for (const [role, { indices }] of Object.entries(roles)) {
            for (const { names, privileges } of indices) {
                assert.ok(names.every((name) => /^(restored-)?chattingo-/.test(name) || name === canaryStream));
                const refused = ["all", "delete", "write", ...(readers.includes(role) ? [] : ["read"])];
                assert.ok(!privileges.some((privilege) => refused.includes(privilege)));
            }
        }
    });
});

describe("a stack with security", function () {
    this.timeout(60_000);

    let found: Declared;

    before(async () => {
        found = await prod();
    });

    it("gives each pod its own login and no other", () => {
        const login = (user: string) => `elasticsearch-login-${user}`;
        const certificate = "elasticsearch-tls";
        const secrets = Object.fromEntries(
            Object.entries(templates(found)).map(([name, { spec }]) => [name, secretsOf(spec)]),
        );
        assert.deepEqual(secrets.elasticsearch, [certificate, "elasticsearch-users"]);
        assert.deepEqual(secrets.filebeat, [login("canary"), login("filebeat"), certificate]);
        const ofKibana = "kibana-server-tls";
        assert.deepEqual(secrets["elastic-setup"], [login("setup"), certificate, ofKibana]);
        assert.deepEqual(secrets["elasticsearch-exporter"], [login("exporter"), certificate]);
        assert.deepEqual(secrets.kibana, [
            login("kibana"),
            login("status"),
            certificate,
            "kibana-encryption-keys",
            ofKibana,
        ]);
        assert.deepEqual(secrets["log-restore"], [login("restore"), certificate]);
        assert.deepEqual(secrets["s3-uploader"], []);
        assert.deepEqual(secrets["log-rotation"], []);
    });

    it("gives the canary's login to the exporter beside Filebeat, and Filebeat's to Filebeat", () => {
        assert.deepEqual(loginsOf(templates(found).filebeat?.spec), {
            filebeat: ["elasticsearch-login-filebeat"],
            metrics: ["elasticsearch-login-canary"],
        });
    });

    it("gives Kibana's login to Kibana, and to its exporter one that sees its status and refused lines only", () => {
        assert.deepEqual(loginsOf(templates(found).kibana?.spec), {
            kibana: ["elasticsearch-login-kibana"],
            metrics: ["elasticsearch-login-status"],
        });
    });

    it("shows the private key of the certificate to Elasticsearch only", () => {
        for (const [name, { spec }] of Object.entries(templates(found))) {
            for (const { secret } of spec.volumes ?? []) {
                if (secret?.secretName === "elasticsearch-tls" && name !== "elasticsearch") {
                    assert.deepEqual(secret.items, [{ key: "ca.crt", path: "ca.crt" }], name);
                }
            }
        }
    });

    it("holds no password and no key outside of what the engine keeps encrypted", () => {
        const shown = JSON.stringify(found.resources.map(({ inputs }) => inputs));
        assert.ok(shown.length > 10_000);
        for (const secret of [key, ...searchUsers.map((user) => passwordOf(key, user))]) {
            assert.ok(!shown.includes(secret) && !shown.includes(Buffer.from(secret).toString("base64")));
        }
        for (const { inputs } of found.resources.filter(({ type }) => type === "kubernetes:core/v1:Secret")) {
            const values = Object.values({ ...(inputs.data ?? {}), ...(inputs.stringData ?? {}) });
            assert.ok(values.length > 0 && values.every((value) => value === "[secret]"));
        }
    });

    it("speaks TLS in every address of Elasticsearch, and probes it without a password", () => {
        const text = JSON.stringify(found.inputsBesidePrograms());
        assert.match(text, /https:\/\/elasticsearch\.chattingo\.svc:9200/);
        assert.doesNotMatch(text, /http:\/\/elasticsearch/);
        const [container] = templates(found).elasticsearch?.spec.containers ?? [];
        assert.deepEqual(container?.readinessProbe?.tcpSocket, { port: "readiness" });
        assert.equal(container?.ports?.find(({ name }) => name === "readiness")?.containerPort, 9399);
        assert.deepEqual(container?.startupProbe?.tcpSocket, { port: "http" });
        assert.equal(container?.livenessProbe?.httpGet, undefined);
        const { command = [] } = container?.livenessProbe?.exec ?? {};
        const waits = Number(command[command.indexOf("--max-time") + 1]);
        assert.deepEqual(command, answersCommand(9200, waits));
        assert.ok(waits < (container?.livenessProbe?.timeoutSeconds ?? 0));
    });

    it("orders a certificate that has every name by which Elasticsearch is asked for", () => {
        const { spec } = found.inputs<{ spec: { dnsNames: string[]; usages: string[]; secretName: string } }>(
            "kubernetes:cert-manager.io/v1:Certificate",
            "elasticsearch-certificate",
        );
        for (const name of ["elasticsearch.chattingo.svc", "*.elasticsearch-headless", "localhost"]) {
            assert.ok(spec.dnsNames.includes(name), name);
        }
        assert.equal(spec.secretName, "elasticsearch-tls");
    });

    for (const server of ["elasticsearch", "kibana"]) {
        it(`renews the authority of ${server} early enough for it to outlast every certificate that it has signed`, () => {
            const spec = (name: string) =>
                found.inputs<{ spec: { duration: string; renewBefore: string } }>(
                    "kubernetes:cert-manager.io/v1:Certificate",
                    `${name}-certificate`,
                ).spec;
            const hours = (duration: string) => Number(/^(\d+)h0m0s$/.exec(duration)?.[1]);
            const leftWhenRenewed = hours(spec(`${server}-authority`).renewBefore);
            assert.ok(leftWhenRenewed >= hours(spec(server).duration), `${leftWhenRenewed} hours`);
        });
    }

    it("restarts whoever has a new password when the key changes", async () => {
        const changed = templates(await prod("f".repeat(32)));
        const first = templates(found);
        for (const name of [
            "elasticsearch",
            "filebeat",
            "kibana",
            "elastic-setup",
            "elasticsearch-exporter",
            "log-restore",
        ]) {
            assert.notDeepEqual(changed[name]?.metadata.annotations, first[name]?.metadata.annotations, name);
        }
        assert.deepEqual(changed["s3-uploader"]?.metadata.annotations, first["s3-uploader"]?.metadata.annotations);
    });

    it("writes elasticsearch.yml without aliases, which Elasticsearch takes for texts", () => {
        const files = elasticsearchFiles({
            clusterName: "chattingo-prod",
            discovery: { founders: ["elasticsearch-0"], seedHost: "elasticsearch-headless" },
            memory: "2Gi",
            roles: rolesFile("prod"),
        });
        for (const name of ["elasticsearch.yml", "roles.yml"]) {
            assert.doesNotMatch(files[name] ?? "", /[&*]a\d/, name);
        }
        const settings = parse(files["elasticsearch.yml"] ?? "") as Record<string, unknown>;
        assert.equal(settings["xpack.security.enabled"], true);
        assert.equal((settings["xpack.security.transport.ssl"] as Record<string, unknown>).enabled, true);
    });
});
