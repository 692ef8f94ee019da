// Writes a container image as one file in the OCI image layout, which `ctr images import` takes without any registry
// (https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md).

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { packArchive } from "./archive.ts";

/** What a container runs by default (https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md). */
export interface ContainerDefaults {
    readonly entrypoint?: readonly string[];
    readonly command?: readonly string[];
    /** Environment as `NAME=value`. */
    readonly environment?: readonly string[];
    /** User and group as `uid:gid`; root by default. */
    readonly user?: string;
    /** Folder in which it starts; `/` by default. */
    readonly workingFolder?: string;
}

/** An image of which every layer is an uncompressed tar file. */
export interface OciImage {
    /** Full name with registry and tag, as pods name it. */
    readonly name: string;
    /** Lowest layer first. They must stand on the file system of the image file. */
    readonly layers: readonly string[];
    readonly defaults: ContainerDefaults;
}

interface Descriptor {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
}

/** This machine's processor as Go and OCI call it. */
function imageArchitecture(): string {
    return process.arch === "x64" ? "amd64" : process.arch;
}

/** Writes the image to `file`; the same name, layers and defaults give the same bytes. */
export async function writeOciImage(image: OciImage, file: string): Promise<void> {
    const layout = await mkdtemp(join(dirname(file), "layout-"));
    try {
        const blobs = join(layout, "blobs", "sha256");
        await mkdir(blobs, { recursive: true });
        const layers: Descriptor[] = [];
        for (const layer of image.layers) {
            layers.push(await addLayer(blobs, layer));
        }
        const config = await addDocument(blobs, "application/vnd.oci.image.config.v1+json", {
            architecture: imageArchitecture(),
            os: "linux",
            config: {
                Entrypoint: image.defaults.entrypoint,
                Cmd: image.defaults.command,
                Env: image.defaults.environment,
                User: image.defaults.user,
                WorkingDir: image.defaults.workingFolder,
            },
            // A layer that is not compressed has the digest of its content as its own.
            rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
        });
        const manifestType = "application/vnd.oci.image.manifest.v1+json";
        const manifest = await addDocument(blobs, manifestType, {
            schemaVersion: 2,
            mediaType: manifestType,
            config,
            layers,
        });
        await writeJson(join(layout, "oci-layout"), { imageLayoutVersion: "1.0.0" });
        await writeJson(join(layout, "index.json"), {
            schemaVersion: 2,
            mediaType: "application/vnd.oci.image.index.v1+json",
            // containerd names an imported image by this annotation.
            manifests: [{ ...manifest, annotations: { "io.containerd.image.name": image.name } }],
        });
        await packArchive(layout, file);
    } finally {
        await rm(layout, { recursive: true, force: true });
    }
}

async function addLayer(blobs: string, layer: string): Promise<Descriptor> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(layer), hash);
    const digest = hash.digest("hex");
    await link(layer, join(blobs, digest));
    const { size } = await stat(layer);
    return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${digest}`, size };
}

async function addDocument(blobs: string, mediaType: string, content: unknown): Promise<Descriptor> {
    const text = JSON.stringify(content);
    const digest = createHash("sha256").update(text).digest("hex");
    await writeFile(join(blobs, digest), text);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
}

async function writeJson(file: string, content: unknown): Promise<void> {
    await writeFile(file, JSON.stringify(content));
}
