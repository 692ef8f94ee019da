// The nodes and the volumes that lie ready in the lab's clusters.

import assert from "node:assert/strict";
import fc from "fast-check";
import { mostNodes, oddNodeObjects, simulatedNodes } from "../../../lab/simulated-nodes/node-objects.ts";
import { localStorage, localVolumeFolders, simulatedStorage } from "../../../lab/storage.ts";

interface Volume {
    readonly spec: {
        readonly storageClassName: string;
        readonly accessModes: readonly string[];
        readonly local?: { readonly path: string };
        readonly nodeAffinity?: {
            readonly required: {
                readonly nodeSelectorTerms: readonly { readonly matchExpressions: readonly { values: string[] }[] }[];
            };
        };
    };
}

interface SimulatedNode {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly status: { readonly addresses: readonly { readonly address: string }[] };
}

const zoneOf = ({ metadata }: SimulatedNode) => metadata.labels["topology.kubernetes.io/zone"];

const volumesOf = (objects: readonly { readonly kind: string }[]) =>
    objects.filter(({ kind }) => kind === "PersistentVolume") as unknown as readonly Volume[];

describe("simulated nodes", () => {
    it("are spread evenly over three zones, with addresses of their own", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: mostNodes }), (count) => {
                const nodes = simulatedNodes(count) as unknown as readonly SimulatedNode[];
                const all = [...nodes, ...(oddNodeObjects(count) as unknown as readonly SimulatedNode[])];
                assert.equal(new Set(all.map((node) => node.status.addresses[0]?.address)).size, all.length);
                const zones = nodes.map(zoneOf);
                assert.deepEqual(new Set(all.map(zoneOf)), new Set(zones));
                const sizes = [...new Set(zones)].map((zone) => zones.filter((other) => other === zone).length);
                assert.equal(sizes.length, Math.min(count, 3));
                assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
            }),
        );
    });
});

describe("volumes of the lab", () => {
    it("have one default class in each kind of cluster", () => {
        for (const objects of [localStorage("/volumes", "some-node"), simulatedStorage()]) {
            const defaults = objects.filter(
                ({ kind, metadata }) =>
                    kind === "StorageClass" &&
                    (metadata.annotations as Record<string, string>)["storageclass.kubernetes.io/is-default-class"] ===
                        "true",
            );
            assert.deepEqual(
                defaults.map(({ metadata }) => metadata.name),
                ["standard"],
            );
        }
    });

    it("of the real node are folders on it, and on no other node", () => {
        const volumes = volumesOf(localStorage("/volumes", "some-node"));
        assert.deepEqual(
            volumes.map((volume) => volume.spec.local?.path),
            localVolumeFolders("/volumes"),
        );
        for (const volume of volumes) {
            assert.deepEqual(volume.spec.nodeAffinity?.required.nodeSelectorTerms[0]?.matchExpressions[0]?.values, [
                "some-node",
            ]);
        }
    });

    it("of class efs can be mounted by every node, those of gp3 lie in one zone each and in all three", () => {
        const volumes = volumesOf(simulatedStorage());
        const efs = volumes.filter(({ spec }) => spec.storageClassName === "efs");
        assert.ok(efs.length > 0);
        assert.ok(efs.every(({ spec }) => spec.nodeAffinity === undefined && spec.accessModes[0] === "ReadWriteMany"));
        const gp3 = volumes.filter(({ spec }) => spec.storageClassName === "gp3");
        const zones = gp3.map(({ spec }) =>
            spec.nodeAffinity?.required.nodeSelectorTerms[0]?.matchExpressions[0]?.values.join(),
        );
        assert.deepEqual([...new Set(zones)].toSorted(), ["us-east-1a", "us-east-1b", "us-east-1c"]);
    });
});
