// The lab's real node: what pods may rely on there. How it ends: node-end.test.ts.

import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { clusterFolder } from "../../../lab/cluster.ts";
import { emulatedAwsForPods } from "../../../lab/emulated-aws-service.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { nodePaths } from "../../../lab/node/paths.ts";
import { requireProgram } from "../../../lab/tools/debian-packages.ts";
import { run } from "../../../lab/tools/run.ts";
import { mounts } from "../../machine-traces.ts";
import { realNode } from "../../real-node.ts";

const namespace = "node-test";

const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
    run("kubectl", args, { env: (await realNode()).environment, ...(input === undefined ? {} : { input }) });

const apply = (object: unknown): Promise<string> => kubectl(["apply", "--filename=-"], stringify(object));

const inPod = (command: readonly string[]): Promise<string> =>
    kubectl(["exec", "--namespace", namespace, "deployment/web", "--", ...command]);

/** What the strictest Pod Security Standard asks for. */
const restricted = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: 10001,
    runAsGroup: 10001,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
};

const server = `
process.on("SIGTERM", () => process.exit());
require("node:http").createServer((request, response) => response.end("served to " + request.url)).listen(8080);
console.log(require("node:fs").readFileSync("/proc/self/status", "utf8"));
try {
    require("node:fs").writeFileSync("/file", "");
} catch (error) {
    console.log("writing to the root file system:", error.code);
}
`;

function deployment(name: string) {
    const labels = { app: name };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    terminationGracePeriodSeconds: 2,
                    containers: [
                        {
                            name: "server",
                            image: nodeImage,
                            command: ["node", "--eval", server],
                            securityContext: restricted,
                            readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
                        },
                    ],
                },
            },
        },
    };
}

function service(name: string) {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace },
        spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    };
}

/** A Job that runs one shell command with the claim's volume mounted at /claim. */
function job(name: string, command: string) {
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name, namespace },
        spec: {
            backoffLimit: 0,
            template: {
                spec: {
                    restartPolicy: "Never",
                    terminationGracePeriodSeconds: 2,
                    securityContext: { fsGroup: 10001 },
                    containers: [
                        {
                            name: "command",
                            image: nodeImage,
                            command: ["sh", "-ec", command],
                            securityContext: restricted,
                            volumeMounts: [{ name: "claim", mountPath: "/claim" }],
                        },
                    ],
                    volumes: [{ name: "claim", persistentVolumeClaim: { claimName: "claim" } }],
                },
            },
        },
    };
}

const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "claim", namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

describe("the lab's real node", function () {
    this.timeout(300_000);

    before(async () => {
        await apply({
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
        });
    });

    it("runs a pod that may do nothing but run", async () => {
        await apply(service("web"));
        await apply(deployment("web"));
        await kubectl(["rollout", "status", "--namespace", namespace, "deployment/web", "--timeout=60s"]);
        const log = await kubectl(["logs", "--namespace", namespace, "deployment/web"]);
        assert.match(log, /^Uid:\s+10001\s+10001\s+10001\s+10001$/m);
        assert.match(log, /^CapBnd:\s+0+$/m);
        assert.match(log, /^NoNewPrivs:\s+1$/m);
        assert.match(log, /^Seccomp:\s+2$/m);
        assert.match(log, /^writing to the root file system: EROFS$/m);
    });

    it("runs a pod whose image has a digest, as make pin-images writes it", async () => {
        const { containerdSocket } = nodePaths(join(clusterFolder("node"), "node"));
        const images = async (...args: readonly string[]) =>
            run(await requireProgram("ctr"), [
                "--address",
                containerdSocket,
                "--namespace",
                "k8s.io",
                "images",
                ...args,
            ]);
        const list = await images("list", `name==${nodeImage}`);
        const digest = /\bsha256:[0-9a-f]{64}\b/.exec(list)?.[0] ?? assert.fail(list);
        // What pulling the image by its digest would leave; here is no registry to pull it from.
        await images("tag", nodeImage, nodeImage.replace(/:[^:]+$/, `@${digest}`));
        const image = `${nodeImage}@${digest}`;
        await apply({
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "by-digest", namespace },
            spec: {
                restartPolicy: "Never",
                containers: [{ name: "node", image, command: ["node", "--version"], securityContext: restricted }],
            },
        });
        const succeeded = ["--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"];
        await kubectl(["wait", "--namespace", namespace, "pod/by-digest", ...succeeded]);
        assert.match(await kubectl(["logs", "--namespace", namespace, "by-digest"]), /^v24\./);
    });

    it("lets a person into a pod", async () => {
        assert.equal((await inPod(["node", "--version"])).trim(), "v24.21.0");
    });

    it("answers for a Service by its name, with whichever pod stands behind it", async () => {
        const address = `http://web.${namespace}.svc.cluster.local/here`;
        const program = `fetch("${address}").then((answer) => answer.text()).then(console.log)`;
        assert.equal((await inPod(["node", "--eval", program])).trim(), "served to /here");
    });

    it("refuses a connection to a Service without pods, and to one that does not exist", async () => {
        await apply(service("nobody"));
        for (const host of ["nobody", "10.96.255.254"]) {
            const program = `fetch("http://${host}").then(() => "answered", (error) => error.cause.code).then(console.log)`;
            assert.equal((await inPod(["node", "--eval", program])).trim(), "ECONNREFUSED");
        }
    });

    it("lets a pod reach the API server and the emulated AWS, which run outside of the cluster", async () => {
        const authority = "NODE_EXTRA_CA_CERTS=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
        for (const address of ["https://kubernetes.default.svc/livez", emulatedAwsForPods]) {
            const program = `fetch("${address}").then((answer) => console.log(answer.status > 0))`;
            assert.equal((await inPod(["env", authority, "node", "--eval", program])).trim(), "true");
        }
    });

    it("gives a claim a volume in whose files holes can be punched, by the group of the pod", async () => {
        await apply(claim);
        const command = `
            seq 1 100000 > /claim/numbers
            fallocate --punch-hole --offset 4096 --length 409600 /claim/numbers
            stat --format '%s %g' /claim/numbers
            du --block-size=1 /claim/numbers | cut --fields 1`;
        await apply(job("punch", command));
        await kubectl(["wait", "--namespace", namespace, "--for=condition=complete", "job/punch", "--timeout=60s"]);
        const [properties, used] = (await kubectl(["logs", "--namespace", namespace, "job/punch"])).trim().split("\n");
        assert.equal(properties, "588895 10001");
        assert.ok(Number(used) <= 588_895 - 409_600 + 4096, `${used} bytes are used`);
    });

    it("takes away what pods had on the machine when they are deleted", async () => {
        const uids = await kubectl([
            "get",
            "pods",
            "--namespace",
            namespace,
            "-o",
            "jsonpath={.items[*].metadata.uid}",
        ]);
        const ofPods = async () =>
            (await mounts()).filter((path) => uids.split(" ").some((uid) => path.includes(`/pods/${uid}/`)));
        assert.ok((await ofPods()).length > 0, "no pod has anything mounted");
        await kubectl(["delete", "namespace", namespace, "--timeout=60s"]);
        assert.deepEqual(await ofPods(), []);
    });
});
