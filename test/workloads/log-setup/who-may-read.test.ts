// Who can read what applications wrote, and what rotation made of it: other users of the node try on real files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canaryGroupId, logGroupId } from "../../../components/log-tree.ts";
import { rotateTree } from "../../../workloads/log-rotation/rotate-tree.ts";
import { readSettings } from "../../../workloads/log-rotation/settings.ts";
import { setUpTree } from "../../../workloads/log-setup/set-up-tree.ts";

/** Users of the node; none of them owns anything in the tree. */
const users = {
    application: ["--reuid=20000", "--regid=20000", `--groups=${logGroupId}`],
    uploader: [`--reuid=${logGroupId}`, `--regid=${logGroupId}`, "--clear-groups"],
    stranger: ["--reuid=20001", "--regid=20001", "--clear-groups"],
} as const;

describe("the log tree", () => {
    let folder: string;
    let root: string;
    let archive: string;
    let entries: readonly string[];

    const as = (user: keyof typeof users, script: string, args: readonly string[] = []) =>
        spawnSync("setpriv", [...users[user], "sh", "-c", script, "sh", ...args], { encoding: "utf8" });
    /** Those of the paths for which the command ends well. */
    const possible = (user: keyof typeof users, command: string, paths: readonly string[]) =>
        as(user, `for path; do ${command} > /dev/null 2>&1 && echo "$path"; done; true`, paths)
            .stdout.split("\n")
            .filter(Boolean);

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "who-may-read-"));
        // Everybody may come as far as the tree itself.
        chmodSync(folder, 0o755);
        root = join(folder, "chattingo");
        const made = setUpTree({ logRoot: root, groupId: logGroupId, canaryGroupId, applicationDirectories: [] });
        assert.ok(made.every(({ outcome }) => outcome === "made"));
        // An application that would let everybody read its files.
        const wrote = as(
            "application",
            'umask 0; for log in app/application.log chat/chat.log app/second.log; do echo "a line" >> "$1/$log"; done',
            [root],
        );
        assert.equal(wrote.status, 0, wrote.stderr);
        const { settings } = readSettings({ LOG_ROOT: root, MAX_SIZE_MB: "0" });
        assert.ok(settings);
        const { files } = await rotateTree({ settings, say: () => undefined });
        assert.equal(files, 3);
        entries = readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name));
        archive = entries.find((path) => /archive\/app_application_.*\.log\.gz$/.test(path)) ?? assert.fail();
    });

    after(() => rmSync(folder, { recursive: true }));

    it("is closed to another user, whatever mode an application gave its files", () => {
        assert.equal(statSync(join(root, "app/second.log")).mode & 0o777, 0o666);
        assert.ok(entries.length > 20, String(entries.length));
        assert.deepEqual(possible("stranger", 'cat "$path"', entries), []);
        assert.deepEqual(possible("stranger", 'ls "$path"/', [root, ...entries]), []);
        assert.deepEqual(possible("stranger", 'echo x >> "$path"', entries), []);
        assert.deepEqual(possible("stranger", 'touch "$path"/new', [root, ...entries]), []);
        assert.match(as("stranger", 'cat "$1"', [join(root, "app/second.log")]).stderr, /Permission denied/);
    });

    it("is open to the application's group, but for rotation's journal", () => {
        const files = entries.filter((path) => statSync(path).isFile());
        const journal = files.filter((path) => path.includes("/.rotation/"));
        assert.ok(journal.length > 0);
        assert.deepEqual(
            possible("application", 'cat "$path"', files),
            files.filter((path) => !journal.includes(path)),
        );
        assert.deepEqual(possible("application", 'ls "$path"/', [join(root, ".rotation")]), []);
    });

    it("lets the uploader read an archive and take it away", () => {
        assert.equal(as("uploader", 'gzip -dc "$1"', [archive]).stdout, "a line\n");
        assert.deepEqual(possible("uploader", 'rm "$path"', [archive]), [archive]);
    });
});
