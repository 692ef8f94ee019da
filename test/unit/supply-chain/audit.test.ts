import assert from "node:assert/strict";
import { type AuditException, auditExceptions, auditProblems } from "../../../supply-chain/audit.ts";

describe("the audit of npm packages", () => {
    const today = new Date("2026-12-01T12:00:00Z");
    const url = "https://github.com/advisories/GHSA-aaaa-bbbb-cccc";
    const report = {
        vulnerabilities: {
            tar: { name: "tar", via: [{ title: "Writes outside of its folder", url, severity: "high" }] },
            cacache: { name: "cacache", via: ["tar"] },
        },
    };
    const nothing = { vulnerabilities: {} };
    const exception: AuditException = {
        advisory: "GHSA-aaaa-bbbb-cccc",
        package: "tar",
        reason: "no archive of somebody else is unpacked",
        owner: "@chattingo/logging",
        until: "2026-12-31",
    };
    const problems = (changes: Partial<AuditException>) =>
        auditProblems(report, [{ ...exception, ...changes }], today).join("\n");

    it("names each advisory once, with the package, how bad it is and what to do", () => {
        const found = auditProblems(report, [], today);
        assert.equal(found.length, 1);
        assert.match(found[0] ?? "", /^tar has GHSA-aaaa-bbbb-cccc \(high\): Writes .*audit-exceptions\.json/);
        assert.deepEqual(auditProblems(nothing, [], today), []);
    });

    it("leaves out what is excepted until a day to come", () => {
        assert.equal(problems({}), "");
        assert.equal(problems({ until: "2026-12-02" }), "");
    });

    it("does not leave it out for another package or another advisory", () => {
        assert.match(problems({ package: "minimatch" }), /tar has GHSA-aaaa-bbbb-cccc/);
        assert.match(problems({ advisory: "GHSA-xxxx-bbbb-cccc" }), /tar has GHSA-aaaa-bbbb-cccc/);
    });

    it("wants a new look when an exception has ended, and none that holds for longer than 90 days", () => {
        assert.match(problems({ until: "2026-12-01" }), /ended on 2026-12-01: @chattingo\/logging has to look again/);
        assert.match(problems({ until: "2027-03-03" }), /90 days at most/);
        assert.match(problems({ until: "soon" }), /"soon"; expected a day/);
    });

    it("wants a reason and an owner", () => {
        assert.match(problems({ reason: "" }), /lacks a reason or an owner/);
        assert.match(problems({ owner: "" }), /lacks a reason or an owner/);
    });

    it("wants an exception gone that nothing needs any more", () => {
        assert.match(auditProblems(nothing, [exception], today).join(), /not found any more: take its exception away/);
    });

    it("reads this repository's exceptions, each of which names all that it has to", () => {
        for (const each of auditExceptions()) {
            assert.deepEqual(Object.keys(each).toSorted(), ["advisory", "owner", "package", "reason", "until"]);
        }
    });
});
