// The certificate that a server shows, read without sending it anything: when it ends, before and after it did.

import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";

/** How long a certificate is good. */
export interface CertificateValidity {
    /** The first moment at which it and the authorities that it comes from are all valid. */
    readonly from: Date;
    /** The last one. */
    readonly until: Date;
}

/** Milliseconds to wait: shorter than Prometheus' default of 10 s for a scrape. */
const timeoutMilliseconds = 5000;

/**
 * How long what a server shows is good, whether it is trusted or not.
 *
 * @param url with `https:`
 * @param authority certificate of the authority that the server's comes from, in PEM: its end counts too
 * @throws when the server can't be reached, or shows no certificate
 */
export function certificateValidity(url: string, authority?: string): Promise<CertificateValidity> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
        const socket = connect({
            host: hostname,
            // A server may choose the certificate by this name, which no address is.
            ...(isIP(hostname) === 0 && { servername: hostname }),
            port: port === "" ? 443 : Number(port),
            ...(authority !== undefined && { ca: authority }),
            // Nothing is sent and nothing believed.
            rejectUnauthorized: false,
            timeout: timeoutMilliseconds,
        });
        socket.once("secureConnect", () => {
            const chain = chainOf(socket.getPeerCertificate(true));
            socket.destroy();
            if (chain.length === 0) {
                reject(new Error(`${url} shows no certificate`));
                return;
            }
            resolve({
                from: new Date(Math.max(...chain.map(({ valid_from }) => Date.parse(valid_from)))),
                until: new Date(Math.min(...chain.map(({ valid_to }) => Date.parse(valid_to)))),
            });
        });
        socket.once("timeout", () => socket.destroy(new Error(`${url} does not answer`)));
        socket.once("error", reject);
    });
}

/** The certificate and those above it, of which the last one is its own issuer. */
function chainOf(certificate: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
    const chain: DetailedPeerCertificate[] = [];
    for (let one = certificate; one?.valid_to !== undefined && !chain.includes(one); one = one.issuerCertificate) {
        chain.push(one);
    }
    return chain;
}

/**
 * What is to be said of a server that can't be asked, if its certificate's time is the reason; undefined if it is not, or
 * if that can't be told.
 */
export async function certificateProblem(
    url: string,
    authority?: string,
    now = new Date(),
): Promise<string | undefined> {
    if (!url.startsWith("https:")) {
        return undefined;
    }
    const validity = await certificateValidity(url, authority).catch(() => undefined);
    if (validity === undefined || (validity.from <= now && now <= validity.until)) {
        return undefined;
    }
    const when =
        validity.until < now
            ? `was valid until ${validity.until.toISOString()}`
            : `is valid from ${validity.from.toISOString()} on, and here it is ${now.toISOString()}`;
    return `the certificate of ${url}, or of its authority, ${when}: renew it (operations guide, "Certificates")`;
}
