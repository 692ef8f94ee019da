// The images that a stack runs, as its files name them.

import { asText } from "../settings/engine-text.ts";
import { type ImageKey, imageKeys } from "../settings/keys.ts";
import { projectFolder, readDeclarations } from "../settings/project-files.ts";

/** One image. */
export interface DeclaredImage {
    readonly key: ImageKey;
    readonly reference: string;
}

/**
 * Every image.
 *
 * @param config what the stack sets, by key with namespace; empty: the defaults of `Pulumi.yaml`
 */
export function declaredImages(
    config: Readonly<Record<string, unknown>> = {},
    folder: string = projectFolder,
): readonly DeclaredImage[] {
    const defaults = new Map(readDeclarations(folder).map((declaration) => [declaration.key, declaration.default]));
    return imageKeys.map((key) => {
        const full = `chattingo-logging:${key}`;
        return { key, reference: asText(config[full] ?? defaults.get(full)) };
    });
}
