// When a program of the lab counts as healthy.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import { isHealthy } from "../../../lab/processes/health-check.ts";

describe("the health of a container runtime", () => {
    let folder: string;
    let socket: string;
    let server: grpc.Server;
    /** What it answers when it is asked for its version; undefined: nothing at all. */
    let answer: "version" | "not initialised" | undefined;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "health-"));
        socket = join(folder, "runtime.sock");
        server = new grpc.Server();
        const asItIs = (bytes: Buffer) => bytes;
        server.addService(
            {
                version: {
                    path: "/runtime.v1.RuntimeService/Version",
                    requestStream: false,
                    responseStream: false,
                    requestSerialize: asItIs,
                    requestDeserialize: asItIs,
                    responseSerialize: asItIs,
                    responseDeserialize: asItIs,
                },
            },
            {
                version: (_: unknown, reply: grpc.sendUnaryData<Buffer>) => {
                    if (answer === "version") {
                        reply(null, Buffer.alloc(0));
                    } else if (answer === "not initialised") {
                        // In the words of containerd while it still loads its plugins.
                        reply({ code: grpc.status.UNKNOWN, details: "server is not initialized yet" });
                    }
                },
            },
        );
        await new Promise<void>((resolve, reject) => {
            server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) =>
                error ? reject(error) : resolve(),
            );
        });
    });

    after(async () => {
        server.forceShutdown();
        await rm(folder, { recursive: true });
    });

    it("is good when it tells its version", async () => {
        answer = "version";
        assert.equal(await isHealthy({ containerRuntime: socket }), true);
    });

    it("is not yet good when it takes connections and is not initialised", async () => {
        answer = "not initialised";
        assert.equal(await isHealthy({ containerRuntime: socket }), false);
    });

    it("is not good when it never answers", async () => {
        answer = undefined;
        assert.equal(await isHealthy({ containerRuntime: socket }), false);
    });

    it("is not good when nobody listens", async () => {
        assert.equal(await isHealthy({ containerRuntime: join(folder, "nobody.sock") }), false);
    });
});
