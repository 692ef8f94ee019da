// The promised fields, and what users are told of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisedFields, timeKeys } from "../../../workloads/elastic-setup/lines/promised-fields.ts";

const documented = readFileSync(join(import.meta.dirname, "../../../docs/search.md"), "utf8");

describe("the promised fields", () => {
    it("are told to users, each with its type and all the names under which applications write it", () => {
        for (const { name, type, writtenAs } of promisedFields) {
            const [row] =
                documented.match(new RegExp(`^\\| \`${name.replaceAll(".", "\\.")}\` \\| ${type} \\| .*$`, "m")) ?? [];
            assert.ok(row, `docs/search.md has no row for ${name}, ${type}`);
            const contexts = [
                "context",
                "ctx",
                "mdc",
                "contextMap",
                "extra",
                "fields",
                "data",
                "labels",
                "meta",
                "attributes",
                "Properties",
                "State",
                "record",
            ];
            const names = writtenAs.filter((each) => !contexts.includes(each.split(".")[0] ?? ""));
            assert.deepEqual(
                names.filter((each) => !row.includes(`\`${each}\``)),
                [],
                `docs/search.md, ${name}`,
            );
        }
        assert.deepEqual(
            timeKeys.filter((key) => !documented.includes(`\`${key}\``)),
            [],
        );
    });

    it("take each name for one field alone", () => {
        const names = promisedFields.flatMap(({ writtenAs }) => writtenAs);
        assert.deepEqual(
            names.filter((name, index) => names.indexOf(name) !== index),
            [],
        );
    });
});
