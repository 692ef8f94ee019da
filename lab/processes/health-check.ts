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

/** Either kind of health check. */
export type HealthCheck = HttpHealthCheck | SocketHealthCheck;

/** Milliseconds after which a program that does not answer counts as not healthy. */
const patience = 2000;

/** Whether the check passes now. */
export async function isHealthy(check: HealthCheck): Promise<boolean> {
    return "socket" in check ? acceptsConnection(check.socket) : answersOk(check);
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
