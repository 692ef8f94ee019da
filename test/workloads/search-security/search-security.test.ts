// Elasticsearch's users, roles and TLS as the stacks outside dev have them, on a real Elasticsearch with the very files
// that its pods get, certificates by cert-manager among them: what each program needs is allowed, what it does not need is
// refused.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import https from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
    CopyObjectCommand,
    DeleteObjectCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    RestoreObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { Registry } from "prom-client";
import { parse } from "yaml";
import { sharedCredentials } from "../../../components/aws-identity.ts";
import { searchPlan } from "../../../components/elastic-setup.ts";
import { answersCommand } from "../../../components/elasticsearch.ts";
import { certificateFolder, elasticsearchFiles } from "../../../components/elasticsearch-files.ts";
import { filebeatConfig } from "../../../components/filebeat-config.ts";
import { restorePolicy } from "../../../components/iam-policies.ts";
import { collectorFlags } from "../../../components/monitoring/elasticsearch-exporter.ts";
import { capacityMetrics } from "../../../components/monitoring/search-alerts.ts";
import {
    passwordOf,
    rolesFile,
    type SearchUser,
    searchUsers,
    userName,
    usersFile,
    usersRolesFile,
} from "../../../components/search-users.ts";
import { canaryStreamOf, deadLetterStreamOf } from "../../../formats/data-streams.ts";
import { type LogCategory, logCategories } from "../../../formats/log-categories.ts";
import { canaryDirectory } from "../../../formats/log-tree.ts";
import { operatorCredentials, emulatedAwsRegion as region } from "../../../lab/aws/emulated-aws.ts";
import { type CertificateAuthority, issueCertificate } from "../../../lab/control-plane/certificates.ts";
import { type ElasticsearchProcess, startElasticsearch } from "../../../lab/elasticsearch-process.ts";
import { endProgram } from "../../../lab/end-program.ts";
import { freePort } from "../../../lab/free-port.ts";
import { type KibanaProcess, startKibana } from "../../../lab/kibana-process.ts";
import { toolBinary } from "../../../lab/prerequisites.ts";
import { installDebianPackages } from "../../../lab/tools/debian-packages.ts";
import { run } from "../../../lab/tools/run.ts";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { DeadLetterMetrics } from "../../../workloads/elastic-exporter/dead-letter-metrics.ts";
import { certificateValidity } from "../../../workloads/server-certificate.ts";
import { assertTellsNone, lineOfKey } from "../../secret-search.ts";
import { until } from "../../until.ts";
import { TestS3 } from "../s3-uploader/test-bucket.ts";
import { UploaderBed } from "../s3-uploader/uploader-process.ts";
import { type SecretFiles, type StackCertificates, stackCertificates } from "./stack-certificates.ts";

const stack = "test";
const key = "0123456789abcdef".repeat(4);
/** An application beside the six. Its expression has what Filebeat would take for a variable. */
const payments: LogCategory = {
    name: "payments",
    directory: "billing",
    format: "text",
    multilineStart: "^\\d{4}-.* ([${]x|fine)$",
    retentionDays: 14,
};
const categories = [...logCategories, payments];

interface Hit {
    readonly _id: string;
    readonly _index: string;
    readonly _source: Readonly<Record<string, unknown>>;
}

interface Answer {
    readonly status: number;
    readonly body: Record<string, unknown>;
    /** Serial number of the certificate that Elasticsearch showed. */
    readonly serial: string;
}

describe("search with security", function () {
    this.timeout(240_000);

    let folder: string;
    let certificates: StackCertificates;
    let authority: CertificateAuthority;
    let authorityText: string;
    let kibanaAuthority: CertificateAuthority;
    let elasticsearch: ElasticsearchProcess;
    let kibana: KibanaProcess;
    let filebeat: ChildProcess;
    let filebeatPort: number;
    let setUpProgram: string;
    let exporterProgram: string;
    const children: ChildProcess[] = [];
    /** What programs say, by their names. */
    const said = new Map<string, string>();

    before(async function () {
        // Where a machine has no API server and no cert-manager yet, they are built first.
        this.timeout(1_200_000);
        folder = await mkdtemp(join(tmpdir(), "search-security-"));
        certificates = await stackCertificates(folder, stack);
        ({ authority, kibanaAuthority } = certificates);
        authorityText = await readFile(authority.certificateFile, "utf8");
        const [{ certificateFile, keyFile }] = certificates.elasticsearch;
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
            "server.ssl.enabled": true,
            "server.ssl.certificate": certificates.kibana.certificateFile,
            "server.ssl.key": certificates.kibana.keyFile,
            "elasticsearch.username": userName("kibana"),
            "elasticsearch.password": passwordOf(key, "kibana"),
            "elasticsearch.ssl.certificateAuthorities": [authority.certificateFile],
            "ops.interval": 500,
        });
    });

    after(async () => {
        await Promise.all(children.map((child) => endProgram(child)));
        await kibana?.stop();
        await elasticsearch?.stop();
        await rm(folder, { recursive: true, force: true });
    });

    /** Keeps what a program says, for the search for passwords. */
    function listenTo(name: string, { stdout, stderr }: ChildProcess): void {
        for (const stream of [stdout, stderr]) {
            stream?.on("data", (text) => {
                said.set(name, `${said.get(name) ?? ""}${String(text)}`);
            });
        }
    }

    function loginOf(user: SearchUser): Record<"ELASTICSEARCH_USERNAME" | "ELASTICSEARCH_PASSWORD", string> {
        return { ELASTICSEARCH_USERNAME: userName(user), ELASTICSEARCH_PASSWORD: passwordOf(key, user) };
    }

    /** The same as files, as a pod gives them to a program of this system. */
    function loginFilesOf(
        user: SearchUser,
        password = passwordOf(key, user),
        prefix = "ELASTICSEARCH_",
    ): Readonly<Record<string, string>> {
        const place = mkdtempSync(join(folder, `login-${user}-`));
        const files = { USERNAME: userName(user), PASSWORD: password };
        return Object.fromEntries(
            Object.entries(files).map(([name, content]) => {
                const file = join(place, name.toLowerCase());
                writeFileSync(file, content);
                return [`${prefix}${name}_FILE`, file];
            }),
        );
    }

    /** Runs a bundled program as its pod does, with nothing in its environment but what is given. */
    async function runProgram(program: string, environment: Readonly<Record<string, string>>) {
        const child = spawn(process.execPath, [program], { env: { PATH: process.env.PATH, ...environment } });
        listenTo(basename(program, ".js"), child);
        const output: string[] = [];
        child.stdout.on("data", (text) => output.push(String(text)));
        child.stderr.on("data", (text) => output.push(String(text)));
        const [status] = (await once(child, "close")) as [number];
        return { status, output: output.join("") };
    }

    /** Runs elastic-setup, which waits for so many seconds. */
    function setUp(
        waitSeconds: number,
        password = passwordOf(key, "setup"),
        changes: Readonly<Record<string, string>> = {},
    ) {
        return runProgram(setUpProgram, {
            ELASTICSEARCH_URL: elasticsearch.url,
            KIBANA_URL: kibana.url,
            NODE_EXTRA_CA_CERTS: kibanaAuthority.certificateFile,
            SETUP_FILE: join(folder, "setup.json"),
            WAIT_SECONDS: String(waitSeconds),
            ...loginFilesOf("setup", password),
            ELASTICSEARCH_CA_FILE: authority.certificateFile,
            ...changes,
        });
    }

    /** What Kibana answers to somebody who trusts one authority. */
    async function askKibana(
        path: string,
        { ca, auth }: { readonly ca?: string | undefined; readonly auth?: string | undefined } = {},
    ): Promise<{ readonly status?: number | undefined; readonly body: unknown }> {
        const trusted = ca ?? (await readFile(kibanaAuthority.certificateFile, "utf8"));
        return new Promise((resolve, reject) => {
            https
                .get(`${kibana.url}${path}`, { ca: trusted, agent: false, auth }, async (response) => {
                    const text = (await response.toArray()).join("");
                    resolve({ status: response.statusCode, body: JSON.parse(text) as unknown });
                })
                .once("error", reject);
        });
    }

    /** Kibana's status, as probes see it. */
    function kibanaStatus(ca?: string): Promise<{ readonly status?: number | undefined }> {
        return askKibana("/api/status", { ca });
    }

    /** Starts Filebeat with what it knew before, if it ran before. */
    async function startFilebeat(name: string): Promise<void> {
        filebeat = spawn(
            await toolBinary("filebeat"),
            ["-e", "-c", join(folder, "filebeat.yml"), "--path.home", folder, "--path.data", join(folder, "filebeat")],
            { env: { ...process.env, NODE_NAME: "node-1", ...loginOf("filebeat") } },
        );
        children.push(filebeat);
        listenTo(name, filebeat);
    }

    /** Starts the exporter beside Filebeat, and returns what reads a sample of it. */
    async function startCanary(name: string, changes: Readonly<Record<string, string>> = {}) {
        const port = await freePort();
        const child = spawn(process.execPath, [exporterProgram], {
            env: {
                PATH: process.env.PATH,
                METRICS_PORT: String(port),
                FILEBEAT_URL: `http://127.0.0.1:${filebeatPort}`,
                NODE_NAME: "node-1",
                CANARY_FOLDER: join(folder, "logs", canaryDirectory),
                CANARY_STREAM: canaryStreamOf(stack),
                CANARY_SECONDS: "2",
                ELASTICSEARCH_URL: elasticsearch.url,
                ELASTICSEARCH_CA_FILE: authority.certificateFile,
                ...loginFilesOf("canary"),
                ...changes,
            },
        });
        children.push(child);
        listenTo(name, child);
        const page = await pageOf(name, port);
        return async (series: string) => {
            const text = await page();
            const line = text.split("\n").find((each) => each.startsWith(`${series} `)) ?? assert.fail(`no ${series}`);
            return Number(line.slice(series.length));
        };
    }

    /** Starts the exporter for Elasticsearch, and returns what reads all that it shows. */
    async function startElasticsearchExporter(name: string) {
        const port = await freePort();
        const exporter = spawn(
            await toolBinary("elasticsearch-exporter"),
            [
                `--es.uri=${elasticsearch.url}`,
                ...collectorFlags,
                `--es.ca=${authority.certificateFile}`,
                `--web.listen-address=127.0.0.1:${port}`,
            ],
            {
                env: { ES_USERNAME: userName("exporter"), ES_PASSWORD: passwordOf(key, "exporter") },
            },
        );
        children.push(exporter);
        listenTo(name, exporter);
        return pageOf(name, port);
    }

    /** What reads the metrics of an exporter, once it listens. */
    async function pageOf(name: string, port: number): Promise<() => Promise<string>> {
        const read = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
        await until(`${name}, listening`, 60, () => read("/healthz"));
        return () => read("/metrics");
    }

    /** Has Elasticsearch serve another certificate, as it does when its Secret changes. */
    async function serveCertificate({ authorityFile, certificateFile, keyFile }: SecretFiles): Promise<void> {
        const place = join(elasticsearch.folder, "config", certificateFolder);
        await writeFile(join(place, "ca.crt"), await readFile(authorityFile));
        await writeFile(join(place, "tls.key"), await readFile(keyFile));
        await writeFile(join(place, "tls.crt"), await readFile(certificateFile));
        const { validToDate } = new X509Certificate(await readFile(certificateFile));
        await until("the new certificate", 60, async () => {
            const served = await certificateValidity(elasticsearch.url);
            return served.until.getTime() === validToDate.getTime() ? true : undefined;
        });
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

    it("lives, to its probe, when it answers somebody without a password, and not when it only takes connections", async () => {
        await installDebianPackages([{ name: "curl", provides: "curl" }]);
        const answers = async (port: number) => {
            const [program = "", ...args] = answersCommand(port, 2);
            const [status] = (await once(spawn(program, args), "close")) as [number];
            return status === 0;
        };
        assert.equal(await answers(Number(new URL(elasticsearch.url).port)), true);
        const silent = createServer().listen(0, "127.0.0.1");
        await once(silent, "listening");
        try {
            assert.equal(await answers((silent.address() as AddressInfo).port), false);
        } finally {
            silent.close();
        }
    });

    it("lets elastic-setup make everything, as its own user", async () => {
        setUpProgram = join(folder, "elastic-setup.js");
        await writeFile(setUpProgram, (await bundleWorkload("elastic-setup")).content);
        await writeFile(join(folder, "setup.json"), searchPlan({ stack, categories, retentionDays: 3, nodes: 1 }));
        const first = await setUp(60);
        assert.equal(first.status, 0, first.output);
        assert.match(first.output, /index template .*: created/);
        assert.match(first.output, /data view chattingo-payments-\*: created/);
        assert.match((await setUp(60)).output, /"created":0,"updated":0/);

        const refused = await setUp(60, "wrong-password");
        assert.equal(refused.status, 1);
        assert.match(refused.output, /Elasticsearch.*401/s);
        assert.doesNotMatch(refused.output, /wrong-password/);
        assert.equal((await setUp(60)).status, 0);
    });

    it("has elastic-setup send its password to Kibana over TLS only, and to no Kibana of another authority", async () => {
        await assert.rejects(fetch(`${kibana.url.replace("https:", "http:")}/api/status`));
        assert.equal((await kibanaStatus()).status, 200);
        await assert.rejects(kibanaStatus(authorityText), { code: /SELF_SIGNED|UNABLE_TO_VERIFY/ });
        const stranger = await setUp(5, undefined, { NODE_EXTRA_CA_CERTS: authority.certificateFile });
        assert.equal(stranger.status, 1);
        assert.match(stranger.output, /Kibana: it was not ready within \d+ s: Kibana did not answer: .*certificate/);
    });

    it("lets log-restore add archived lines, once, with rights in S3 and in search that suffice for nothing else", async () => {
        const s3 = await TestS3.shared();
        const bed = await UploaderBed.make();
        const iam = new IAMClient({ endpoint: s3.endpoint, region, credentials: operatorCredentials });
        try {
            const bucket = await s3.newBucket();
            const text = '{"@timestamp":"2025-09-09T01:02:03Z","message":"login failed"}\nnot JSON\n\n';
            await bed.archive("node-1/auth_auth_20250910_120000.log.gz", text);
            await bed.archive("chat_chat_20250911_120000.log.gz", "frozen\n");
            assert.equal((await bed.once(await bed.config(bucket.name), s3.environment)).status, 0);
            const frozen = "2025/09/11/archive/chat_chat_20250911_120000.log.gz";
            // As the bucket's lifecycle does it.
            await s3.client.send(
                new CopyObjectCommand({
                    Bucket: bucket.name,
                    Key: frozen,
                    CopySource: `${bucket.name}/${frozen}`,
                    StorageClass: "GLACIER",
                }),
            );

            const UserName = "log-restore";
            await iam.send(new CreateUserCommand({ UserName }));
            const policy = restorePolicy(`arn:aws:s3:::${bucket.name}`, "arn:aws:kms:us-east-1:123456789012:key/1");
            await iam.send(
                new PutUserPolicyCommand({ UserName, PolicyName: UserName, PolicyDocument: JSON.stringify(policy) }),
            );
            const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
            const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};

            const credentialsFile = join(folder, "aws-credentials");
            await writeFile(credentialsFile, sharedCredentials(accessKeyId, secretAccessKey));
            const program = join(folder, "log-restore.js");
            await writeFile(program, (await bundleWorkload("log-restore")).content);
            const run = (request: Readonly<Record<string, string>>) =>
                runProgram(program, {
                    STACK: stack,
                    BUCKET_NAME: bucket.name,
                    AWS_REGION: region,
                    AWS_ENDPOINT_URL_S3: s3.endpoint,
                    AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
                    ELASTICSEARCH_URL: elasticsearch.url,
                    ELASTICSEARCH_CA_FILE: authority.certificateFile,
                    ...loginFilesOf("restore"),
                    FROM: "2025-09-10",
                    TO: "2025-09-12",
                    ...request,
                });
            const first = await run({ CATEGORY: "auth" });
            assert.deepEqual(
                [first.status, first.output.includes("indexed: 3 lines, 0 were there")],
                [0, true],
                first.output,
            );
            const second = await run({ CATEGORY: "auth" });
            assert.deepEqual(
                [second.status, second.output.includes("indexed: 0 lines, 3 were there")],
                [0, true],
                second.output,
            );

            const told = await run({ CATEGORY: "chat" });
            assert.equal(told.status, 1);
            assert.match(told.output, /1 archives .* are in GLACIER: .* costs about .*nothing is restored yet.*YES=1/s);
            const paid = await run({ CATEGORY: "chat", YES: "1", TIER: "bulk" });
            assert.match(paid.output, /all can be read.*indexed: 1 lines/s);
            assert.equal(paid.status, 0);

            const wrong = await run({ CATEGORY: "login", FROM: "" });
            assert.equal(wrong.status, 2);
            assert.match(wrong.output, /^FROM is missing\nUsage: log-restore/);

            const stream = `restored-chattingo-authentication-${stack}`;
            await ask("admin", "POST", `/${stream}/_refresh`);
            assert.equal((await ask("admin", "GET", `/${stream}/_count`)).body.count, 3);
            for (const [method, path, body] of [
                ["GET", `/${stream}/_search`],
                ["DELETE", `/_data_stream/${stream}`],
                ["POST", "/restored-chattingo-authentication-other/_doc", { message: "another stack" }],
                ["POST", `/chattingo-authentication-${stack}/_doc`, { message: "a live stream" }],
                ["PUT", "/_index_template/restored-chattingo", { index_patterns: ["restored-chattingo-*"] }],
            ] as const) {
                assert.equal((await ask("restore", method, path, body)).status, 403, `${method} ${path}`);
            }
            const asRestore = new S3Client({
                endpoint: s3.endpoint,
                region,
                forcePathStyle: true,
                credentials: { accessKeyId, secretAccessKey },
            });
            const Bucket = bucket.name;
            const other = (await s3.newBucket()).name;
            for (const command of [
                new PutObjectCommand({ Bucket, Key: frozen, Body: "forged" }),
                new DeleteObjectCommand({ Bucket, Key: frozen }),
                new GetObjectCommand({ Bucket, Key: "elsewhere" }),
                new RestoreObjectCommand({
                    Bucket,
                    Key: "2025/09/11/metadata/upload_manifest.json",
                    RestoreRequest: { Days: 1 },
                }),
                new ListObjectsV2Command({ Bucket: other }),
            ]) {
                await assert.rejects(asRestore.send(command as GetObjectCommand), { name: "AccessDenied" });
            }
            asRestore.destroy();
        } finally {
            iam.destroy();
            await bed.remove();
        }
    });

    it("takes lines from Filebeat, which can neither read nor change nor delete one", async () => {
        const logs = join(folder, "logs");
        const directories = [...categories.map(({ directory }) => directory), canaryDirectory];
        await Promise.all(directories.map((directory) => mkdir(join(logs, directory), { recursive: true })));
        filebeatPort = await freePort();
        await writeFile(
            join(folder, "filebeat.yml"),
            filebeatConfig({
                stack,
                logRoot: logs,
                categories,
                hasCanary: true,
                elasticsearchUrl: elasticsearch.url,
                authorityPath: authority.certificateFile,
                httpPort: filebeatPort,
            }),
            { mode: 0o600 },
        );
        // What an application could put there to have Filebeat read what is none of its logs, or wait for ever.
        await writeFile(join(folder, "outside.log"), '{"message":"not a line of this application"}\n');
        await symlink(join(folder, "outside.log"), join(logs, "auth", "a-link.log"));
        await run("mkfifo", [join(logs, "auth", "a-pipe.log")]);
        await startFilebeat("filebeat");
        const line = { "@timestamp": new Date().toISOString(), message: "login failed", user_id: "7" };
        await appendFile(join(logs, "auth", "a.log"), `${JSON.stringify(line)}\n`);
        const stream = `chattingo-authentication-${stack}`;
        const trace = ["2026-01-02 boom $x", "\tat Pay.now", '{"no":"event"}', "2026-01-02 fine"];
        await appendFile(join(logs, "billing", "worker.log"), `${trace.join("\n")}\n`);
        const hitsIn = async (index: string): Promise<readonly Hit[]> => {
            const { body } = await ask("admin", "GET", `/${index}/_search?sort=log.offset`);
            return (body.hits as { hits: readonly Hit[] } | undefined)?.hits ?? [];
        };
        const found = await until("the line in search", 60, async () => (await hitsIn(stream))[0]);
        const events = await until("the application's events in search", 60, async () => {
            const hits = await hitsIn("chattingo-payments-*");
            return hits.length < 2 ? undefined : hits.map(({ _source }) => [_source.category, _source.message]);
        });
        assert.deepEqual(events, [
            ["payments", trace.slice(0, 3).join("\n")],
            ["payments", trace[3]],
        ]);
        assert.deepEqual(
            (await hitsIn(stream)).map(({ _source }) => _source.message),
            ["login failed"],
        );

        const refused = async (method: string, path: string, body?: object) =>
            assert.equal((await ask("filebeat", method, path, body)).status, 403, `${method} ${path}`);
        await refused("GET", `/${stream}/_search`);
        await refused("GET", `/${found._index}/_doc/${found._id}`);
        await refused("DELETE", `/${found._index}/_doc/${found._id}`);
        await refused("POST", `/${found._index}/_update/${found._id}`, { doc: line });
        await refused("DELETE", `/_data_stream/${stream}`);
        await refused("POST", "/chattingo-authentication-other/_doc", line);
        await refused("POST", "/.kibana/_doc", line);
        await refused("GET", "/_security/user");
        const policy = await ask("filebeat", "PUT", "/_ilm/policy/mine", { policy: { phases: {} } });
        assert.equal(policy.status, 403);
        // The privilege that the real one asks for, and not one of the lab's plugin.
        assert.match(JSON.stringify(policy.body), /cluster:admin\/ilm\/put/);
    });

    it("lets the canary find the lines that it writes, and tells how old the newest is when none comes any more", async () => {
        exporterProgram = join(folder, "elastic-exporter.js");
        await writeFile(exporterProgram, (await bundleWorkload("elastic-exporter")).content);
        const sample = await startCanary("elastic-exporter");
        const figure = (name: string, labels = 'node="node-1"') => sample(`chattingo_log_canary_${name}{${labels}}`);
        const startedAt = Date.now() / 1000;
        const found = () => figure("found_timestamp_seconds");
        await until("a canary line in search", 90, async () => ((await found()) > startedAt ? true : undefined));
        const arrival = await figure("arrival_seconds");
        assert.ok(arrival > 0 && arrival < 90, String(arrival));
        const failures = () =>
            Promise.all(
                ["write", "unreachable", "certificate", "access", "answer"].map((reason) =>
                    figure("failures_total", `node="node-1",reason="${reason}"`),
                ),
            );
        const failed = await failures();
        // The stream was made by the first line, and no shard answers for it before one has started.
        assert.deepEqual(failed.slice(0, 4), [0, 0, 0, 0], said.get("elastic-exporter"));
        const foundAt = await found();
        await until("the next line", 60, async () => ((await found()) > foundAt ? true : undefined));
        assert.deepEqual(await failures(), failed, said.get("elastic-exporter"));
        const { body } = await ask("canary", "GET", `/${canaryStreamOf(stack)}/_search?size=1`);
        const [hit] = (body.hits as { hits: { _source: Record<string, unknown>; _index: string; _id: string }[] }).hits;
        assert.equal(hit?._source.category, "canary");
        assert.deepEqual(hit?._source.kubernetes, { node: { name: "node-1" } });

        const users = `/chattingo-*-${stack}`;
        const counted = await ask("admin", "GET", `${users}/_count?q=category:canary`);
        assert.equal(counted.body.count, 0, "users' searches meet the canary");
        for (const [method, path, document] of [
            ["GET", `${users}/_search?allow_no_indices=false`],
            ["GET", `/chattingo-authentication-${stack}/_search`],
            ["POST", `/${canaryStreamOf(stack)}/_doc`, { message: "forged" }],
            ["DELETE", `/${hit?._index}/_doc/${hit?._id}`],
            ["DELETE", `/_data_stream/${canaryStreamOf(stack)}`],
        ] as const) {
            const { status } = await ask("canary", method, path, document);
            assert.ok(status === 403 || (status === 404 && path.startsWith(users)), `${method} ${path}: ${status}`);
        }

        filebeat.kill("SIGSTOP");
        // What it had sent before may still come.
        const isStill = async () => {
            const [foundFirst, writtenFirst] = [await found(), await figure("written_timestamp_seconds")];
            await delay(4000);
            const isWriting = (await figure("written_timestamp_seconds")) - writtenFirst > 2;
            return isWriting && (await found()) === foundFirst ? true : undefined;
        };
        await until("a canary that is late", 60, isStill);
        filebeat.kill("SIGCONT");
        const goesOnAt = Date.now() / 1000;
        await until("the lines of the time after", 90, async () => ((await found()) > goesOnAt ? true : undefined));

        const refused = await startCanary("refused canary", {
            ...loginFilesOf("canary", "wrong"),
            NODE_NAME: "node-2",
        });
        await until("a refused login", 60, async () => {
            const failures = await refused('chattingo_log_canary_failures_total{node="node-2",reason="access"}');
            return failures > 0 ? true : undefined;
        });
        assert.equal(await refused('chattingo_log_canary_found_timestamp_seconds{node="node-2"}'), 0);
    });

    // elastic/kibana, src/core/packages/status/server-internal/src/routes/status.ts.
    it("has Kibana show its figures to those who have logged in, and its level alone to nobody", async () => {
        assert.deepEqual((await askKibana("/api/status")).body, { status: { overall: { level: "available" } } });
        const auth = (user: SearchUser, password = passwordOf(key, user)) => `${userName(user)}:${password}`;
        const { status, body } = await askKibana("/api/status", { auth: auth("status") });
        assert.equal(status, 200);
        assert.ok("metrics" in (body as object));
        assert.equal((await askKibana("/api/status", { auth: auth("status", "wrong") })).status, 401);
    });

    it("lets the exporter beside Kibana log in, and see nothing but refused lines", async () => {
        for (const [method, path] of [
            ["GET", "/"],
            ["GET", "/_cluster/health"],
            ["GET", `/chattingo-authentication-${stack}/_search`],
            ["GET", "/.kibana/_search"],
            ["GET", "/_security/user"],
            ["PUT", "/mine"],
        ] as const) {
            const { status } = await ask("status", method, path);
            assert.ok(status === 403 || (status === 404 && path.startsWith("/chattingo")), `${path}: ${status}`);
        }
        const view = "/api/data_views/data_view/chattingo-all";
        const auth = (user: SearchUser) => `${userName(user)}:${passwordOf(key, user)}`;
        assert.equal((await askKibana(view, { auth: auth("status") })).status, 403);
        assert.equal((await askKibana(view)).status, 401);
        assert.equal((await askKibana(view, { auth: auth("setup") })).status, 200);
    });

    it("lets Kibana's exporter count the lines that were refused, by category, and read no other", async () => {
        const deadLetters = deadLetterStreamOf(stack);
        const counted = async (password = passwordOf(key, "status")) => {
            const registry = new Registry();
            const login = { username: userName("status"), password };
            const access = { url: elasticsearch.url, login, authority: authorityText, stream: deadLetters };
            await new DeadLetterMetrics(registry, access).update();
            const [metric] = await registry.getMetricsAsJSON();
            return metric?.values.map(({ labels, value }) => [labels.category, value]);
        };
        assert.deepEqual(await counted(), [["unknown", 0]], "none was refused yet");
        for (const letter of [{ category: "payments", message: "a" }, { message: "b" }]) {
            const document = { "@timestamp": new Date().toISOString(), message: JSON.stringify(letter) };
            const { status, body } = await ask("filebeat", "POST", `/${deadLetters}/_doc`, document);
            assert.equal(status, 201, JSON.stringify(body));
        }
        await ask("admin", "POST", `/${deadLetters}/_refresh`);
        assert.deepEqual(await counted(), [
            ["unknown", 1],
            ["payments", 1],
        ]);
        assert.deepEqual(await counted("wrong"), []);
        for (const path of [`/chattingo-payments-${stack}/_search`, `/${canaryStreamOf(stack)}/_search`]) {
            const { status } = await ask("status", "GET", path);
            assert.equal(status, 403, path);
        }
        assert.equal((await ask("status", "DELETE", `/_data_stream/${deadLetters}`)).status, 403);
    });

    it("shows Kibana's status and when its certificate ends, over TLS", async () => {
        const port = await freePort();
        const child = spawn(process.execPath, [exporterProgram], {
            env: {
                PATH: process.env.PATH,
                METRICS_PORT: String(port),
                KIBANA_URL: kibana.url,
                NODE_EXTRA_CA_CERTS: kibanaAuthority.certificateFile,
                ...loginFilesOf("status", undefined, "KIBANA_"),
            },
        });
        children.push(child);
        listenTo("exporter of Kibana", child);
        const read = await pageOf("exporter of Kibana", port);
        // Kibana counts half a second's requests here, and there are some in an interval after one.
        const page = await until("a request that Kibana has counted", 60, async () => {
            const text = await read();
            return /^kibana_interval_requests [1-9]/m.test(text) ? text : undefined;
        });
        assert.match(page, /^kibana_up 1$/m);
        assert.match(page, /^kibana_figures_reported 1$/m);
        assert.match(page, /^kibana_response_time_average_seconds \S+$/m);
        assert.match(page, /^kibana_resident_memory_bytes [1-9]/m);
        const end = /^chattingo_certificate_expiry_timestamp_seconds\{server="kibana"\} (\S+)$/m.exec(page)?.[1];
        assert.ok(Number(end) > Date.now() / 1000 + 360 * 24 * 3600, page);
    });

    it("lets the exporter see how the cluster is, and nothing in it", async () => {
        for (const path of [
            "/_cluster/health?level=indices",
            "/_nodes/stats",
            "/_all/_stats",
            "/_all/_settings",
            "/_cluster/settings?include_defaults=true",
        ]) {
            assert.equal((await ask("exporter", "GET", path)).status, 200, path);
        }
        const page = await startElasticsearchExporter("elasticsearch-exporter");
        const text = await until("the exporter's figures", 60, async () => {
            const metrics = await page();
            const isComplete = /elasticsearch_indices_docs_primary\{.*chattingo-authentication.*\} 1\n/.test(metrics);
            return isComplete ? metrics : undefined;
        });
        assert.match(text, /elasticsearch_cluster_health_status\{cluster="chattingo-test",color="green"\} 1\n/);
        for (const metric of capacityMetrics) {
            assert.match(text, new RegExp(`^${metric}(\\{[^\\n]*\\})? \\d`, "m"));
        }
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
        await serveCertificate(certificates.elasticsearch[1]);
        assert.notEqual((await ask("admin", "GET", "/")).serial, before);
        assert.deepEqual(await processId(), runsSince);
        const line = { "@timestamp": new Date().toISOString(), message: "after the renewal" };
        await appendFile(join(folder, "logs", "auth", "a.log"), `${JSON.stringify(line)}\n`);
        await until("the line that was written after the renewal", 60, async () => {
            const { body: counted } = await ask("admin", "GET", `/chattingo-authentication-${stack}/_count`);
            return counted.count === 2 ? true : undefined;
        });
    });

    it("has every program say that a certificate has ended, loses no line, and goes on with the next one", async () => {
        const stream = `chattingo-authentication-${stack}`;
        const count = async () => (await ask("admin", "GET", `/${stream}/_count`)).body.count;
        const sample = await startCanary("canary of an ended certificate", { NODE_NAME: "node-3" });
        const end = () => sample('chattingo_certificate_expiry_timestamp_seconds{server="elasticsearch"}');
        const monthsAhead = Date.now() / 1000 + 89 * 24 * 3600;
        assert.ok((await end()) > monthsAhead, "the end of a certificate that is good for 90 days");
        // Programs keep the connections that they have, which were made while the certificate was good.
        await endProgram(filebeat);

        const ended = await issueCertificate(authority, {
            name: "ended",
            commonName: "elasticsearch",
            hosts: ["localhost"],
            validity: { from: new Date("2025-09-10T12:00:00Z"), until: new Date("2025-09-11T12:00:00Z") },
        });
        await serveCertificate({ ...ended, authorityFile: authority.certificateFile });
        const lines = Array.from({ length: 50 }, (_, number) =>
            JSON.stringify({ "@timestamp": new Date().toISOString(), message: `while it had ended, ${number}` }),
        );
        await appendFile(join(folder, "logs", "auth", "a.log"), `${lines.join("\n")}\n`);
        const problem = `the certificate of ${elasticsearch.url}, or of its authority, was valid until 2025-09-11T12:00:00.000Z: renew it`;

        const again = "filebeat, started again";
        await startFilebeat(again);
        await until("Filebeat's reason", 60, async () =>
            /x509: certificate has expired or is not yet valid.* is after 2025-09-11T12:00:00Z/.test(
                said.get(again) ?? "",
            )
                ? true
                : undefined,
        );
        const refused = await setUp(5);
        assert.equal(refused.status, 1);
        assert.ok(refused.output.includes(`waiting for Elasticsearch: ${problem}`), refused.output);
        assert.match(refused.output, /\nElasticsearch: it was not ready within \d+ s: the certificate of /);
        await until("the canary's reason", 60, async () =>
            (await sample('chattingo_log_canary_failures_total{node="node-3",reason="certificate"}')) > 0
                ? true
                : undefined,
        );
        assert.ok(said.get("canary of an ended certificate")?.includes(problem));
        assert.equal(await end(), Date.parse("2025-09-11T12:00:00Z") / 1000);
        const page = await startElasticsearchExporter("exporter of an ended certificate");
        assert.doesNotMatch(await page(), /^elasticsearch_cluster_health_status/m);
        assert.match(said.get("exporter of an ended certificate") ?? "", /x509: certificate has expired/);
        await until("a Kibana that can't ask Elasticsearch", 60, async () =>
            (await kibanaStatus()).status === 503 ? true : undefined,
        );

        // Its authority was renewed too: programs know the old one, as where they started before.
        await serveCertificate(certificates.elasticsearch[2]);
        await until("every line", 90, async () => ((await count()) === 2 + lines.length ? true : undefined));
        await until("Kibana", 60, async () => ((await kibanaStatus()).status === 200 ? true : undefined));
        await until("health", 60, async () =>
            /^elasticsearch_cluster_health_status\{.*color="green"\} 1$/m.test(await page()) ? true : undefined,
        );
        assert.ok((await end()) > monthsAhead);
        assert.equal((await setUp(60)).status, 0);
    });

    it("has no password and no private key in what any program says, nor on its command line", async () => {
        const logs = join(elasticsearch.folder, "logs");
        for (const name of await readdir(logs)) {
            said.set(`elasticsearch, ${name}`, await readFile(join(logs, name), "utf8"));
        }
        const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
        for (const id of [elasticsearch.pid, ...running.map(({ pid }) => pid)]) {
            said.set(`command line of ${id}`, await readFile(`/proc/${id}/cmdline`, "utf8"));
        }
        for (const name of [
            "filebeat",
            "elasticsearch-exporter",
            "refused canary",
            "elastic-setup",
            "elasticsearch, chattingo-test.log",
        ]) {
            assert.ok((said.get(name) ?? "").length > 100, `${name} said nothing`);
        }
        const secrets = [key, ...searchUsers.map((user) => passwordOf(key, user))];
        assertTellsNone(said, [...secrets, ...(await privateKeys([authority, kibanaAuthority]))]);
    });
});

/** A line from the middle of each private key of these authorities and of what they have signed. */
async function privateKeys(authorities: readonly CertificateAuthority[]): Promise<readonly string[]> {
    const files = await Promise.all(
        authorities.map(async ({ folder }) => {
            const names = await readdir(folder);
            return names.filter((name) => name.endsWith(".key")).map((name) => join(folder, name));
        }),
    );
    const texts = await Promise.all(files.flat().map((file) => readFile(file, "utf8")));
    assert.ok(texts.length > authorities.length, `only ${texts.length} private keys`);
    return texts.map(lineOfKey);
}
