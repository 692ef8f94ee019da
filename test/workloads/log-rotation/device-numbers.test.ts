// Rotation on a volume whose device gets another number, as disks do when a machine starts again: the journal's entries are
// named by device and inode.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { LogTree, lines } from "./log-tree.ts";
import { makeLogTree } from "./volume.ts";

const name = "app/application.log";

describe("log-rotation on a disk whose number changes", () => {
    let tree: LogTree;
    /** What is attached and mounted, to be undone in the other order. */
    let undo: (() => void)[];

    beforeEach(() => {
        tree = new LogTree();
        undo = [];
    });

    afterEach(() => {
        for (const step of undo.reverse()) {
            step();
        }
        tree.remove();
    });

    /** Attaches an image, to a device that is free or to that one; returns the device. */
    function attach(image: string, device?: string): string {
        const args = device === undefined ? ["--find", "--show", image] : [device, image];
        return execFileSync("losetup", args, { encoding: "utf8" }).trim() || (device ?? "");
    }

    const detach = (device: string) => execFileSync("losetup", ["--detach", device]);

    for (const filebeat of ["no Filebeat", "a Filebeat that waits"] as const) {
        it(`archives each line once when it is A, B and A again, with ${filebeat}`, async () => {
            const root = tree.path("logs");
            mkdirSync(root);
            const [image, other] = [tree.path("image"), tree.path("other-image")];
            for (const file of [image, other]) {
                writeFileSync(file, "");
                truncateSync(file, 16 * 1024 * 1024);
            }
            execFileSync("mkfs.ext4", ["-q", image]);
            const environment = {
                LOG_ROOT: root,
                ARCHIVE_DIR: tree.path("archive"),
                ...(filebeat === "no Filebeat" ? {} : { FILEBEAT_REGISTRY: tree.path("no-registry") }),
            };
            const numbers: number[] = [];
            /** Mounts the device, lets the application write and rotation run, and unmounts it. */
            const use = async (device: string, first: number, count: number): Promise<void> => {
                execFileSync("mount", [device, root]);
                try {
                    makeLogTree(root);
                    numbers.push(statSync(root).dev);
                    tree.append(`logs/${name}`, lines(count, first));
                    tree.append("logs/chat/chat.log", lines(count, first));
                    tree.output.length = 0;
                    const summary = await tree.rotate(environment);
                    assert.equal(summary.errors, 0, tree.output.join("\n"));
                    assert.equal(summary.lines, 2 * count);
                    assert.equal((await tree.rotate(environment)).files, 0);
                    assert.deepEqual(
                        readdirSync(tree.path("logs/.rotation")).filter((file) => file.endsWith(".json")).length,
                        2,
                        "an entry of another number stays",
                    );
                    assert.ok(
                        readFileSync(tree.path(`logs/${name}`))
                            .subarray(-1)
                            .equals(Buffer.from("\n")),
                    );
                } finally {
                    execFileSync("umount", [root]);
                }
            };
            const a = attach(image);
            undo.push(() => detach(a));
            await use(a, 0, 2_000);
            detach(a);
            undo.pop();
            // Keeps the number while the image has another one.
            attach(other, a);
            undo.push(() => detach(a));
            const b = attach(image);
            undo.push(() => detach(b));
            await use(b, 2_000, 500);
            detach(b);
            undo.pop();
            detach(a);
            undo.pop();
            attach(image, a);
            undo.push(() => detach(a));
            await use(a, 2_500, 30);
            assert.equal(numbers[0], numbers[2]);
            assert.notEqual(numbers[0], numbers[1]);
            for (const log of [name, "chat/chat.log"]) {
                assert.equal(tree.archived(log).toString(), lines(2_530), log);
            }
        });
    }
});
