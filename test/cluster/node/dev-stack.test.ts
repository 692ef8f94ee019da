// The dev stack on a real node: up, nothing to do on the second up, the way of a log line, the documented commands.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { logCategories } from "../../../formats/log-categories.ts";
import { logRoot } from "../../../formats/log-tree.ts";
import { freePort } from "../../../lab/free-port.ts";
import { nodeImage } from "../../../lab/images/images.ts";
import { nodeName } from "../../../lab/node/interface.ts";
import { run } from "../../../lab/tools/run.ts";
import { type DemonstrationResult, demonstrate } from "../../../scripts/demonstration.ts";
import { labS3 } from "../../../scripts/lab-s3.ts";
import { failureOf, type LabStack, projectFolder, pulumi } from "../../../scripts/lab-stack.ts";
import { blocksOnDevStack, runBlock, withCheckout } from "../../documented-commands/run-commands.ts";
import { documentedCommands } from "../../documented-commands.ts";
import { untouchedDevStack } from "../../real-node.ts";
import { assertTellsNone, secretsOfNamespace } from "../../secret-search.ts";
import { until } from "../../until.ts";

describe("the dev stack on a real node", function () {
    this.timeout(900_000);

    let stack: LabStack;
    let bucketName: string;
    let demonstration: DemonstrationResult;
    let s3: S3Client;

    const kubectl = (...args: string[]) => run("kubectl", args, { env: stack.environment });
    /** What a shell command prints in the uploader's pod, which mounts the archive volume. */
    const inUploader = (command: string) =>
        kubectl("exec", "-n", "chattingo", "deployment/s3-uploader", "--", "sh", "-c", command);

    before(async () => {
        stack = await untouchedDevStack();
        bucketName = JSON.parse(await pulumi(stack, ["stack", "output", "bucketName", "--json"])) as string;
        s3 = labS3(stack.environment);
        demonstration = await demonstrate({
            environment: stack.environment,
            image: nodeImage,
            bucketName,
            linesPerCategory: 200,
        });
    });

    after(() => s3?.destroy());

    it("has nothing to change on a second up", async () => {
        await pulumi(stack, ["up", "--yes", "--skip-preview", "--expect-no-changes"]);
    });

    it("is held by make preview against what runs", async () => {
        const output = await run(process.execPath, [join(projectFolder, "scripts/preview.ts"), "--stack", "dev"]);
        assert.match(output, /^\s*\d+ unchanged$/m);
        assert.doesNotMatch(output, /to (?:create|update|replace|delete)/);
    });

    it("has drifted nowhere, and has nothing to change after a refresh", async () => {
        await pulumi(stack, ["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"]);
    });

    it("brings the lines of all six categories to S3, whole and named by the manifest", async () => {
        const archives = demonstration.objects.filter(({ key }) => key.includes("/archive/"));
        const categories = archives.map(({ key }) => key.split("/").at(-1)?.split("_")[0]).toSorted();
        assert.deepEqual(categories, ["app", "auth", "chat", "error", "system", "websocket"]);
        const manifestText = Object.values(demonstration.manifests).join("\n");
        for (const { key, bytes } of archives) {
            assert.match(key, /^\d{4}\/\d{2}\/\d{2}\/archive\/[a-z]+_[a-z]+_\d{8}_\d{6}\.log\.gz$/);
            const answer = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }));
            const body = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
            assert.equal(body.length, bytes);
            const lines = gunzipSync(body).toString("utf8").split("\n");
            assert.equal(lines.pop(), "", `${key} does not end with a whole line`);
            assert.equal(lines.length, 200);
            const numbers = lines.map((line) =>
                Number((JSON.parse(line) as { message: string }).message.split(" ").at(-1)),
            );
            assert.deepEqual(numbers, [...numbers.keys()], `${key} has lines out of order`);
            assert.ok(manifestText.includes(key), `no manifest names ${key}`);
            const sha256 = createHash("sha256").update(body);
            const digests = [sha256.copy().digest("hex"), sha256.copy().digest("base64")];
            assert.ok(
                digests.some((digest) => manifestText.includes(digest)),
                `no manifest has the SHA-256 of ${key}`,
            );
            const head = await s3.send(new HeadObjectCommand({ Bucket: bucketName, Key: key }));
            assert.equal(head.ServerSideEncryption, "aws:kms");
        }
    });

    it("finds every line of each category in Elasticsearch, once", async () => {
        const expected = Object.fromEntries(logCategories.map(({ name }) => [name, 200]));
        assert.deepEqual({ ...demonstration.searchable }, expected);
    });

    it("leaves no archive on the volume that S3 has", async () => {
        const listing = await inUploader("ls /var/log/chattingo/archive");
        assert.equal(listing.split("\n").filter((name) => name.endsWith(".gz")).length, 0);
    });

    it("brings archived lines back by a Job, as the operations guide writes it, and doubles none", async () => {
        const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
        const shell = (command: string) =>
            run(
                "bash",
                [
                    "-o",
                    "pipefail",
                    "-c",
                    command.replace(/FROM=\S+/, `FROM=${day(-1)}`).replace(/TO=\S+/, `TO=${day(1)}`),
                ],
                { env: stack.environment },
            );
        const commands = documentedCommands("By a Job in the cluster");
        const countCommand = commands.at(-1) ?? "";
        const restoreBy = async (job: string): Promise<string> => {
            const outputs = [];
            for (const command of commands.slice(0, -1)) {
                outputs.push(await shell(command.replace("restore-auth", job)));
            }
            await kubectl("wait", "-n", "chattingo", "--for=condition=complete", `job/${job}`, "--timeout=60s");
            return outputs.at(-1) ?? "";
        };
        const count = async (): Promise<number> => {
            await shell(countCommand.replace("_count", "_refresh"));
            return (JSON.parse(await shell(countCommand)) as { count: number }).count;
        };
        assert.match(
            await restoreBy("restore-auth"),
            /restored: 1 archives, 200 lines\nindexed: 200 lines, 0 were there/,
        );
        assert.equal(await count(), 200);
        assert.match(await restoreBy("restore-again"), /indexed: 0 lines, 200 were there already/);
        assert.equal(await count(), 200);

        // The same from outside of the cluster, for all categories, through a port that is forwarded to it.
        const port = await freePort();
        const forward = spawn("kubectl", ["port-forward", "-n", "chattingo", "service/elasticsearch", `${port}:9200`], {
            env: { ...process.env, ...stack.environment },
        });
        try {
            await once(forward.stdout, "data");
            const command = documentedCommands("Bring archived lines back").at(-1) ?? "";
            await shell(command.replace("localhost:9200", `127.0.0.1:${port}`));
        } finally {
            forward.kill();
        }
        assert.equal(await count(), 200 * logCategories.length);
        for (const command of documentedCommands("Restored lines in Elasticsearch")) {
            assert.match(await shell(command), /"acknowledged":true/);
        }
        assert.equal(await count(), 200 * (logCategories.length - 1));
    });

    it("tells its secrets to nobody: neither containers nor the node's processes nor the engine", async () => {
        const secrets = await secretsOfNamespace(kubectl, []);
        // Kibana's three keys, and two access keys: each in its file, and by itself.
        assert.ok(secrets.length >= 7, String(secrets.length));
        const logs = async (tier: string) =>
            kubectl(
                ...["logs", "-n", "chattingo", "-l", `tier=${tier}`, "--all-containers", "--prefix", "--tail=-1"],
                "--max-log-requests=50",
            );
        const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
        const commandLines = await Promise.all(
            processes.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
        );
        const shown = {
            "a log of a service": await logs("logging"),
            "a log of a Job": await logs("logging-job"),
            "a command line": commandLines.join("\n"),
            "the state": await pulumi(stack, ["stack", "export"]),
            "a preview": await pulumi(stack, ["preview", "--diff", "--refresh"]),
            "the objects": await kubectl(
                ...["get", "configmaps,pods,deployments,daemonsets,jobs,cronjobs", "-n", "chattingo", "-o", "json"],
            ),
        };
        for (const [where, text] of Object.entries(shown)) {
            assert.ok(text.length > 100, `${where}: ${text}`);
        }
        assertTellsNone(Object.entries(shown), secrets);
    });

    it("is told by check-cluster that its network policies are enforced, and what it means where they are not", async () => {
        const check = () =>
            run("bash", ["-c", `"${process.execPath}" scripts/check-cluster.ts --stack dev 2>&1`], {
                cwd: projectFolder,
                env: stack.environment,
            });
        assert.match(await check(), /0 things that dev counts on are missing, 0 could not be told/);
        // A policy that opens everything makes of the node what one is that enforces none.
        const everything = {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "everything", namespace: "chattingo" },
            spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
        };
        await run("kubectl", ["apply", "--filename=-"], { env: stack.environment, input: JSON.stringify(everything) });
        try {
            const output = await until("the firewall to open", 30, () => failureOf(check()));
            assert.match(output, /open: the network plugin does not enforce NetworkPolicies/);
            assert.match(output, /Nothing else protects the lines/);
            assert.match(output, /1 things that dev counts on are missing, 0 could not be told/);
        } finally {
            await kubectl("delete", "networkpolicy", "everything", "-n", "chattingo");
        }
    });

    describe("runs what README and docs say", () => {
        for (const block of blocksOnDevStack()) {
            const [first] = block.commands;
            const more = block.commands.length > 1 ? ` and ${block.commands.length - 1} more` : "";
            it(`${block.where}: ${first?.command.text}${more}`, async () => {
                await withCheckout(stack, (folder) => runBlock(block, folder, stack));
            });
        }
    });

    describe("has in archives what was written on its node", () => {
        const log = join(logRoot, "system/leaving-node.log");
        const lines: string[] = [];
        const write = (text: string) => {
            lines.push(text);
            appendFileSync(log, `${text}\n`);
        };
        /** Lines of that log in the archives that the uploader has brought to the bucket, and those on the volume. */
        const archivedLines = async () => {
            const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName }));
            const keys = Contents.flatMap(({ Key = "" }) => (Key.includes("/system_leaving-node_") ? [Key] : []));
            const uploaded = await Promise.all(
                keys.toSorted().map(async (Key) => {
                    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }));
                    return gunzipSync((await Body?.transformToByteArray()) ?? "").toString();
                }),
            );
            const found = "find /var/log/chattingo/archive -name 'system_leaving-node_*.gz' | sort | xargs -r zcat";
            const onVolume = await inUploader(found);
            return [...uploaded, onVolume].flatMap((text) => text.split("\n")).filter((line) => line !== "");
        };
        const areArchived = (when: string) =>
            until(when, 60, async () => {
                assert.deepEqual(await archivedLines(), lines);
                return true;
            });

        after(async () => {
            await kubectl("uncordon", nodeName);
            await rm(log, { force: true });
        });

        it("up to its drain, and while it drains", async () => {
            write("before the cordon");
            await kubectl("cordon", nodeName);
            await areArchived("the line of before the cordon is archived");
            write("while it drains");
            await areArchived("the line of the drain is archived");
            const pods = ["-n", "chattingo", "-l", "app=log-rotation-leaving", "--tail=100"];
            assert.match(await kubectl("logs", ...pods), /this node is about to go: .*unschedulable/);
        });

        it("up to the end of the pod that waits there, as when the node shuts down", async () => {
            await kubectl("uncordon", nodeName);
            write("before the shutdown");
            await kubectl("delete", "pod", "-n", "chattingo", "-l", "app=log-rotation-leaving", "--timeout=100s");
            await areArchived("the last line is archived");
        });
    });

    // Half a minute shows that Kibana's memory is read; ten are for the real one.
    it("passes the smoke test for Elastic's official images, as far as the lab goes", async () => {
        const output = await run(
            process.execPath,
            [join(projectFolder, "scripts/smoke.ts"), "--stack", "dev", "--minutes", "0.5"],
            { env: stack.environment },
        );
        assert.match(output, /dev: all 6 checks passed/);
        assert.equal(output.match(/pass {2}/g)?.length, 6, output);
    });
});
