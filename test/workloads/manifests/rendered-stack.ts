// The manifests of each stack as `make render` writes them: once for all tests that judge them.

import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { run } from "../../../lab/tools/run.ts";
import { kustomizationFile } from "../../../scripts/linter-exceptions.ts";

/** The stacks that have a file. */
export const stacks = ["dev", "prod", "compliance"] as const;

/** One of {@link stacks}. */
export type Stack = (typeof stacks)[number];

/** What is read here of every Kubernetes object. */
export interface Manifest {
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
}

const render = join(import.meta.dirname, "../../../scripts/render.ts");
const folders = new Map<Stack, Promise<string>>();
const root = mkdtempSync(join(tmpdir(), "manifests-"));

after(() => rmSync(root, { recursive: true, force: true }));

/** Folder with the stack's manifests, one a file; it is gone after the last test. */
export function renderedFolder(stack: Stack): Promise<string> {
    const known = folders.get(stack);
    if (known !== undefined) {
        return known;
    }
    const folder = join(root, stack);
    const rendered = run(process.execPath, [render, "--stack", stack, "--out", folder]).then(() => folder);
    folders.set(stack, rendered);
    return rendered;
}

/** Paths of the stack's manifests. */
export async function renderedFiles(stack: Stack): Promise<readonly string[]> {
    const folder = await renderedFolder(stack);
    const names = (await readdir(folder)).filter((name) => name !== kustomizationFile);
    return names.map((name) => join(folder, name));
}

/** The stack's manifests themselves. */
export async function manifests(stack: Stack): Promise<readonly Manifest[]> {
    const texts = await Promise.all((await renderedFiles(stack)).map((file) => readFile(file, "utf8")));
    return texts.map((text) => parse(text) as Manifest);
}
