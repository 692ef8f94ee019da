// Gives the images of a stack their digests, in its file: from then on a node gets what was looked at, whatever becomes of
// the tag.

import { parseDocument } from "yaml";
import { qualified } from "../settings/keys.ts";
import { type DeclaredImage, declaredImages } from "./declared-images.ts";
import { digestOf, type ImageName, imageName } from "./image-digest.ts";

/** What became of one image. */
export interface PinnedImage extends DeclaredImage {
    /** Reference with its tag and the digest of it. */
    readonly pinned: string;
}

/**
 * Asks the registries for the digest of every image that has a tag.
 *
 * @param text of the stack's file
 * @throws an error with everything that could not be had
 */
export async function pinImages(
    text: string,
    digest: (name: ImageName) => Promise<string> = digestOf,
): Promise<readonly PinnedImage[]> {
    const { config = {} } = (parseDocument(text).toJS() ?? {}) as { config?: Readonly<Record<string, unknown>> };
    const answers = await Promise.allSettled(
        declaredImages(config).map(async ({ key, reference }) => {
            const name = imageName(reference);
            // One that is named by its digest alone has nothing that could be looked up.
            const [tagged] = reference.split("@");
            return { key, reference, pinned: name === undefined ? reference : `${tagged}@${await digest(name)}` };
        }),
    );
    const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [String(answer.reason.message)] : []));
    if (failures.length > 0) {
        throw new Error(`no digest is written:\n${failures.map((failure) => `  ${failure}`).join("\n")}`);
    }
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
}

/** The stack's file with the images as they are pinned, and everything else as it was, comments too. */
export function withPinnedImages(text: string, images: readonly PinnedImage[]): string {
    const document = parseDocument(text);
    for (const { key, pinned } of images) {
        document.setIn(["config", qualified(key)], pinned);
    }
    return document.toString({ lineWidth: 0 });
}
