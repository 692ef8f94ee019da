import assert from "node:assert/strict";
import fc from "fast-check";
import { type ArchiveName, archiveName, parseArchiveName } from "../../../formats/archive-name.ts";
import { categories, categoryOf } from "../../../formats/log-categories.ts";
import { applicationLabel, categoryLogs } from "../../../formats/log-tree.ts";
import { manifestKey, objectKey } from "../../../formats/object-key.ts";
import { namePattern } from "../../../workloads/s3-uploader/find-archives.ts";

function parsed(name: string): ArchiveName {
    const result = parseArchiveName(name);
    assert.ok(!("wrong" in result), JSON.stringify(result));
    return result;
}

const moments = fc.date({
    min: new Date("1970-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
});
const logFiles = fc.stringMatching(/^[A-Za-z0-9_. +-]{1,80}$/);
const directories = fc.oneof(fc.constantFrom(...categories.keys()), fc.stringMatching(applicationLabel));

function stamp(moment: Date): string {
    return moment.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
}

describe("The name of an archive", () => {
    it("tells category, log file, time and compression", () => {
        assert.deepEqual(parsed("auth_auth_20250910_120000.log.gz"), {
            directory: "auth",
            logFile: "auth",
            rotatedAt: new Date("2025-09-10T12:00:00Z"),
            compressed: true,
        });
        assert.equal(parsed("app_my_pod_1_20250910_120000_20250911_000000.log").logFile, "my_pod_1_20250910_120000");
    });

    it("stands for the category of its directory, and for one that says so where nobody named any", () => {
        const applications = new Map([["billing", "payments"]]);
        assert.deepEqual(
            ["auth", "billing", "gone"].map((directory) => categoryOf(directory, applications)),
            ["authentication", "payments", "unknown"],
        );
        assert.equal(categoryOf("billing"), "unknown");
    });

    it("is read back as it was made, whatever the log file is called", () => {
        fc.assert(
            fc.property(directories, logFiles, moments, fc.boolean(), (directory, logFile, moment, compressed) => {
                const name = `${directory}_${logFile}_${stamp(moment)}.log${compressed ? ".gz" : ""}`;
                const result = parsed(name);
                assert.equal(result.logFile, logFile);
                assert.equal(result.directory, directory);
                assert.equal(result.compressed, compressed);
                assert.equal(result.rotatedAt.getTime(), Math.floor(moment.getTime() / 1000) * 1000);
            }),
        );
    });

    it("is what rotation calls the archives of each directory of the log tree", () => {
        assert.deepEqual([...categories.keys()].sort(), Object.keys(categoryLogs).sort());
        fc.assert(
            fc.property(directories, logFiles, moments, fc.boolean(), (directory, logFile, moment, compressed) => {
                const result = parsed(archiveName(`${directory}/${logFile}.log`, moment.getTime(), compressed));
                assert.deepEqual([result.logFile, result.compressed], [logFile, compressed]);
                assert.equal(result.rotatedAt.getTime(), Math.floor(moment.getTime() / 1000) * 1000);
            }),
        );
    });

    it("never makes two archives share a key, and keeps the date of the name in it", () => {
        const archives = fc.record({
            name: fc
                .tuple(directories, logFiles, moments)
                .map(([directory, logFile, moment]) => `${directory}_${logFile}_${stamp(moment)}.log.gz`),
            node: fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/), { nil: undefined }),
        });
        const keyOf = ({ name, node }: { name: string; node: string | undefined }) => {
            const key = objectKey(parsed(name).rotatedAt, node, name);
            assert.ok("key" in key);
            return key.key;
        };
        fc.assert(
            fc.property(archives, archives, (one, other) => {
                const same = one.name === other.name && one.node === other.node;
                assert.equal(keyOf(one) === keyOf(other), same);
                const { rotatedAt } = parsed(one.name);
                const [year, month, day, folder, ...rest] = keyOf(one).split("/");
                assert.equal(`${year}-${month}-${day}`, rotatedAt.toISOString().slice(0, 10));
                assert.equal(folder, "archive");
                assert.deepEqual(rest, [...(one.node ? [one.node] : []), one.name]);
                assert.equal(manifestKey(rotatedAt), `${year}/${month}/${day}/metadata/upload_manifest.json`);
            }),
        );
    });

    it("is refused with a reason when it is anything else, and never throws", () => {
        for (const [name, reason] of [
            ["backup.tar.gz", /<YYYYMMDD>_<HHMMSS>/],
            ["app_20250910_120000.log.gz", /<YYYYMMDD>_<HHMMSS>/],
            ["app__20250910_120000.log.gz", /<YYYYMMDD>_<HHMMSS>/],
            ["app_application_20250910.log.gz", /<YYYYMMDD>_<HHMMSS>/],
            ["app_application_20250910_120000.log.zst", /<YYYYMMDD>_<HHMMSS>/],
            ["app_application_20250931_120000.log.gz", /"20250931_120000" in its name is no date/],
            ["app_application_20250910_240000.log.gz", /is no date and time/],
            ["app_application_00000000_000000.log.gz", /is no date and time/],
            ["App_application_20250910_120000.log.gz", /"App", which can't be a directory of the log tree/],
            ["app_a\nb_20250910_120000.log.gz", /control characters/],
            ["app_\u{ffff}_20250910_120000.log.gz", /control characters/],
        ] as const) {
            const result = parseArchiveName(name);
            assert.ok("wrong" in result, name);
            assert.match(result.wrong, reason);
        }
        const anything = fc.string({ unit: fc.constantFrom(..."app_0129.logz\n\u{fffd}é "), maxLength: 60 });
        fc.assert(fc.property(anything, (name) => typeof parseArchiveName(name) === "object"));
    });

    it("is refused when its key would be longer than S3 takes", () => {
        const moment = new Date("2025-09-10T12:00:00Z");
        assert.deepEqual(objectKey(moment, "n".repeat(1000), "app_application_20250910_120000.log.gz"), {
            wrong: "its key would have 1058 bytes, and S3 takes 1024",
        });
    });
});

describe("A pattern of file names", () => {
    it("takes * for any characters and ? for one, and everything else as it is", () => {
        const matches = (pattern: string, name: string) => namePattern(pattern).test(name);
        assert.ok(matches("*.gz", "app_application_20250910_120000.log.gz"));
        assert.ok(!matches("*.gz", "app.gz.tmp"));
        assert.ok(!matches("*.gz", "appxgz"));
        assert.ok(matches("app_?_*.log", "app_1_x.log"));
        assert.ok(!matches("app_?_*.log", "app_12_x.log"));
        assert.ok(matches("a+(b)$.log", "a+(b)$.log"));
    });
});
