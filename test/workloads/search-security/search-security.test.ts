// Elasticsearch's users, roles and TLS as the stacks outside dev have them, on a real Elasticsearch with the very files
// that its pods get: what each program needs is allowed, what it does not need is refused.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { parse } from "yaml";
import { searchPlan } from "../../../components/elastic-setup.ts";
import { certificateFolder, elasticsearchFiles } from "../../../components/elasticsearch-files.ts";
import { filebeatConfig } from "../../../components/filebeat-config.ts";
import { logCategories } from "../../../components/log-categories.ts";
import {
    passwordOf,
    rolesFile,
    type SearchUser,
    searchUsers,
    userName,
    usersFile,
    usersRolesFile,
} from "../../../components/search-users.ts";
import {
    type CertificateAuthority,
    certificateAuthority,
    createAuthority,
    issueCertificate,
} from "../../../lab/control-plane/certificates.ts";
import { type ElasticsearchProcess, startElasticsearch } from "../../../lab/elasticsearch-process.ts";
import { freePort } from "../../../lab/free-port.ts";
import { type KibanaProcess, startKibana } from "../../../lab/kibana-process.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { until } from "../../until.ts";

const stack = "test";
const key = "0123456789abcdef".repeat(4);

interface Answer {
    readonly status: number;
    readonly body: Record<string, unknown>;
    /** Serial number of the certificate that Elasticsearch showed. */
    readonly serial: string;
}

describe("search with security", function () {
    this.timeout(240_000);

    let folder: string;
    let authority: CertificateAuthority;
    let authorityText: string;
    let elasticsearch: ElasticsearchProcess;
    let kibana: KibanaProcess;
    const children: ChildProcess[] = [];

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "search-security-"));
        authority = certificateAuthority(join(folder, "authority"));
        await createAuthority(authority);
        authorityText = await readFile(authority.certificateFile, "utf8");
        const { certificateFile, keyFile } = await issueCertificate(authority, {
            name: "first",
            commonName: "elasticsearch",
            hosts: ["localhost"],
        });
        const { "elasticsearch.yml": settings = "", ...files } = elasticsearchFiles({
            clusterName: "chattingo-test",
            discovery: "single-node",
            memory: "1Gi",
            roles: rolesFile(stack),
        });
        const ofPods = parse(settings) as Record<string, unknown>;
        elasticsearch = await startElasticsearch({
            settings: {
                ...ofPods,
                // Where this machine differs from a pod.
                "network.host": "127.0.0.1",
                "node.name": "chattingo-test",
                "http.port": 0,
                "transport.port": 0,
                "readiness.port": 0,
            },
            files: {
                "roles.yml": files["roles.yml"] ?? "",
                users: usersFile(key),
                users_roles: usersRolesFile(),
                [`${certificateFolder}/ca.crt`]: authorityText,
                [`${certificateFolder}/tls.crt`]: await readFile(certificateFile, "utf8"),
                [`${certificateFolder}/tls.key`]: await readFile(keyFile, "utf8"),
            },
            certificateAuthority: authorityText,
        });
        kibana = await startKibana(elasticsearch.url, {
            ...loginOf("kibana"),
            ELASTICSEARCH_SSL_CERTIFICATEAUTHORITIES: authority.certificateFile,
        });
    });

    after(async () => {
        for (const child of children) {
            child.kill();
        }
        await kibana?.stop();
        await elasticsearch?.stop();
        await rm(folder, { recursive: true, force: true });
    });

    function loginOf(user: SearchUser): Record<"ELASTICSEARCH_USERNAME" | "ELASTICSEARCH_PASSWORD", string> {
        return { ELASTICSEARCH_USERNAME: userName(user), ELASTICSEARCH_PASSWORD: passwordOf(key, user) };
    }

    function ask(user: SearchUser | "nobody", method: string, path: string, body?: object): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const request = https.request(
                `${elasticsearch.url}${path}`,
                {
                    method,
                    ca: authorityText,
                    agent: false,
                    headers: { "content-type": "application/json" },
                    ...(user !== "nobody" && { auth: `${userName(user)}:${passwordOf(key, user)}` }),
                },
                async (response) => {
                    const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
                    const text = (await response.toArray()).join("");
                    const isJson = text.startsWith("{");
                    resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : { text }, serial });
                },
            );
            request.once("error", reject);
            request.end(body && JSON.stringify(body));
        });
    }

    it("knows every user by its password, and nobody without one or with another's", async () => {
        for (const user of searchUsers) {
            // It answers 503 until it has found out whether it has users of its own, too.
            const { status, body } = await until(`the login of ${user}`, 60, async () => {
                const answer = await ask(user, "GET", "/_security/_authenticate");
                return answer.status === 503 ? undefined : answer;
            });
            assert.equal(status, 200, user);
            assert.equal(body.username, userName(user));
        }
        assert.equal((await ask("nobody", "GET", "/")).status, 401);
        const response = await new Promise<number | undefined>((resolve, reject) => {
            const auth = `${userName("admin")}:${passwordOf(key, "filebeat")}`;
            https
                .get(elasticsearch.url, { ca: authorityText, agent: false, auth }, ({ statusCode }) =>
                    resolve(statusCode),
                )
                .once("error", reject);
        });
        assert.equal(response, 401);
    });

    it("speaks no HTTP without TLS, and shows a certificate that strangers do not trust", async () => {
        await assert.rejects(fetch(elasticsearch.url.replace("https:", "http:")));
        await assert.rejects(fetch(elasticsearch.url), (error: Error) => {
            assert.match(String((error.cause as { code?: string }).code), /SELF_SIGNED|UNABLE_TO_VERIFY/);
            return true;
        });
    });

    it("lets elastic-setup make everything, as its own user", async () => {
        const [program, plan] = [join(folder, "elastic-setup.js"), join(folder, "setup.yaml")];
        await writeFile(program, (await bundleWorkload("elastic-setup")).content);
        await writeFile(plan, searchPlan({ stack, retentionDays: 3, nodes: 1 }));
        const run = async (password: string) => {
            const child = spawn(process.execPath, [program], {
                env: {
                    PATH: process.env.PATH,
                    ELASTICSEARCH_URL: elasticsearch.url,
                    KIBANA_URL: kibana.url,
                    SETUP_FILE: plan,
                    WAIT_SECONDS: "30",
                    ...loginOf("setup"),
                    ELASTICSEARCH_PASSWORD: password,
                    ELASTICSEARCH_CA_FILE: authority.certificateFile,
                },
            });
            const output: string[] = [];
            child.stdout.on("data", (text) => output.push(String(text)));
            child.stderr.on("data", (text) => output.push(String(text)));
            const [status] = (await once(child, "close")) as [number];
            return { status, output: output.join("") };
        };
        const first = await run(passwordOf(key, "setup"));
        assert.equal(first.status, 0, first.output);
        assert.match(first.output, /index template .*: created/);
        assert.match((await run(passwordOf(key, "setup"))).output, /"created":0,"updated":0/);

        const refused = await run("wrong-password");
        assert.equal(refused.status, 1);
        assert.match(refused.output, /Elasticsearch.*401/s);
        assert.doesNotMatch(refused.output, /wrong-password/);
    });

    it("takes lines from Filebeat, which can neither read nor change nor delete one", async () => {
        const logs = join(folder, "logs");
        await Promise.all(logCategories.map(({ directory }) => mkdir(join(logs, directory), { recursive: true })));
        const config = join(folder, "filebeat.yml");
        await writeFile(
            config,
            filebeatConfig({
                stack,
                logRoot: logs,
                categories: logCategories,
                elasticsearchUrl: elasticsearch.url,
                authorityPath: authority.certificateFile,
                httpPort: await freePort(),
            }),
            { mode: 0o600 },
        );
        const filebeat = spawn(
            await toolBinary("filebeat"),
            ["-e", "-c", config, "--path.home", folder, "--path.data", join(folder, "filebeat")],
            { env: { ...process.env, NODE_NAME: "node-1", ...loginOf("filebeat") }, stdio: "ignore" },
        );
        children.push(filebeat);
        const line = { "@timestamp": new Date().toISOString(), message: "login failed", user_id: "7" };
        await appendFile(join(logs, "auth", "a.log"), `${JSON.stringify(line)}\n`);
        const stream = `chattingo-authentication-${stack}`;
        const found = await until("the line in search", 60, async () => {
            const { body } = await ask("admin", "GET", `/${stream}/_search`);
            return (body.hits as { hits: { _id: string; _index: string }[] } | undefined)?.hits[0];
        });

        const refused = async (method: string, path: string, body?: object) =>
            assert.equal((await ask("filebeat", method, path, body)).status, 403, `${method} ${path}`);
        await refused("GET", `/${stream}/_search`);
        await refused("GET", `/${found._index}/_doc/${found._id}`);
        await refused("DELETE", `/${found._index}/_doc/${found._id}`);
        await refused("POST", `/${found._index}/_update/${found._id}`, { doc: line });
        await refused("DELETE", `/_data_stream/${stream}`);
        await refused("POST", "/chattingo-authentication-other/_doc", line);
        await refused("POST", "/.kibana/_doc", line);
        await refused("PUT", "/_ilm/policy/mine", { policy: { phases: {} } });
        await refused("GET", "/_security/user");
    });

    it("lets the exporter see how the cluster is, and nothing in it", async () => {
        for (const path of ["/_cluster/health?level=indices", "/_nodes/stats", "/_all/_stats"]) {
            assert.equal((await ask("exporter", "GET", path)).status, 200, path);
        }
        const port = await freePort();
        const exporter = spawn(
            await toolBinary("elasticsearch-exporter"),
            [
                `--es.uri=${elasticsearch.url}`,
                "--es.all",
                "--es.indices",
                `--es.ca=${authority.certificateFile}`,
                `--web.listen-address=127.0.0.1:${port}`,
            ],
            {
                env: { ES_USERNAME: userName("exporter"), ES_PASSWORD: passwordOf(key, "exporter") },
                stdio: "ignore",
            },
        );
        children.push(exporter);
        const text = await until("the exporter's figures", 60, async () => {
            const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
            const isComplete = /elasticsearch_indices_docs_primary\{.*chattingo-authentication.*\} 1\n/.test(metrics);
            return isComplete ? metrics : undefined;
        });
        assert.match(text, /elasticsearch_cluster_health_status\{cluster="chattingo-test",color="green"\} 1\n/);
        assert.equal((await ask("exporter", "GET", "/chattingo-*/_search")).status, 403);
        assert.equal((await ask("exporter", "DELETE", `/_data_stream/chattingo-authentication-${stack}`)).status, 403);
    });

    it("keeps log lines from elastic-setup and from Kibana's own user, who need none", async () => {
        for (const user of ["setup", "kibana"] as const) {
            assert.equal((await ask(user, "GET", `/chattingo-authentication-${stack}/_search`)).status, 403, user);
            assert.equal((await ask(user, "GET", "/_security/user")).status, 403, user);
        }
        assert.equal((await ask("admin", "GET", `/chattingo-authentication-${stack}/_count`)).body.count, 1);
    });

    it("serves a renewed certificate without a restart", async () => {
        const processId = async () =>
            (await ask("admin", "GET", "/_nodes/_local/jvm?filter_path=nodes.*.jvm.pid")).body;
        const runsSince = await processId();
        assert.match(JSON.stringify(runsSince), /"pid":\d+/);
        const before = (await ask("admin", "GET", "/")).serial;
        const renewed = await issueCertificate(authority, {
            name: "second",
            commonName: "elasticsearch",
            hosts: ["localhost"],
        });
        const place = join(elasticsearch.folder, "config", certificateFolder);
        await writeFile(join(place, "tls.key"), await readFile(renewed.keyFile));
        await writeFile(join(place, "tls.crt"), await readFile(renewed.certificateFile));
        await until("the new certificate", 60, async () => {
            const { serial } = await ask("admin", "GET", "/");
            return serial === before ? undefined : serial;
        });
        assert.deepEqual(await processId(), runsSince);
        const line = { "@timestamp": new Date().toISOString(), message: "after the renewal" };
        await appendFile(join(folder, "logs", "auth", "a.log"), `${JSON.stringify(line)}\n`);
        await until("the line that was written after the renewal", 60, async () => {
            const { body: counted } = await ask("admin", "GET", `/chattingo-authentication-${stack}/_count`);
            return counted.count === 2 ? true : undefined;
        });
    });
});
