// Kibana's Deployment, its keys and its Ingress.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { Kibana, type KibanaArgs } from "../../../components/kibana.ts";
import type { ElasticExporter } from "../../../components/monitoring/elastic-exporter.ts";
import type { SearchLogin } from "../../../components/search-login.ts";
import { assertConfined, declared, type PodSpec } from "./mocked-program.ts";

const args: KibanaArgs = {
    namespace: "chattingo",
    image: "docker.elastic.co/kibana/kibana:9.4.3",
    memory: "2Gi",
    elasticsearchUrl: "http://elasticsearch.chattingo.svc:9200",
    deadLetterStream: "chattingo-dead-letter-dev",
};
const login = (user: string): SearchLogin => ({
    secretName: `elasticsearch-login-${user}`,
    passwordChecksum: "0123456789",
    certificateSecretName: "elasticsearch-tls",
});
const ingress = { host: "kibana.example.com", className: "nginx", tlsSecretName: "kibana-tls" };
const key = "0123456789abcdef0123456789abcdef";

interface Deployment {
    readonly spec: {
        readonly strategy: { readonly type: string };
        readonly template: { readonly metadata: { readonly annotations: unknown }; readonly spec: PodSpec };
    };
}

const made = (changes: Partial<KibanaArgs> = {}) => declared(() => new Kibana("kibana", { ...args, ...changes }));
const pod = async (changes: Partial<KibanaArgs> = {}) =>
    (await made(changes)).inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.spec;
/** What kibana.yml says, with the names of variables in the place of their values. */
const settings = async (changes: Partial<KibanaArgs> = {}) =>
    parse(
        (await made(changes)).inputs<{ data: Readonly<Record<string, string>> }>("kubernetes:core/v1:ConfigMap").data[
            "kibana.yml"
        ] ?? "",
    ) as Readonly<Record<string, unknown>>;

describe("Kibana", () => {
    it("is one confined pod, which is gone before one of another version comes", async () => {
        const { spec } = (await made()).inputs<Deployment>("kubernetes:apps/v1:Deployment");
        assert.equal(spec.strategy.type, "Recreate");
        assertConfined(spec.template.spec, []);
        assert.equal(spec.template.spec.securityContext?.runAsUser, 1000);
    });

    it("starts and is ready by its status API, and is not restarted because Elasticsearch is away", async () => {
        const [container] = (await pod()).containers;
        assert.equal(container?.startupProbe?.httpGet?.path, "/api/status");
        assert.equal(container?.readinessProbe?.httpGet?.path, "/api/status");
        assert.deepEqual(container?.livenessProbe?.tcpSocket, { port: "http" });
    });

    it("speaks TLS with the certificate that it is given, to its probes and its Ingress too", async () => {
        const found = await made({ certificate: { secretName: "kibana-server-tls" }, ingress });
        const { containers, volumes } = found.inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.spec;
        const [container] = containers;
        const said = await settings({ certificate: { secretName: "kibana-server-tls" } });
        assert.equal(said["server.ssl.enabled"], true);
        assert.equal(said["server.ssl.certificate"], "/etc/kibana-certificate/tls.crt");
        assert.equal(said["server.ssl.key"], "/etc/kibana-certificate/tls.key");
        assert.ok(container?.volumeMounts?.some(({ mountPath }) => mountPath === "/etc/kibana-certificate"));
        assert.ok(volumes?.some(({ secret }) => secret?.secretName === "kibana-server-tls"));
        for (const probe of [container?.startupProbe, container?.readinessProbe]) {
            assert.deepEqual([probe?.httpGet?.scheme, probe?.httpGet?.port], ["HTTPS", "https"]);
        }
        const { metadata, spec } = found.inputs<{
            readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
            readonly spec: unknown;
        }>("kubernetes:networking.k8s.io/v1:Ingress");
        assert.equal(metadata.annotations["nginx.ingress.kubernetes.io/backend-protocol"], "HTTPS");
        assert.equal(metadata.annotations["alb.ingress.kubernetes.io/backend-protocol"], "HTTPS");
        assert.match(JSON.stringify(spec), /"port":\{"name":"https"\}/);
        assert.match(JSON.stringify(found.inputs("kubernetes:core/v1:Service")), /"appProtocol":"https"/);
    });

    it("takes its keys from a Secret whose values nobody sees", async () => {
        const found = await made({ encryptionKey: key });
        assert.deepEqual(found.inputs("kubernetes:core/v1:Secret").data, {
            XPACK_SECURITY_ENCRYPTIONKEY: "[secret]",
            XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY: "[secret]",
            XPACK_REPORTING_ENCRYPTIONKEY: "[secret]",
        });
        assert.ok(!JSON.stringify(found.resources).includes(key));
        const [container] = (await pod()).containers;
        assert.deepEqual(
            container?.env?.map(({ valueFrom }) => valueFrom?.secretKeyRef),
            ["SECURITY", "ENCRYPTEDSAVEDOBJECTS", "REPORTING"].map((use) => ({
                name: "kibana-encryption-keys",
                key: `XPACK_${use}_ENCRYPTIONKEY`,
            })),
        );
    });

    // Rules of elastic/kibana, .../docker_generator/resources/base/bin/kibana-docker, which lab/images/kibana follows.
    it("has no secret among the arguments that the image's start script makes of its environment", async () => {
        const { containers } = await pod({ login: login("kibana"), encryptionKey: key, ingress });
        const env = containers[0]?.env ?? [];
        const secrets = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef).map(({ name }) => name);
        assert.equal(secrets.length, 5, secrets.join());

        const textOf = (name: string) => `the value of ${name}`;
        const given = Object.fromEntries(env.map(({ name, value }) => [name, value ?? textOf(name)]));
        const found = startedWith(given);
        assert.match(found, /--ops\.cGroupOverrides/);
        assert.doesNotMatch(found, /the value of/);
        // By their usual names they would stand there.
        const usual = ["ELASTICSEARCH_PASSWORD", "XPACK_REPORTING_ENCRYPTIONKEY"];
        const seen = startedWith(Object.fromEntries(usual.map((name) => [name, textOf(name)])));
        assert.match(seen, /--elasticsearch\.password=the value of ELASTICSEARCH_PASSWORD/);
        assert.match(seen, /--xpack\.reporting\.encryptionkey=the value of/);
        // Each variable that kibana.yml names is there: Kibana would not start without one.
        const text = JSON.stringify(await settings({ login: login("kibana") }));
        const named = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
        assert.deepEqual(named.toSorted(), secrets.toSorted());
    });

    it("reserves all the memory that it may use, of which the image makes three quarters heap", async () => {
        const { resources } = (await pod({ memory: "3Gi" })).containers[0] ?? {};
        assert.equal(resources?.requests?.memory, "3Gi");
        assert.equal(resources?.limits?.memory, "3Gi");
        const variables = (await pod()).containers[0]?.env?.map(({ name }) => name);
        assert.ok(!variables?.includes("NODE_OPTIONS"));
    });

    it("asks and tells nobody outside of the cluster", async () => {
        const said = await settings();
        assert.deepEqual(
            ["telemetry.enabled", "newsfeed.enabled", "xpack.fleet.isAirGapped", "map.includeElasticMapsService"].map(
                (name) => said[name],
            ),
            [false, false, true, false],
        );
    });

    it("restarts when its settings change", async () => {
        const annotations = async (changes: Partial<KibanaArgs>) =>
            (await made(changes)).inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.metadata
                .annotations as Readonly<Record<string, string>>;
        const [one, other] = [await annotations({}), await annotations({ ingress })];
        assert.notEqual(one["checksum/config"], other["checksum/config"]);
    });

    it("has an exporter that logs in as a user of its own where Elasticsearch asks for one", async () => {
        const program = {} as ElasticExporter["program"];
        const exporter = { image: "node:24", program };
        const files = async (changes: Partial<KibanaArgs>) => {
            const { containers, volumes } = await pod({ exporter, ...changes });
            const { env, volumeMounts } = containers[1] ?? {};
            return env?.flatMap(({ name, value = "" }) => {
                const mount = volumeMounts?.find(({ mountPath }) => value.startsWith(`${mountPath}/`));
                const { secret } = volumes?.find((volume) => volume.name === mount?.name) ?? {};
                return secret && /-login-/.test(String(secret.secretName)) ? [[name, secret.secretName]] : [];
            });
        };
        assert.deepEqual(await files({ exporterLogin: login("status") }), [
            ["KIBANA_USERNAME_FILE", "elasticsearch-login-status"],
            ["KIBANA_PASSWORD_FILE", "elasticsearch-login-status"],
            ["ELASTICSEARCH_USERNAME_FILE", "elasticsearch-login-status"],
            ["ELASTICSEARCH_PASSWORD_FILE", "elasticsearch-login-status"],
        ]);
        assert.deepEqual(await files({}), []);
    });

    it("has an exporter that counts refused lines, and knows Elasticsearch by its authority's certificate", async () => {
        const exporter = { image: "node:24", program: {} as ElasticExporter["program"] };
        const container = async (changes: Partial<KibanaArgs>) =>
            (await pod({ exporter, ...changes })).containers.find(({ name }) => name === "metrics");
        const value = (found: Awaited<ReturnType<typeof container>>, variable: string) =>
            found?.env?.find(({ name }) => name === variable)?.value;
        const secured = await container({ login: login("kibana"), exporterLogin: login("status") });
        assert.equal(value(secured, "DEAD_LETTER_STREAM"), args.deadLetterStream);
        assert.equal(value(secured, "ELASTICSEARCH_URL"), args.elasticsearchUrl);
        const authority = value(secured, "ELASTICSEARCH_CA_FILE");
        assert.ok(secured?.volumeMounts?.some(({ mountPath }) => authority?.startsWith(`${mountPath}/`)));
        const open = await container({});
        assert.equal(value(open, "DEAD_LETTER_STREAM"), args.deadLetterStream);
        assert.equal(value(open, "ELASTICSEARCH_CA_FILE"), undefined);
    });

    it("keeps the first random key when the stack gives none, and follows the stack when it gives one", async () => {
        assert.deepEqual((await made()).one("kubernetes:core/v1:Secret").ignoreChanges, ["data"]);
        assert.deepEqual((await made({ encryptionKey: key })).one("kubernetes:core/v1:Secret").ignoreChanges, []);
        const annotations = async (encryptionKey: string) =>
            (await made({ encryptionKey })).inputs<Deployment>("kubernetes:apps/v1:Deployment").spec.template.metadata
                .annotations;
        assert.deepEqual(await annotations(key), await annotations(key));
        assert.notDeepEqual(await annotations(key), await annotations(`${key}0`));
    });

    it("begins with the keys that it is given for a stack that gives none, and keeps those that are there", async () => {
        const first = (await made({ firstEncryptionKey: key })).one("kubernetes:core/v1:Secret");
        assert.deepEqual(first.ignoreChanges, ["data"]);
        assert.deepEqual(Object.values(first.inputs.data as object), ["[secret]", "[secret]", "[secret]"]);
    });

    it("is reached by TLS where the load balancer has the certificate", async () => {
        const annotations = {
            "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
        };
        const { host } = ingress;
        const urlOf = async (served: KibanaArgs["ingress"]) =>
            (await settings({ ingress: served }))["server.publicBaseUrl"];
        assert.equal(await urlOf({ host, annotations }), "https://kibana.example.com");
        assert.equal(await urlOf({ host }), "http://kibana.example.com");
    });

    it("gives its Ingress the annotations of the stack, which go before its own", async () => {
        const annotations = {
            "alb.ingress.kubernetes.io/scheme": "internal",
            "alb.ingress.kubernetes.io/backend-protocol": "HTTP",
        };
        const found = await made({
            certificate: { secretName: "kibana-server-tls" },
            ingress: { ...ingress, annotations },
        });
        const { metadata } = found.inputs<{ metadata: { annotations: unknown } }>(
            "kubernetes:networking.k8s.io/v1:Ingress",
        );
        assert.deepEqual(metadata.annotations, {
            "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS",
            ...annotations,
        });
    });

    it("has an Ingress with TLS only where the stack names a host, and knows its own address then", async () => {
        assert.ok(!(await made()).types().includes("kubernetes:networking.k8s.io/v1:Ingress"));
        assert.equal((await settings())["server.publicBaseUrl"], undefined);
        const { spec } = (await made({ ingress })).inputs<{ spec: { tls: unknown; ingressClassName: string } }>(
            "kubernetes:networking.k8s.io/v1:Ingress",
        );
        assert.deepEqual(spec.tls, [{ hosts: [ingress.host], secretName: ingress.tlsSecretName }]);
        assert.equal(spec.ingressClassName, "nginx");
        assert.equal((await settings({ ingress }))["server.publicBaseUrl"], "https://kibana.example.com");
    });
});

/** The arguments with which the start script of the lab's image would start Kibana, one a line. */
function startedWith(variables: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), "kibana-docker-"));
    try {
        writeFileSync(join(folder, "node"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
        const script = join(import.meta.dirname, "../../../lab/images/kibana/kibana-docker");
        const { status, stdout, stderr } = spawnSync("bash", [script], {
            env: { ...variables, PATH: `${folder}:/usr/bin:/bin` },
            encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
        return stdout;
    } finally {
        rmSync(folder, { recursive: true });
    }
}
