// Kibana's Deployment, its keys and its Ingress.

import assert from "node:assert/strict";
import { Kibana, type KibanaArgs } from "../../../components/kibana.ts";
import { assertConfined, declared, type PodSpec } from "./mocked-program.ts";

const args: KibanaArgs = {
    namespace: "chattingo",
    image: "docker.elastic.co/kibana/kibana:9.4.3",
    elasticsearchUrl: "http://elasticsearch.chattingo.svc:9200",
};
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
const environment = async (changes: Partial<KibanaArgs> = {}) =>
    Object.fromEntries((await pod(changes)).containers[0]?.env?.map(({ name, value }) => [name, value]) ?? []);

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
        const env = Object.fromEntries(container?.env?.map(({ name, value }) => [name, value]) ?? []);
        assert.equal(env.SERVER_SSL_ENABLED, "true");
        assert.equal(env.SERVER_SSL_CERTIFICATE, "/etc/kibana-certificate/tls.crt");
        assert.equal(env.SERVER_SSL_KEY, "/etc/kibana-certificate/tls.key");
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
        assert.deepEqual(container?.envFrom, [{ secretRef: { name: "kibana-encryption-keys" } }]);
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

    it("has an Ingress with TLS only where the stack names a host, and knows its own address then", async () => {
        assert.ok(!(await made()).types().includes("kubernetes:networking.k8s.io/v1:Ingress"));
        assert.equal((await environment()).SERVER_PUBLICBASEURL, undefined);
        const { spec } = (await made({ ingress })).inputs<{ spec: { tls: unknown; ingressClassName: string } }>(
            "kubernetes:networking.k8s.io/v1:Ingress",
        );
        assert.deepEqual(spec.tls, [{ hosts: [ingress.host], secretName: ingress.tlsSecretName }]);
        assert.equal(spec.ingressClassName, "nginx");
        assert.equal((await environment({ ingress })).SERVER_PUBLICBASEURL, "https://kibana.example.com");
    });
});
