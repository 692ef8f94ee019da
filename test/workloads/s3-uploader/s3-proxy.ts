// Stands between the uploader and S3: writes down every request, and can hold it, answer it itself or change answers.

import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A request as it went by. */
export interface RecordedRequest {
    readonly method: string;
    /** Path without the bucket, decoded: the key. */
    readonly key: string;
    /** What follows the path, such as the number of a part. */
    readonly query: URLSearchParams;
    readonly headers: IncomingMessage["headers"];
}

/** An answer given instead of S3's. */
export interface OwnAnswer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** What happens to a request. */
export interface Treatment {
    /** Answered by the proxy; S3 never sees it. */
    readonly answer?: OwnAnswer;
    /** The request reaches S3, or is answered by the proxy, only after this. */
    readonly before?: Promise<void>;
    /** Called when S3 has answered; its answer reaches the uploader only after this. */
    readonly after?: () => Promise<void>;
    /** Headers of S3's answer that are replaced. */
    readonly headers?: Readonly<Record<string, string>>;
    /** Headers of S3's answer that are left out. */
    readonly withoutHeaders?: readonly string[];
    /** The connection is reset as soon as so many bytes of the body have arrived. */
    readonly resetAfterBytes?: number;
    /** Nothing is ever answered. */
    readonly isSilent?: boolean;
}

/** A request that is answered by an error of S3 with this code. */
export function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Treatment {
    return { answer: { status, headers, body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` } };
}

/** A proxy that passes everything on until `treat` says otherwise. */
export class S3Proxy {
    readonly requests: RecordedRequest[] = [];
    treat: (request: RecordedRequest, index: number) => Treatment | undefined = () => undefined;
    readonly #server: Server;
    #lastPut: Promise<void> = Promise.resolve();

    private constructor(target: string, puts: "in turn" | "at once") {
        this.#server = createServer((incoming, outgoing) => {
            const url = new URL(incoming.url ?? "/", target);
            const path = decodeURIComponent(url.pathname);
            const recorded: RecordedRequest = {
                method: incoming.method ?? "",
                key: path.split("/").slice(2).join("/"),
                query: url.searchParams,
                headers: incoming.headers,
            };
            this.requests.push(recorded);
            const treatment = this.treat(recorded, this.requests.length - 1) ?? {};
            const forward = async (): Promise<void> => {
                const chunks: Buffer[] = [];
                let left = treatment.resetAfterBytes ?? Number.POSITIVE_INFINITY;
                for await (const chunk of left > 0 ? incoming : []) {
                    chunks.push(chunk as Buffer);
                    left -= (chunk as Buffer).length;
                    if (left <= 0) {
                        break;
                    }
                }
                if (left <= 0) {
                    incoming.socket.resetAndDestroy();
                    return;
                }
                if (treatment.isSilent) {
                    return;
                }
                await treatment.before;
                if (treatment.answer) {
                    outgoing.writeHead(treatment.answer.status, treatment.answer.headers).end(treatment.answer.body);
                    return;
                }
                const exchange = () => passOn(incoming, Buffer.concat(chunks), target);
                const answer = await (recorded.method === "PUT" && puts === "in turn"
                    ? this.#inTurn(exchange)
                    : exchange());
                await treatment.after?.();
                const headers = { ...answer.headers, ...treatment.headers };
                for (const name of treatment.withoutHeaders ?? []) {
                    delete headers[name];
                }
                outgoing.writeHead(answer.statusCode ?? 502, headers);
                answer.pipe(outgoing);
            };
            // A client that was killed has gone, and so has the reason for an answer.
            forward().catch(() => outgoing.destroy());
        });
    }

    /**
     * Starts a proxy for an S3.
     *
     * @param puts how they go there: in turn, the default, where it is the emulated AWS, whose conditional puts are atomic
     * only when they do not meet
     */
    static async start(target: string, puts: "in turn" | "at once" = "in turn"): Promise<S3Proxy> {
        const proxy = new S3Proxy(target, puts);
        await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
        return proxy;
    }

    get endpoint(): string {
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    }

    /**
     * Holds the answer to every archive or part that is put for some milliseconds, so that one too many would come
     * meanwhile.
     *
     * @returns how many are under way, and how many were at the same time, at most; kept up to date
     */
    holdBodies(milliseconds: number): { readonly underWay: number; readonly most: number } {
        const counted = { underWay: 0, most: 0 };
        this.treat = ({ method, key }) => {
            if (method !== "PUT" || !key.includes("/archive/")) {
                return undefined;
            }
            counted.underWay += 1;
            counted.most = Math.max(counted.most, counted.underWay);
            return {
                after: async () => {
                    await delay(milliseconds);
                    counted.underWay -= 1;
                },
            };
        };
        return counted;
    }

    /** Keys that were put, in order. */
    get puts(): readonly string[] {
        return this.requests.filter(({ method }) => method === "PUT").map(({ key }) => key);
    }

    /** Forgets what went by and passes everything on. */
    reset(): void {
        this.requests.length = 0;
        this.treat = () => undefined;
    }

    #inTurn(exchange: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
        const answer = this.#lastPut.then(exchange);
        this.#lastPut = answer.then(
            () => undefined,
            () => undefined,
        );
        return answer;
    }

    async stop(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    }
}

async function passOn(incoming: IncomingMessage, body: Buffer, target: string): Promise<IncomingMessage> {
    const { expect: _, ...headers } = incoming.headers;
    const upstream = request(new URL(incoming.url ?? "/", target), { method: incoming.method, headers });
    return new Promise((resolve, reject) => {
        upstream.once("response", resolve).once("error", reject);
        upstream.end(body);
    });
}
