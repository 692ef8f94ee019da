// Renovate proposes new versions of Elastic's images and of its client together: Kibana waits for an Elasticsearch of its
// own version, and Filebeat sends nothing to an older one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Renovate {
    readonly customManagers: readonly { readonly matchStrings: readonly string[] }[];
    readonly packageRules: readonly { readonly matchPackageNames?: readonly string[]; readonly groupName?: string }[];
}

const read = (name: string) => readFileSync(join(import.meta.dirname, "../../..", name), "utf8");

describe("the versions of Elastic", () => {
    const renovate = JSON.parse(read("renovate.json")) as Renovate;
    const images = renovate.customManagers.flatMap(({ matchStrings }) =>
        matchStrings.flatMap((pattern) => [...read("Pulumi.yaml").matchAll(new RegExp(pattern, "g"))]),
    );
    const elastic = images.filter(({ groups }) => groups?.depName?.startsWith("docker.elastic.co/"));

    it("are found by Renovate, with their digests", () => {
        assert.deepEqual(elastic.map(({ groups }) => groups?.depName?.split("/").at(-1)).toSorted(), [
            "elasticsearch",
            "filebeat",
            "kibana",
        ]);
        assert.ok(elastic.every(({ groups }) => groups?.currentDigest?.startsWith("sha256:")));
        assert.equal(new Set(elastic.map(({ groups }) => groups?.currentValue)).size, 1, "one version of all");
    });

    it("are proposed in one group, the client among them", () => {
        const client = Object.keys((JSON.parse(read("package.json")) as { dependencies: object }).dependencies).filter(
            (name) => name.startsWith("@elastic/"),
        );
        const names = [...elastic.map(({ groups }) => groups?.depName ?? ""), ...client];
        assert.ok(client.length > 0);
        const groupOf = (name: string) =>
            renovate.packageRules.find(({ matchPackageNames = [] }) =>
                matchPackageNames.some((pattern) => name.startsWith(pattern.replace(/\*\*$/, ""))),
            )?.groupName;
        assert.deepEqual([...new Set(names.map(groupOf))], ["Elastic"]);
    });
});
