// The ports of the lab's clusters.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import fc from "fast-check";
import { assertPortsAreFree, highestPortOffset, labPorts } from "../../../lab/ports.ts";

describe("ports of the lab", () => {
    it("are the usual ones of Kubernetes for the real node", () => {
        const { apiServer, etcdClient, aws } = labPorts("node", 0);
        assert.deepEqual({ apiServer, etcdClient, aws }, { apiServer: 6443, etcdClient: 2379, aws: 5566 });
    });

    it("never meet each other nor Linux's outgoing ports, whatever the simulated lab's offset is", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: highestPortOffset }), (offset) => {
                const ports = Object.values(labPorts("simulated", offset));
                assert.equal(new Set(ports).size, ports.length);
                assert.ok(ports.every((port) => port < 32768));
            }),
        );
        const both = [...Object.values(labPorts("node", 0)), ...Object.values(labPorts("simulated", 0))];
        assert.equal(new Set(both).size, both.length);
    });

    it("are refused by name when somebody listens on one of them", async () => {
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const address = server.address();
        assert.ok(address !== null && typeof address === "object");
        const ports = { ...labPorts("simulated", 9000), etcdPeer: address.port };
        try {
            await assert.rejects(
                assertPortsAreFree(ports, ["127.0.0.1"]),
                new RegExp(`listens already on 127\\.0\\.0\\.1:${address.port} \\(etcdPeer\\);.*--port-offset`),
            );
        } finally {
            server.close();
        }
    });
});
