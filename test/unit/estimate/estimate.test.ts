// What a load needs and costs: known figures, and what has to hold at any load.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { type PriceTable, prices, stalePrices } from "../../../estimate/prices.ts";
import { estimateReport } from "../../../estimate/report.ts";
import { capacityWarnings, gibibyte, searchCapacity, wholeGibibytes } from "../../../estimate/search-capacity.ts";
import { daysInClass, storedParts } from "../../../estimate/storage-cost.ts";
import { parseSettings, readStackConfig, type Settings } from "../../../settings/index.ts";
import { archiveStorageClasses } from "../../../settings/storage-classes.ts";

function settingsOf(stack: string): Settings {
    const { values, origins } = readStackConfig(stack);
    return parseSettings(stack, values, origins);
}

const dev = settingsOf("dev");
const prod = settingsOf("prod");
const today = new Date("2026-06-01");

const load = fc.double({ min: 0.01, max: 10_000, noNaN: true });

/** Settings of any size that are otherwise like those of a stack. */
const anySettings = fc
    .record({
        base: fc.constantFrom(dev, prod, settingsOf("compliance")),
        retentionDays: fc.integer({ min: 1, max: 120 }),
        storage: fc.integer({ min: 1, max: 5000 }),
        nodes: fc.integer({ min: 3, max: 20 }),
        deleteAfterUpload: fc.boolean(),
        compress: fc.boolean(),
    })
    .map(
        ({ base, retentionDays, storage, nodes, deleteAfterUpload, compress }): Settings => ({
            ...base,
            rotation: { ...base.rotation, compress },
            search: {
                ...base.search,
                retentionDays,
                storage: `${storage}Gi`,
                replicas: base.search.mode === "cluster" ? nodes : 1,
            },
            archive: { ...base.archive, deleteAfterUpload },
        }),
    );

describe("the capacity that a load needs", () => {
    it("is, for 20 GB a day in prod, what pencil and paper say", () => {
        // 20 GB * 0.85 * 31 days * 2 copies * 1.25 headroom / 3 nodes
        const capacity = searchCapacity(prod, 20);
        assert.ok(Math.abs(capacity.volumeNeeded - 439.1667e9) < 1e6, String(capacity.volumeNeeded));
        // 7 data streams with an index for each of 31 days and one that is written, and 19 that filled a shard.
        assert.equal(capacity.shards, (7 * 32 + 19) * 2);
        assert.equal(capacity.memory, 24 * gibibyte);
    });

    it("counts the indices of applications for as long as each is kept", () => {
        const own = { format: "json" } as const;
        const applications = [
            { ...own, name: "billing", directory: "billing" },
            { ...own, name: "audit", directory: "audit", retentionDays: 90 },
        ];
        // 7 of the 30 days of prod, 2 of 90 days: of audit, and of refused lines, which stay as long as the longest. Those
        // begin an index each three days.
        assert.equal(searchCapacity({ ...prod, applications }, 20).shards, (7 * 32 + 2 * 32 + 19) * 2);
    });

    it("counts one copy in a single node", () => {
        const { copies, indexBytes } = searchCapacity(dev, 1);
        assert.equal(copies, 1);
        assert.ok(Math.abs(indexBytes - 3.4e9) < 1);
    });

    it("is in proportion to the load", () => {
        fc.assert(
            fc.property(anySettings, load, (settings, gbPerDay) => {
                const once = searchCapacity(settings, gbPerDay);
                const twice = searchCapacity(settings, gbPerDay * 2);
                assert.ok(Math.abs(twice.volumeNeeded / once.volumeNeeded - 2) < 1e-9);
                assert.ok(Math.abs(twice.archiveVolumeNeeded / once.archiveVolumeNeeded - 2) < 1e-9);
                assert.ok(twice.shards >= once.shards);
            }),
        );
    });
});

describe("capacity warnings", () => {
    it("say nothing of a load that the stack holds", () => {
        assert.deepEqual(capacityWarnings(prod, 3), []);
        assert.deepEqual(capacityWarnings(dev, 1), []);
    });

    it("name setting, value and need", () => {
        const [storage, memory] = capacityWarnings(prod, 30);
        assert.match(storage ?? "", /^search\.storage is 100Gi, and 30 GB a day for 30 days need 614Gi on each of 3/);
        assert.match(memory ?? "", /^search\.memory is 8Gi, .* needs 10Gi on each node/);
    });

    it("warn of archives that nobody deletes after upload", () => {
        const kept = { ...prod, archive: { ...prod.archive, deleteAfterUpload: false } };
        assert.match(capacityWarnings(kept, 5).join("\n"), /archive\.volumeSize is 20Gi/);
        assert.doesNotMatch(capacityWarnings(prod, 5).join("\n"), /archive\.volumeSize/);
    });

    it("warn of more shards than a node takes", () => {
        const long = { ...dev, search: { ...dev.search, retentionDays: 200 } };
        assert.deepEqual(capacityWarnings(long, 0.01), []);
        const applications = Array.from({ length: 40 }, (_, index) => {
            const name = `app-${index}`;
            return { name, directory: name, format: "json" } as const;
        });
        // 47 streams of 29 indices by age, one that is written and one that is being deleted.
        assert.match(
            capacityWarnings({ ...long, applications }, 0.01).join("\n"),
            /make 1457 shards a node, and Elasticsearch takes 1000: .* of applications$/,
        );
    });

    it("are gone once volumes are as large as they say", () => {
        fc.assert(
            fc.property(anySettings, load, (settings, gbPerDay) => {
                const { volumeNeeded, archiveVolumeNeeded } = searchCapacity(settings, gbPerDay);
                const fixed = {
                    ...settings,
                    search: { ...settings.search, storage: wholeGibibytes(volumeNeeded) },
                    archive: { ...settings.archive, volumeSize: wholeGibibytes(archiveVolumeNeeded) },
                };
                assert.doesNotMatch(capacityWarnings(fixed, gbPerDay).join("\n"), /search\.storage is|volumeSize is/);
            }),
        );
    });

    it("never leave with a larger load", () => {
        const subjects = (settings: Settings, gbPerDay: number) =>
            capacityWarnings(settings, gbPerDay).map((warning) => warning.split(" ")[0] ?? "");
        fc.assert(
            fc.property(
                anySettings,
                load,
                fc.double({ min: 1, max: 50, noNaN: true }),
                (settings, gbPerDay, factor) => {
                    const more = subjects(settings, gbPerDay * factor);
                    assert.ok(subjects(settings, gbPerDay).every((subject) => more.includes(subject)));
                },
            ),
        );
    });
});

describe("the cost of storage", () => {
    const partOf = (settings: Settings, gbPerDay: number, storageClass: string, table: PriceTable = prices) =>
        storedParts(settings, gbPerDay, table).find((part) => part.storageClass === storageClass);

    it("is, for 20 GB a day in prod, what pencil and paper say", () => {
        // 20 GB * 0.155 are 2.887 GiB a day: 90 days at $0.0125, then 305 at $0.0036 (30 of them recoverable).
        assert.equal(partOf(prod, 20, "STANDARD_IA")?.cost?.toFixed(2), "3.25");
        assert.equal(partOf(prod, 20, "GLACIER")?.cost?.toFixed(2), "3.17");
        assert.equal(partOf(prod, 20, "gp3")?.cost, 300 * 0.08);
    });

    it("follows INTELLIGENT_TIERING through its tiers", () => {
        const archive = { ...dev.archive, storageClass: "INTELLIGENT_TIERING", retentionDays: 170 } as const;
        const cost = partOf({ ...dev, archive }, 1, "INTELLIGENT_TIERING")?.cost ?? 0;
        const perDay = (0.155 * 1e9) / gibibyte;
        assert.ok(Math.abs(cost - perDay * (30 * 0.023 + 60 * 0.0125 + 110 * 0.004)) < 1e-9);
    });

    it("is left open where the table has no price", () => {
        const part = partOf(dev, 1, "default of the cluster");
        assert.ok(part && part.cost === undefined);
        assert.match(estimateReport(dev, 1, prices, today), /default of the cluster +10\.0 +no price/);
    });

    it("covers every day from upload to the end of the last version", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 3000 }),
                fc.constantFrom(...archiveStorageClasses),
                fc.nat(3000),
                (retentionDays, storageClass, after) => {
                    const afterDays = Math.min(after, retentionDays);
                    const archive = { ...prod.archive, retentionDays, transition: { storageClass, afterDays } };
                    const days = daysInClass(archive).map((stay) => stay.days);
                    assert.equal(days[0], afterDays);
                    assert.equal((days[0] ?? 0) + (days[1] ?? 0), retentionDays + 30);
                },
            ),
        );
    });

    it("has a price for every storage class of S3, colder never dearer once tiering has settled", () => {
        const settled = archiveStorageClasses.map((storageClass) => prices.archive[storageClass].at(-1)?.price ?? 0);
        assert.ok(settled.every((price) => price > 0));
        for (const storageClass of ["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"] as const) {
            const index = archiveStorageClasses.indexOf(storageClass);
            assert.ok((settled[index] ?? 0) <= (settled[index - 1] ?? 0), storageClass);
        }
    });
});

describe("a price table that is out of date", () => {
    it("is told from the first day after a year", () => {
        const table = { ...prices, asOf: "2025-01-01" };
        assert.equal(stalePrices(table, new Date("2026-01-01")), undefined);
        assert.match(stalePrices(table, new Date("2026-01-02")) ?? "", /of 2025-01-01, 366 days old: compare/);
        assert.match(estimateReport(dev, 1, table, today), /^WARNING: the prices are of 2025-01-01/m);
        assert.doesNotMatch(estimateReport(dev, 1, prices, today), /WARNING/);
    });
});

describe("scripts/estimate.ts", () => {
    const run = (...args: readonly string[]) =>
        spawnSync(process.execPath, [join(import.meta.dirname, "../../../scripts/estimate.ts"), ...args], {
            encoding: "utf8",
        });

    it("prints size, cost, assumptions and warnings", () => {
        const { status, stdout, stderr } = run("--stack", "prod", "--gb-per-day", "20");
        assert.equal(status, 0, stderr);
        assert.match(stdout, /search volume of each node +409\.0 GiB +100\.0 GiB/);
        assert.match(stdout, /^Assumed$/m);
        assert.match(stdout, /^WARNING: search\.storage/m);
    });

    it("wants a load", () => {
        const { status, stderr } = run("--stack", "prod");
        assert.equal(status, 2);
        assert.match(stderr, /GB_PER_DAY=20/);
    });

    for (const wrong of ["0", "many", ""]) {
        it(`refuses "${wrong}" GB a day`, () => {
            const { status, stderr } = run("--stack", "prod", `--gb-per-day=${wrong}`);
            assert.equal(status, 2);
            assert.match(stderr, /has to be a number of GB above 0/);
        });
    }

    it("names a stack that does not exist", () => {
        const { status, stderr } = run("--stack", "staging", "--gb-per-day", "1");
        assert.equal(status, 1);
        assert.match(stderr, /stack staging: there is no Pulumi\.staging\.yaml/);
    });
});
