// The prod stack on a simulated cluster of three nodes: what matters there is order, scheduling and diffs.

import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apps } from "../../../components/connections.ts";
import { passwordOf, searchUsers } from "../../../components/search-users.ts";
import { eksIssuer } from "../../../lab/aws/emulated-aws.ts";
import { isClusterRunning, startCluster, stopCluster } from "../../../lab/cluster.ts";
import { pluginFolder } from "../../../lab/providers/plugins.ts";
import { preparePulumiHome, pulumiHome } from "../../../lab/pulumi-home.ts";
import { oddNodes, readyNodes } from "../../../lab/simulated-nodes/node-objects.ts";
import { kubernetesProvider } from "../../../lab/tools/go-tools.ts";
import { run } from "../../../lab/tools/run.ts";
import {
    configureLabStack,
    failureOf,
    type LabStack,
    prepareLabStack,
    previewChanges,
    projectFolder,
    pulumi,
} from "../../../scripts/lab-stack.ts";
import { type PreviewDigest, previewedChanges } from "../../../scripts/preview-markdown.ts";
import { IssuedCertificates } from "../../issued-certificates.ts";
import { podTemplatesIn } from "../../pod-templates.ts";
import { assertTellsNone, secretsOfNamespace } from "../../secret-search.ts";
import { until } from "../../until.ts";
import { testArchiveBucket } from "./archive-bucket.ts";
import { testArchiveRole } from "./archive-role.ts";
import { testCertificates } from "./certificates.ts";
import { DeployedArchive } from "./deployed-archive.ts";
import { testFailingJobs } from "./failing-jobs.ts";
import { testBeforeFirstUp, testNamedCluster } from "./named-cluster.ts";
import { testSettingChanges } from "./setting-changes.ts";

/** What Kubernetes lets every account do, as `kubectl auth can-i --list` tells it: ask who it is, and what there is. */
const rightsOfEverybody = [
    ...["subjectaccessreviews", "subjectrulesreviews"].map((name) => `self${name}.authorization.k8s.io: create`),
    "selfsubjectreviews.authentication.k8s.io: create",
    ...["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz"],
    ...["/version", "/version/", "/.well-known/openid-configuration", "/.well-known/openid-configuration/"],
    ...["/openid/v1/jwks", "/openid/v1/jwks/"],
].map((right) => (right.startsWith("/") ? `${right}: get` : right));

/** What a rotation run needs in its namespace: `components/rotation-rules.ts`. */
const rightsOfRotation = ["jobs.batch: create list", "pods: list", "pods/log: get"];

/** Lines of `kubectl auth can-i --list`, as `what: verbs`, or `what of name: verbs`, each once. */
function rightsIn(list: string): readonly string[] {
    const rights = list
        .trimEnd()
        .split("\n")
        .map((line) => {
            const [, resource, url, names, verbs] =
                /^(\S*)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]$/.exec(line) ?? assert.fail(line);
            return `${resource || url}${names ? ` of ${names}` : ""}: ${verbs}`;
        });
    return [...new Set(rights)].toSorted();
}

/** The kinds of violations in a warning of Pod Security Admission, without what it says in brackets of each. */
function violationsIn(warning = ""): readonly string[] {
    return warning
        .replaceAll(/ \((?:[^()"]|"[^"]*")*\)/g, "")
        .split(", ")
        .filter((violation) => violation !== "")
        .toSorted();
}

/** A resource in a stack's state. */
interface StateResource {
    readonly type: string;
    /** For each property, the resources whose outputs it is made of. */
    readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

/** The resources in the state of a stack; secrets as they are, because each writing of the state encrypts them again. */
async function resourcesOf(stack: LabStack): Promise<readonly StateResource[]> {
    const state = JSON.parse(await pulumi(stack, ["stack", "export", "--show-secrets"])) as {
        readonly deployment: { readonly resources?: readonly StateResource[] };
    };
    return state.deployment.resources ?? assert.fail("there is nothing in the state");
}

describe("the stacks on a simulated cluster", function () {
    this.timeout(600_000);

    let prod: LabStack;
    let upOutput = "";

    const kubectl = (...args: string[]) => run("kubectl", args, { env: prod.environment });

    before(async () => {
        assert.equal(
            await isClusterRunning("simulated"),
            false,
            "a simulated lab is running: end it with `make down`, so that this test starts from an empty one",
        );
        // The tokens of the cluster are those of an EKS cluster that the emulated account has.
        await startCluster("simulated", { serviceAccountIssuer: eksIssuer("chattingo-prod") });
        prod = await prepareLabStack("simulated", "prod");
    });

    after(async () => {
        await stopCluster("simulated");
    });

    it("previews prod before anything is there, without an error from strict field validation", async () => {
        const steps = await previewChanges(prod);
        assert.ok(steps.length > 20, `only ${steps.length} steps`);
        assert.deepEqual(new Set(steps.map((step) => step.operation)), new Set(["create"]));
    });

    it("previews compliance, with Object Lock on the bucket", async () => {
        const compliance = await prepareLabStack("simulated", "compliance");
        const types = (await previewChanges(compliance)).map((step) => step.type);
        assert.ok(types.includes("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"));
    });

    testBeforeFirstUp(() => prod);

    it("brings prod up on three nodes beside odd ones, and a second up changes nothing", async () => {
        upOutput = await pulumi(prod, ["up", "--yes", "--skip-preview"]);
        await pulumi(prod, ["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        const ready = "jsonpath={range .items[*]}{.status.conditions[?(@.type=='Ready')].status}{' '}{end}";
        const states = (await kubectl("get", "nodes", "-o", ready)).trim().split(" ");
        assert.deepEqual(
            { ready: states.filter((state) => state === "True").length, all: states.length },
            { ready: readyNodes(3), all: 3 + oddNodes.length },
        );
    });

    it("runs the pods of every node where there are logs, and nothing where it could not start", async () => {
        const nodesOf = async (selector: string) =>
            (
                await kubectl(
                    ...["get", "pods", "-n", "chattingo", "-l", selector],
                    ...["-o", "jsonpath={range .items[*]}{.spec.nodeName} {.status.phase}{'\\n'}{end}"],
                )
            )
                .trim()
                .split("\n")
                .toSorted();
        const ordinary = ["simulated-1", "simulated-2", "simulated-3"].map((name) => `${name} Running`);
        const others = ["simulated-arm64 Running", "simulated-down Pending", "simulated-tainted Running"];
        for (const app of ["filebeat", "log-rotation-leaving"]) {
            assert.deepEqual(await nodesOf(`app=${app}`), [...ordinary, ...others], app);
        }
        const elsewhere = (await nodesOf("tier=logging,app notin (filebeat,log-rotation-leaving)")).map((line) =>
            line.replace(/ .*/, ""),
        );
        const usable = ["simulated-1", "simulated-2", "simulated-3", "simulated-arm64"];
        assert.deepEqual(
            elsewhere.filter((name) => !usable.includes(name)),
            [],
        );
    });

    it("changes Filebeat on the nodes that run while one is down", async () => {
        const millicores = '{range .items[*]}{.spec.containers[0].resources.limits.cpu}{"\\n"}{end}';
        const changed = async () => {
            const pods = await kubectl(
                ...["get", "pods", "-n", "chattingo", "-l", "app=filebeat", "--field-selector=status.phase=Running"],
                ...["-o", `jsonpath=${millicores}`],
            );
            return pods.split("\n").filter((limit) => limit === "600m").length;
        };
        assert.equal(await changed(), 0);
        await configureLabStack(prod, { "chattingo-logging:filebeat.limits.cpu": "600m" });
        await pulumi(prod, ["up", "--yes", "--skip-preview"]);
        await until("the change is on the five nodes that run", 60, async () => (await changed()) === 5 || undefined);
        await configureLabStack(prod, {});
        await pulumi(prod, ["up", "--yes", "--skip-preview"]);
    });

    testNamedCluster(() => prod);

    testCertificates(() => new IssuedCertificates(kubectl));

    it("leaves `make check-cluster` nothing to find but what the Ingress counts on", async () => {
        const check = () =>
            run("bash", ["-c", `"${process.execPath}" scripts/check-cluster.ts --stack prod 2>&1`], {
                cwd: projectFolder,
                env: prod.environment,
            });
        const found = await failureOf(check());
        assert.match(found, /open: the cluster has no IngressClass alb/);
        assert.match(found, /open: there is no Secret kibana-tls in the namespace chattingo/);
        assert.match(found, /2 things that prod counts on are missing/);
        const ingressClass = {
            apiVersion: "networking.k8s.io/v1",
            kind: "IngressClass",
            metadata: { name: "alb" },
            spec: { controller: "ingress.k8s.aws/alb" },
        };
        await run("kubectl", ["apply", "--filename=-"], {
            env: prod.environment,
            input: JSON.stringify(ingressClass),
        });
        await check();
    });

    it("has its certificates ordered from cert-manager, and tells its secrets to nobody", async () => {
        const orders = await kubectl("get", "certificates.cert-manager.io", "-n", "chattingo", "-o", "name");
        assert.deepEqual(orders.trim().split("\n").toSorted(), [
            "certificate.cert-manager.io/elasticsearch",
            "certificate.cert-manager.io/elasticsearch-authority",
            "certificate.cert-manager.io/kibana",
            "certificate.cert-manager.io/kibana-authority",
        ]);

        const key = (await pulumi(prod, ["config", "get", "chattingo-logging:search.passwordKey"])).trim();
        const kibanaKeys = await kubectl("get", "secret", "kibana-encryption-keys", "-n", "chattingo", "-o", "name");
        assert.equal(kibanaKeys.trim(), "secret/kibana-encryption-keys");
        // Who it is that logs in is no secret.
        const inCluster = await secretsOfNamespace(kubectl, ["username"]);
        assert.ok(
            inCluster.filter((text) => text.includes(" PRIVATE KEY-----")).length >= orders.split("\n").length - 1,
        );
        const secrets = [key, ...searchUsers.map((user) => passwordOf(key, user)), ...inCluster];
        assert.equal(
            JSON.parse(await pulumi(prod, ["stack", "output", "--json", "--show-secrets"])).kibanaLogin.password,
            passwordOf(key, "admin"),
        );
        const shown = {
            "what up says": upOutput,
            "the state": await pulumi(prod, ["stack", "export"]),
            "the outputs": await pulumi(prod, ["stack", "output", "--json"]),
            "a preview": await pulumi(prod, ["preview", "--diff", "--refresh"]),
            "the objects": await kubectl(
                ...["get", "configmaps,pods,deployments,statefulsets,daemonsets,jobs", "-n", "chattingo", "-o", "json"],
            ),
        };
        for (const [where, text] of Object.entries(shown)) {
            assert.ok(text.length > 100, where);
        }
        assertTellsNone(Object.entries(shown), secrets);
        // What controllers write into their objects, cert-manager's too, is nothing that an update would undo.
        const refreshed = JSON.parse(await pulumi(prod, ["preview", "--json", "--refresh"])) as PreviewDigest;
        assert.deepEqual(
            previewedChanges(refreshed).map(({ change, type, name }) => `${change} ${type} ${name}`),
            // Of each, the pod on the node that is down.
            ["filebeat", "log-rotation-leaving"].map((name) => `unhealthy kubernetes:apps/v1:DaemonSet ${name}`),
        );
    });

    it("lets one ServiceAccount start Jobs and see nodes, one follow nodes, and no account anything else", async () => {
        const names = await kubectl(
            ...["get", "serviceaccounts", "-n", "chattingo", "-o", "jsonpath={.items[*].metadata.name}"],
        );
        assert.deepEqual(names.split(" ").toSorted(), [...apps, "default"].toSorted());
        const rights = await Promise.all(
            names.split(" ").map(async (name) => {
                const account = `--as=system:serviceaccount:chattingo:${name}`;
                const here = await kubectl("auth", "can-i", "--list", "--no-headers", account, "-n", "chattingo");
                const elsewhere = await kubectl("auth", "can-i", "--list", "--no-headers", account, "-n", "default");
                return [name, { here: rightsIn(here), elsewhere: rightsIn(elsewhere) }] as const;
            }),
        );
        const nothing = { here: rightsOfEverybody.toSorted(), elsewhere: rightsOfEverybody.toSorted() };
        const starter = {
            here: [...rightsOfEverybody, ...rightsOfRotation, "nodes: list"].toSorted(),
            elsewhere: [...rightsOfEverybody, "nodes: list"].toSorted(),
        };
        const followsNodes = [...rightsOfEverybody, "nodes: watch"].toSorted();
        assert.deepEqual(Object.fromEntries(rights), {
            ...Object.fromEntries(names.split(" ").map((name) => [name, nothing])),
            "log-rotation": starter,
            "log-rotation-leaving": { here: followsNodes, elsewhere: followsNodes },
        });
    });

    it("has no pod that Pod Security Admission would warn of, but for the written exceptions", async () => {
        const workloads = JSON.parse(
            await kubectl(
                ...[
                    "get",
                    "deployments,statefulsets,daemonsets,jobs,cronjobs,configmaps",
                    "-n",
                    "chattingo",
                    "-o",
                    "json",
                ],
            ),
        ) as { readonly items: readonly object[] };
        const found = await Promise.all(
            podTemplatesIn(workloads.items).map(async ({ metadata, spec }) => {
                // A StatefulSet gives its pods the volume of their claim.
                const volumes = [{ name: "data", emptyDir: {} }, ...(spec.volumes ?? [])];
                const input = JSON.stringify({
                    apiVersion: "v1",
                    kind: "Pod",
                    metadata: { ...metadata, name: "judged" },
                    spec: { ...spec, volumes: [...new Map(volumes.map((each) => [each.name, each])).values()] },
                });
                let said = "";
                await run("kubectl", ["create", "--dry-run=server", "-n", "chattingo", "-f", "-"], {
                    env: prod.environment,
                    input,
                    onOutput: (text) => {
                        said += text;
                    },
                });
                assert.match(said, /pod\/judged created/);
                const warning = /would violate PodSecurity "restricted:latest": (.*)/.exec(said)?.[1];
                return [String(metadata.labels.app), violationsIn(warning)] as const;
            }),
        );
        const onNodesDisk = ["restricted volume types"];
        const asRoot = ["runAsNonRoot != true", "runAsUser=0"];
        const withCapabilities = ["unrestricted capabilities"];
        assert.deepEqual(Object.fromEntries(found), {
            "elastic-setup": [],
            elasticsearch: [...onNodesDisk, ...asRoot],
            "elasticsearch-exporter": [],
            filebeat: [...onNodesDisk, ...asRoot, ...withCapabilities],
            kibana: [],
            "log-restore": [],
            "log-rotation": [],
            "log-rotation-leaving": [...onNodesDisk, ...asRoot, ...withCapabilities],
            "log-rotation-node": [...onNodesDisk, ...asRoot, ...withCapabilities],
            "log-setup": [...onNodesDisk, ...asRoot, ...withCapabilities],
            "s3-uploader": onNodesDisk,
        });
    });

    it("puts each Elasticsearch node on a Kubernetes node of its own", async () => {
        const pods = await kubectl(
            "get",
            "pods",
            "-n",
            "chattingo",
            "-l",
            "app=elasticsearch",
            "-o",
            "jsonpath={.items[*].spec.nodeName}",
        );
        assert.equal(new Set(pods.trim().split(" ")).size, 3, pods);
    });

    it("grows to five nodes and larger volumes without replacing what holds data", async () => {
        await configureLabStack(prod, {
            "chattingo-logging:search.replicas": 5,
            "chattingo-logging:search.storage": "1Ti",
        });
        const steps = await previewChanges(prod);
        const claims = steps.filter((step) => step.type === "kubernetes:core/v1:PersistentVolumeClaim");
        assert.deepEqual(claims.map(({ operation }) => operation).toSorted(), [
            ...["create", "create"],
            ...["update", "update", "update"],
        ]);
        const statefulSet = steps.find((step) => step.type === "kubernetes:apps/v1:StatefulSet");
        assert.equal(statefulSet?.operation, "update");
        assert.deepEqual(
            steps.filter(
                ({ operation, type }) => /replace|delete/.test(operation) && type !== "kubernetes:batch/v1:Job",
            ),
            [],
            "only the set-up Job may be replaced",
        );
        await configureLabStack(prod, {});
    });

    it("refuses to make a single node of the cluster, and leaves everything as it was", async () => {
        await configureLabStack(prod, {
            "chattingo-logging:search.mode": "single",
            "chattingo-logging:search.replicas": 1,
        });
        const before = await resourcesOf(prod);
        const output = await failureOf(pulumi(prod, ["up", "--yes", "--skip-preview"]));
        assert.match(output, /search\.mode/);
        assert.match(output, /cluster of 3 nodes/);
        assert.deepEqual(await resourcesOf(prod), before);
        await configureLabStack(prod, {});
    });

    it("gives the ServiceAccounts of the uploader and of restores a role each by IRSA, and no static key", async () => {
        const outputs = JSON.parse(await pulumi(prod, ["stack", "output", "--json"])) as Record<string, string>;
        const roleOf = (serviceAccount: string) =>
            kubectl(
                "get",
                "serviceaccount",
                serviceAccount,
                "-n",
                "chattingo",
                "-o",
                "jsonpath={.metadata.annotations.eks\\.amazonaws\\.com/role-arn}",
            );
        assert.equal(await roleOf("s3-uploader"), outputs.roleArn);
        const roles = [await roleOf("s3-uploader"), await roleOf("log-restore")];
        assert.ok(roles.every((role) => /^arn:aws:iam::\d{12}:role\/.+/.test(role)));
        assert.equal(new Set(roles).size, 2);
        const secrets = await kubectl("get", "secrets", "-n", "chattingo", "-o", "name");
        assert.ok(!secrets.includes("-credentials"));
    });

    it("gives Kibana's Ingress an address, as an Ingress controller would", async () => {
        const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
        assert.match(await kubectl("get", "ingress", "kibana", "-n", "chattingo", "-o", path), /^192\.0\.2\.\d+$/);
    });

    it("takes no value of a Deployment, DaemonSet or StatefulSet from a Job, which is deleted before it is replaced", async () => {
        const workloads = (await resourcesOf(prod)).filter(({ type }) => type.startsWith("kubernetes:apps/v1:"));
        const feeding = workloads.flatMap(({ propertyDependencies }) =>
            Object.values(propertyDependencies ?? {}).flat(),
        );
        assert.ok(workloads.length > 3 && feeding.length > 0);
        assert.deepEqual(
            feeding.filter((urn) => urn.includes("kubernetes:batch/v1:Job::")),
            [],
        );
    });

    it("previews with the official plugins that a user has", async () => {
        const folder = await mkdtemp(join(tmpdir(), "official-plugins-"));
        const before = { ...process.env };
        try {
            const installed = pluginFolder(join(folder, "user"), "kubernetes");
            await mkdir(installed, { recursive: true });
            const ofLab = join(pluginFolder(pulumiHome("simulated"), "kubernetes"), kubernetesProvider);
            await copyFile(ofLab, join(installed, kubernetesProvider));
            process.env.PULUMI_HOME = join(folder, "user");
            process.env.CHATTINGO_LAB_RUN = join(folder, "run");
            await preparePulumiHome("simulated");
            const home = pulumiHome("simulated");
            const program = join(pluginFolder(home, "kubernetes"), kubernetesProvider);
            assert.equal(await realpath(program), await realpath(join(installed, kubernetesProvider)));
            await pulumi(prod, ["preview", "--expect-no-changes"], { environment: { PULUMI_HOME: home } });
        } finally {
            process.env = before;
            await rm(folder, { recursive: true });
        }
    });

    it("says which AWS credentials are refused, and leaves the state as it was", async () => {
        const before = await pulumi(prod, ["stack", "export"]);
        const output = await failureOf(
            pulumi(prod, ["preview"], {
                environment: {
                    AWS_ACCESS_KEY_ID: undefined,
                    AWS_SECRET_ACCESS_KEY: undefined,
                    AWS_EC2_METADATA_DISABLED: "true",
                },
            }),
        );
        assert.match(output, /AWS/);
        assert.match(output, /credential/i);
        assert.equal(await pulumi(prod, ["stack", "export"]), before);
    });

    it("refuses wrong settings together, before anything is provisioned", async () => {
        const wrong = await prepareLabStack("simulated", "prod", {
            "chattingo-logging:archive.bucketName": "Not_A_Bucket",
            "chattingo-logging:archive.volumeSize": "5Gb",
            "chattingo-logging:rotation.schedule": "30 * * *",
            "chattingo-logging:rotation.maxAgeDay": "7",
            "chattingo-logging:archive.retentionDays": 100,
        });
        const before = await resourcesOf(wrong);
        const output = await failureOf(pulumi(wrong, ["up", "--yes", "--skip-preview"]));
        for (const expected of [
            /archive\.bucketName.*Not_A_Bucket/s,
            /archive\.volumeSize.*5Gb/s,
            /rotation\.schedule.*30 \* \* \*/s,
            /rotation\.maxAgeDay\b/,
            /archive\.retentionDays.*100/s,
        ]) {
            assert.match(output, expected);
        }
        assert.deepEqual(await resourcesOf(wrong), before);
        await prepareLabStack("simulated", "prod");
    });

    const archive = async () =>
        new DeployedArchive(prod, JSON.parse(await pulumi(prod, ["stack", "output", "--json"])));
    testArchiveRole(archive);
    testArchiveBucket(archive);

    // After the tests of the archive: mocha runs those that lie deeper last.
    testSettingChanges(() => prod);
    testFailingJobs(() => prod);

    describe("when they are destroyed", () => {
        it("leave the volumes with data and their namespace, and nothing that runs", async () => {
            const claims = () => kubectl("get", "persistentvolumeclaims", "-n", "chattingo", "-o", "name");
            const before = await claims();
            assert.match(before, /data-elasticsearch-0/);
            assert.match(before, /log-archive/);
            // A pod on a node that is down ends when its node is taken out of the cluster, and a DaemonSet with its pods.
            await kubectl("delete", "node", "simulated-down");
            await pulumi(prod, ["destroy", "--yes", "--skip-preview"]);
            assert.equal(await claims(), before);
            const running = await kubectl(
                ...["get", "deployments,statefulsets,daemonsets,cronjobs,jobs,networkpolicies", "-n", "chattingo"],
                ...["-o", "name"],
            );
            assert.equal(running.trim(), "");
        });

        it("leave nothing when the namespace is deleted", async () => {
            await kubectl("delete", "namespace", "chattingo", "--timeout=120s");
            const namespaces = await kubectl("get", "namespaces", "-o", "name");
            assert.ok(!namespaces.split("\n").includes("namespace/chattingo"));
        });

        it("take their bucket back, as after the loss of cluster and state", async () => {
            const adopt = ["scripts/adopt-archive.ts", "--stack", "prod", "--config-file", prod.configFile];
            const output = await run(process.execPath, adopt, { cwd: projectFolder, env: prod.environment });
            assert.match(output, /stack prod has the bucket chattingo-logs again/);
            const changes = await previewChanges(prod);
            const ofArchive = changes.filter(({ type }) => /^aws:(s3|kms)\//.test(type));
            assert.deepEqual(ofArchive, []);
            assert.ok(changes.some(({ operation, type }) => operation === "create" && type.endsWith(":Namespace")));
        });

        it("says that cert-manager is missing, before anything is made", async () => {
            const types = ["issuers", "certificates", "certificaterequests"];
            await kubectl("delete", "crd", ...types.map((type) => `${type}.cert-manager.io`));
            // The API server takes a moment until it no longer serves what nobody defines any more.
            await until("the end of cert-manager's API", 60, async () => {
                const services = await kubectl("get", "apiservices", "--output", "name");
                return services.includes("cert-manager") ? undefined : true;
            });
            const checked = run(process.execPath, ["scripts/check-cluster.ts", "--stack", "prod"], {
                cwd: projectFolder,
                env: prod.environment,
            });
            assert.match(
                await failureOf(checked),
                /open: the cluster has no cert-manager.*no Elasticsearch starts without TLS/,
            );
            assert.match(
                await failureOf(pulumi(prod, ["up", "--yes"])),
                /nothing was provisioned:\s+the cluster has no cert-manager, which search\.certManager counts on/,
            );
            const namespaces = await kubectl("get", "namespaces", "-o", "name");
            assert.ok(!namespaces.split("\n").includes("namespace/chattingo"));
        });
    });
});
