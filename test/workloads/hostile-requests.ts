// Requests that no client of metrics sends, each over a connection of its own: what a scanner of ports, a broken proxy or an
// attacker may send. Bounded in number, size and time.

import { connect } from "node:net";
import fc from "fast-check";

/** What is sent, in pieces with a moment between them. */
export type HostileRequest = readonly (string | Buffer)[];

const crlf = "\r\n";
const end = `${crlf}host: x${crlf}connection: close${crlf}${crlf}`;

/** Requests that are known to have ended servers, or that are odd in a way of their own. */
export const knownHostileRequests: Readonly<Record<string, HostileRequest>> = {
    "two slashes": [`GET // HTTP/1.1${end}`],
    "two slashes and a page": [`GET //metrics HTTP/1.1${end}`],
    "a host that is none": [`GET http://[ HTTP/1.1${end}`],
    "an absolute URI of another scheme": [`GET ftp://x/metrics HTTP/1.1${end}`],
    "a port that is none": [`GET http://x:99999/ HTTP/1.1${end}`],
    "an asterisk": [`OPTIONS * HTTP/1.1${end}`],
    "a page named as what every object has": [`GET /__proto__ HTTP/1.1${end}`, `GET /constructor HTTP/1.1${end}`],
    "broken percent signs": [`GET /%zz%ff%00 HTTP/1.1${end}`],
    "no version": [`GET /metrics${crlf}${crlf}`],
    "a version that is none": [`GET /metrics HTTP/9.9${end}`],
    "the preface of HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Buffer.from("000000040000000000", "hex")],
    "an upgrade to HTTP/2": [`GET /metrics HTTP/1.1${crlf}upgrade: h2c${crlf}connection: upgrade${end}`],
    "a WebSocket": [`GET /metrics HTTP/1.1${crlf}upgrade: websocket${crlf}connection: upgrade${end}`],
    "a tunnel": [`CONNECT x:443 HTTP/1.1${end}`],
    "the beginning of TLS": [Buffer.from("16030100c8010000c40303", "hex")],
    "an expectation that is none": [`GET /metrics HTTP/1.1${crlf}expect: the-unexpected${end}`],
    "a body that is announced and never comes": [`POST /metrics HTTP/1.1${crlf}content-length: 1000000${end}`],
    "a body in pieces with a wrong length": [
        `GET /metrics HTTP/1.1${crlf}transfer-encoding: chunked${end}`,
        `zz${crlf}`,
    ],
    "two lengths": [`GET /metrics HTTP/1.1${crlf}content-length: 1${crlf}content-length: 2${end}`],
    "a header of a mebibyte": [`GET /metrics HTTP/1.1${crlf}x: ${"x".repeat(1024 ** 2)}${end}`],
    "ten thousand headers": [`GET /metrics HTTP/1.1${crlf}${`a: b${crlf}`.repeat(10_000)}${end}`],
    "a path of a hundred thousand characters": [`GET /${"a/../".repeat(20_000)} HTTP/1.1${end}`],
    "a line that never ends": ["GET /metr"],
    "a hundred requests at once": [`GET /metrics HTTP/1.1${crlf}host: x${crlf}${crlf}`.repeat(100)],
    "no byte": [""],
    "NUL bytes": [Buffer.alloc(1000)],
};

/** Arbitrary ones: lines that look like requests with arbitrary targets and headers, and arbitrary bytes. */
const anyHostileRequest: fc.Arbitrary<HostileRequest> = fc.oneof(
    fc
        .tuple(
            fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "M-SEARCH", "get", ""),
            fc.oneof(
                fc.stringMatching(/^[/:@?#%[\].*a-z0-9-]{0,30}$/),
                fc
                    .constantFrom("/metrics", "/healthz", "/readyz")
                    .chain((path) => fc.tuple(fc.constant(path), fc.string()))
                    .map((all) => all.join("")),
                fc.webUrl(),
            ),
            fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 ", ""),
            fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 }),
        )
        .map(([method, target, version, headers]) => [
            `${method} ${target} ${version}${crlf}${headers.map(([name, value]) => `${name}: ${value}${crlf}`).join("")}${crlf}`,
        ]),
    fc.array(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        { minLength: 1, maxLength: 3 },
    ),
);

/** Sends a request, hears at most a moment what is answered, and resets the connection. */
export async function sendHostile(port: number, request: HostileRequest): Promise<string> {
    return new Promise((resolve) => {
        let answer = "";
        const socket = connect(port, "127.0.0.1", async () => {
            for (const piece of request) {
                socket.write(piece);
                await new Promise((next) => setTimeout(next, 2));
            }
        });
        const patience = setTimeout(() => socket.resetAndDestroy(), 150);
        socket.setEncoding("latin1").on("data", (text: string) => {
            answer += text;
        });
        // Being cut off is one of the right answers.
        socket.on("error", () => undefined);
        socket.on("end", () => socket.end());
        socket.once("close", () => {
            clearTimeout(patience);
            resolve(answer);
        });
    });
}

/** Sends every known one and `count` arbitrary ones, ten at a time. */
export async function sendManyHostile(port: number, count: number): Promise<void> {
    const requests = [...Object.values(knownHostileRequests), ...fc.sample(anyHostileRequest, count)];
    for (let first = 0; first < requests.length; first += 10) {
        await Promise.all(requests.slice(first, first + 10).map((request) => sendHostile(port, request)));
    }
}
