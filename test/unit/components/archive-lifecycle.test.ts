// How long the archive keeps what, and where.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type ArchiveLifecycle, lifecycleRules } from "../../../components/archive-lifecycle.ts";

interface Rule {
    readonly id: string;
    readonly status: string;
    readonly filter: { readonly prefix?: string; readonly objectSizeGreaterThan?: number };
    readonly expiration?: { readonly days?: number; readonly expiredObjectDeleteMarker?: boolean };
    readonly transitions?: readonly { readonly days: number; readonly storageClass: string }[];
    readonly noncurrentVersionExpiration?: { readonly noncurrentDays: number };
    readonly abortIncompleteMultipartUpload?: { readonly daysAfterInitiation: number };
}

const rulesOf = (lifecycle: ArchiveLifecycle) => lifecycleRules(lifecycle) as unknown as readonly Rule[];

const transition = fc.option(
    fc.record({
        storageClass: fc.constantFrom("GLACIER" as const, "DEEP_ARCHIVE" as const, "GLACIER_IR" as const),
        afterDays: fc.integer({ min: 0, max: 1000 }),
    }),
    { nil: undefined },
);
const lifecycle = fc.record({ retentionDays: fc.integer({ min: 1, max: 10_000 }), transition });

describe("lifecycle rules", () => {
    it("move no object in a stack without a colder class", () => {
        assert.deepEqual(
            rulesOf({ retentionDays: 30 }).map(({ id }) => id),
            ["abort-abandoned-uploads", "expire-after-retention", "remove-markers-of-expired-objects"],
        );
    });

    it("move what is worth it to the colder class on its day", () => {
        const rules = rulesOf({ retentionDays: 365, transition: { storageClass: "GLACIER", afterDays: 90 } });
        assert.deepEqual(rules.find(({ id }) => id === "move-to-colder-storage")?.transitions, [
            { days: 90, storageClass: "GLACIER" },
        ]);
    });

    it("leave manifests where they are: what is smaller than 128 KiB does not move", () => {
        const rules = rulesOf({ retentionDays: 365, transition: { storageClass: "GLACIER", afterDays: 90 } });
        const [moving] = rules.filter(({ transitions }) => transitions);
        const bound = moving?.filter.objectSizeGreaterThan ?? 0;
        assert.equal(128 * 1024 - 1 > bound, false);
        assert.equal(128 * 1024 > bound, true);
    });

    it("expire every object exactly at the end of its retention, whatever the other settings", () => {
        fc.assert(
            fc.property(lifecycle, (settings) => {
                const expiring = rulesOf(settings).filter(({ expiration }) => expiration?.days !== undefined);
                assert.deepEqual(
                    expiring.map(({ expiration, filter }) => [expiration?.days, filter]),
                    [[settings.retentionDays, { prefix: "" }]],
                );
            }),
        );
    });

    it("leave nothing behind for ever: old versions, markers and abandoned uploads go", () => {
        fc.assert(
            fc.property(lifecycle, (settings) => {
                const everywhere = rulesOf(settings).filter(({ filter }) => filter.prefix === "");
                assert.ok(everywhere.some((rule) => (rule.noncurrentVersionExpiration?.noncurrentDays ?? 0) === 30));
                assert.ok(everywhere.some((rule) => rule.expiration?.expiredObjectDeleteMarker === true));
                assert.ok(everywhere.some((rule) => rule.abortIncompleteMultipartUpload?.daysAfterInitiation === 7));
            }),
        );
    });

    it("are rules that S3 takes: enabled, each under a name of its own, days and markers apart", () => {
        fc.assert(
            fc.property(lifecycle, (settings) => {
                const rules = rulesOf(settings);
                assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
                for (const { status, expiration } of rules) {
                    assert.equal(status, "Enabled");
                    assert.ok(!(expiration?.days !== undefined && expiration.expiredObjectDeleteMarker !== undefined));
                }
            }),
        );
    });
});
