// Under which digest pods of this project ask for an image of the lab.

import { declaredImages } from "../../supply-chain/declared-images.ts";

/**
 * The image `name` (with its tag) by the digest that `Pulumi.yaml` gives it, as containerd looks it up: without the tag.
 * Undefined where the setting has no digest, or none names this image.
 */
export function digestNameOf(name: string): string | undefined {
    const reference = declaredImages()
        .map((image) => image.reference)
        .find((one) => one.startsWith(`${name}@`));
    return reference?.replace(/:[^:/@]+@/, "@");
}
