// Asks a registry which image a tag means now: https://distribution.github.io/distribution/spec/api/

import { createHash } from "node:crypto";

/** Where an image is kept. */
export interface ImageRepository {
    /** Host of the registry, with the port where there is one. */
    readonly registry: string;
    /** Path of the repository in it. */
    readonly repository: string;
}

/** An image reference in its parts. */
export interface ImageName extends ImageRepository {
    readonly tag: string;
}

/** Milliseconds for one answer of a registry. */
const answerWithin = 30_000;

/** What a tag may stand for: an image of several platforms, or of one. */
const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** The name under which Docker Hub is known, and where it answers. */
const dockerHub = { name: "docker.io", host: "registry-1.docker.io" };

/** The parts of a reference, a digest left out; undefined when it has no tag. */
export function imageName(reference: string): ImageName | undefined {
    const { path, tag } = splitReference(reference);
    return tag === undefined ? undefined : { ...repositoryOf(path), tag };
}

/**
 * Where the image of a reference is kept; names without a registry are Docker Hub's
 * (https://github.com/distribution/reference/blob/main/normalize.go).
 */
export function repositoryOf(reference: string): ImageRepository {
    const { path } = splitReference(reference);
    const [first = "", ...others] = path.split("/");
    const hasRegistry = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
    if (hasRegistry && first !== dockerHub.name) {
        return { registry: first, repository: others.join("/") };
    }
    const repository = hasRegistry ? others : [first, ...others];
    return {
        registry: dockerHub.host,
        repository: (repository.length === 1 ? ["library", ...repository] : repository).join("/"),
    };
}

function splitReference(reference: string): { readonly path: string; readonly tag: string | undefined } {
    const [name = ""] = reference.split("@");
    const colon = name.indexOf(":", name.lastIndexOf("/"));
    return colon < 0 ? { path: name, tag: undefined } : { path: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/**
 * The digest of what the tag means now. The manifest is fetched and its hash is taken here: the registry's word alone is
 * not enough.
 *
 * @throws an error that names the registry and what it answered
 */
export async function digestOf(name: ImageName): Promise<string> {
    const { url, answer } = await manifestOf(name, name.tag);
    if (!answer.ok) {
        throw new Error(`${url} answers ${answer.status}${answer.status === 404 ? ": there is no such tag" : ""}`);
    }
    const digest = await digestOfContent(answer);
    const stated = answer.headers.get("docker-content-digest");
    if (stated !== null && stated !== digest) {
        throw new Error(`${url}: the registry calls it ${stated}, and what it sent is ${digest}`);
    }
    return digest;
}

/**
 * Makes sure that the registry has the image under its digest, whatever the tag means by now.
 *
 * @throws an error that names the registry and what it answered
 */
export async function assertServed(repository: ImageRepository, digest: string): Promise<void> {
    const { url, answer } = await manifestOf(repository, digest);
    if (!answer.ok) {
        throw new Error(
            `${url} answers ${answer.status}${answer.status === 404 ? ": no image of the repository has this digest" : ""}`,
        );
    }
    const sent = await digestOfContent(answer);
    if (sent !== digest) {
        throw new Error(`${url}: what the registry sent is ${sent}`);
    }
}

/** What the registry answers for the manifest that a tag or a digest names. */
async function manifestOf(
    { registry, repository }: ImageRepository,
    which: string,
): Promise<{ readonly url: string; readonly answer: Response }> {
    const scheme = /^(localhost|127\.0\.0\.1)(:|$)/.test(registry) ? "http" : "https";
    const url = `${scheme}://${registry}/v2/${repository}/manifests/${which}`;
    const headers = { accept: manifestTypes };
    const answer = await ask(url, headers);
    if (answer.status !== 401) {
        return { url, answer };
    }
    const token = await anonymousToken(answer.headers.get("www-authenticate") ?? "");
    return { url, answer: await ask(url, { ...headers, authorization: `Bearer ${token}` }) };
}

async function digestOfContent(answer: Response): Promise<string> {
    return `sha256:${createHash("sha256")
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest("hex")}`;
}

/** A token for whoever asks, which public registries want: https://distribution.github.io/distribution/spec/auth/token/ */
async function anonymousToken(challenge: string): Promise<string> {
    const parameters = new Map(
        [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value] as const),
    );
    const realm = parameters.get("realm");
    if (!/^bearer /i.test(challenge) || realm === undefined) {
        throw new Error(`the registry wants a login that is not known here: ${challenge || "no challenge"}`);
    }
    const url = new URL(realm);
    for (const key of ["service", "scope"]) {
        const value = parameters.get(key);
        if (value !== undefined) {
            url.searchParams.set(key, value);
        }
    }
    const answer = await ask(url.href, {});
    if (!answer.ok) {
        throw new Error(`${realm} gives no token to somebody without a login: it answers ${answer.status}`);
    }
    const { token, access_token: accessToken } = (await answer.json()) as Record<string, unknown>;
    return String(token ?? accessToken);
}

async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    try {
        return await fetch(url, { headers, signal: AbortSignal.timeout(answerWithin) });
    } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        throw new Error(
            `${new URL(url).host} does not answer (${cause instanceof Error ? cause.message : String(cause)})`,
        );
    }
}
