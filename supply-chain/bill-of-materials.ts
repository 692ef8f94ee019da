// The bill of materials of a stack: every npm package as npm lists them, and the images that it runs, in one CycloneDX
// document (https://cyclonedx.org/docs/1.5/json/).

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectFolder } from "../settings/project-files.ts";
import type { DeclaredImage } from "./declared-images.ts";
import { imageName } from "./image-digest.ts";

/** What is written and read of a CycloneDX document here. */
export interface BillOfMaterials {
    readonly bomFormat: "CycloneDX";
    readonly specVersion: string;
    readonly serialNumber: string;
    readonly metadata: { readonly component: Component; readonly timestamp?: string };
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** One thing that the stack is made of. */
export interface Component {
    readonly "bom-ref": string;
    readonly type: string;
    readonly name: string;
    readonly version: string;
    /** https://github.com/package-url/purl-spec */
    readonly purl: string;
}

/** Most bytes of what npm lists: some 300 packages are 1 MB. */
const mostBytes = 64 * 2 ** 20;

/** The document for a stack with these images, the same whenever and wherever it is made; needs npm. */
export async function billOfMaterials(images: readonly DeclaredImage[]): Promise<BillOfMaterials> {
    const { stdout } = await promisify(execFile)("npm", ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], {
        cwd: projectFolder,
        maxBuffer: mostBytes,
    });
    const ofPackages = JSON.parse(stdout) as BillOfMaterials;
    const containers = images.map(container);
    const components = [...ofPackages.components, ...containers];
    // npm takes the name of the folder for that of the project, and the time for a part of the document.
    const { timestamp, component, ...metadata } = ofPackages.metadata;
    const root = ofPackages.metadata.component["bom-ref"];
    return {
        ...ofPackages,
        serialNumber: `urn:uuid:${uuidOf(JSON.stringify(components))}`,
        metadata: { ...metadata, component: { ...component, name: projectName() } },
        components,
        dependencies: [
            ...ofPackages.dependencies.map((one) =>
                one.ref === root
                    ? { ...one, dependsOn: [...(one.dependsOn ?? []), ...containers.map((each) => each["bom-ref"])] }
                    : one,
            ),
            ...containers.map((each) => ({ ref: each["bom-ref"], dependsOn: [] })),
        ],
    };
}

function projectName(): string {
    return (JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as { readonly name: string }).name;
}

/** A UUID of version 8, whose bits are its maker's (https://www.rfc-editor.org/rfc/rfc9562#section-5.8). */
function uuidOf(content: string): string {
    const digits = createHash("sha256").update(content).digest("hex");
    return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `8${digits.slice(13, 16)}`,
        `8${digits.slice(17, 20)}`,
        digits.slice(20, 32),
    ].join("-");
}

function container({ reference }: DeclaredImage): Component {
    const [tagged = "", digest] = reference.split("@");
    const name = imageName(reference);
    const repository = name === undefined ? tagged : `${name.registry}/${name.repository}`;
    const version = digest ?? name?.tag ?? "";
    const qualifiers = new URLSearchParams({ repository_url: repository, ...(name && { tag: name.tag }) });
    const shortName = repository.slice(repository.lastIndexOf("/") + 1);
    return {
        "bom-ref": reference,
        type: "container",
        name: repository,
        version,
        purl: `pkg:oci/${shortName}${digest === undefined ? "" : `@${encodeURIComponent(digest)}`}?${qualifiers}`,
    };
}
