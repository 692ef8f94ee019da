import assert from "node:assert/strict";
import { connect } from "node:net";
import { type PageServer, plain, servePages } from "../../workloads/page-server.ts";
import { knownHostileRequests, sendHostile, sendManyHostile } from "./hostile-requests.ts";

describe("The server of metrics and probes", () => {
    let server: PageServer;
    let url: string;

    before(async () => {
        server = await servePages(0, {
            "/metrics": () => plain("a 1"),
            "/broken": () => {
                throw new Error("it is broken");
            },
        });
        url = `http://127.0.0.1:${server.port}`;
    });
    after(() => server.close());

    const statusOf = async (request: string) =>
        Number(/^HTTP\/1\.1 (\d+)/.exec(await sendHostile(server.port, [request]))?.[1]);
    const asked = (target: string, method = "GET") =>
        statusOf(`${method} ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);

    it("answers a page, its head, and a path with a query", async () => {
        const response = await fetch(`${url}/metrics?x=1`);
        assert.deepEqual([response.status, await response.text()], [200, "a 1\n"]);
        const head = await fetch(`${url}/metrics`, { method: "HEAD" });
        assert.deepEqual([head.status, head.headers.get("content-length")], [200, "4"]);
    });

    it("answers a request with an absolute URI, as a proxy sends it", async () => {
        assert.equal(await asked("http://elsewhere:9102/metrics"), 200);
    });

    it("answers 400 to what is no path, 404 to an unknown one, 405 to another method", async () => {
        assert.equal(await asked("//"), 400);
        assert.equal(await asked("//metrics"), 400);
        assert.equal(await asked("http://["), 400);
        assert.equal(await asked("/constructor"), 404);
        assert.equal(await asked("/metrics", "POST"), 405);
    });

    it("answers 500 with the reason when a page fails", async () => {
        const response = await fetch(`${url}/broken`);
        assert.deepEqual([response.status, await response.text()], [500, "it is broken\n"]);
    });

    it("ends a request that comes too slowly, and serves others meanwhile", async function () {
        this.timeout(30_000);
        const socket = connect(server.port, "127.0.0.1");
        const closed = new Promise((resolve) => socket.once("close", resolve));
        socket.on("error", () => undefined).resume();
        const drip = setInterval(() => socket.write("a"), 500);
        socket.write("GET /metrics HTTP/1.1\r\nx: ");
        assert.equal((await fetch(`${url}/metrics`)).status, 200);
        await closed;
        clearInterval(drip);
    });

    for (const [what, request] of Object.entries(knownHostileRequests)) {
        it(`survives ${what}`, async () => {
            await sendHostile(server.port, request);
            assert.equal((await fetch(`${url}/metrics`)).status, 200);
        });
    }

    it("survives arbitrary requests", async function () {
        this.timeout(60_000);
        await sendManyHostile(server.port, 500);
        assert.equal((await fetch(`${url}/metrics`)).status, 200);
    });
});
