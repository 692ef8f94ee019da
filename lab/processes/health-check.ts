// How the lab tells that one of its programs works.

import { readFile } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";

/** A request that must be answered with status 200; certificates are paths of PEM files. */
export interface HttpHealthCheck {
    readonly url: string;
    readonly authorityFile?: string;
    readonly certificateFile?: string;
    readonly keyFile?: string;
}

/** A Unix socket that must accept a connection. */
export interface SocketHealthCheck {
    readonly socket: string;
}

/**
 * Unix socket of a container runtime, which must tell its version as kubelet asks for it. That it takes connections is not
 * enough: containerd does so before it can do anything, and kubelet ends when it meets it then.
 */
export interface ContainerRuntimeHealthCheck {
    readonly containerRuntime: string;
}

/** Any kind of health check. */
export type HealthCheck = HttpHealthCheck | SocketHealthCheck | ContainerRuntimeHealthCheck;

/** Milliseconds after which a program that does not answer counts as not healthy. */
const patience = 2000;

/** Whether the check passes now. */
export async function isHealthy(check: HealthCheck): Promise<boolean> {
    if ("socket" in check) {
        return acceptsConnection(check.socket);
    }
    return "containerRuntime" in check ? tellsVersion(check.containerRuntime) : answersOk(check);
}

function acceptsConnection(path: string): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect(path);
        const end = (result: boolean) => {
            socket.destroy();
            resolve(result);
        };
        socket.setTimeout(patience, () => end(false));
        socket.on("connect", () => end(true));
        socket.on("error", () => end(false));
    });
}

/** Asks for the version by the interface of container runtimes (https://github.com/kubernetes/cri-api); what it is does not matter. */
async function tellsVersion(socket: string): Promise<boolean> {
    // Only here: it takes longer to load than most of the lab's commands.
    const { default: grpc } = await import("@grpc/grpc-js");
    const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure());
    const asItIs = (bytes: Buffer) => bytes;
    return new Promise<boolean>((resolve) => {
        client.makeUnaryRequest(
            "/runtime.v1.RuntimeService/Version",
            asItIs,
            asItIs,
            Buffer.alloc(0),
            new grpc.Metadata(),
            { deadline: Date.now() + patience },
            (error) => resolve(error === null),
        );
    }).finally(() => client.close());
}

async function answersOk(check: HttpHealthCheck): Promise<boolean> {
    const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file));
    let files: readonly (Buffer | undefined)[];
    try {
        files = await Promise.all([read(check.authorityFile), read(check.certificateFile), read(check.keyFile)]);
    } catch {
        return false;
    }
    const [ca, cert, key] = files;
    return new Promise((resolve) => {
        const options = { ca, cert, key, agent: false, timeout: patience };
        const request = check.url.startsWith("https:")
            ? requestHttps(check.url, options)
            : requestHttp(check.url, options);
        request.on("response", (response) => {
            response.resume();
            resolve(response.statusCode === 200);
        });
        request.on("timeout", () => request.destroy(new Error("no answer in time")));
        request.on("error", () => resolve(false));
        request.end();
    });
}
