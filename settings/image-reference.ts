// References to container images that name one version for good.

import type { ValueKind } from "./value-kind.ts";

const hostPart = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
const registry = `(${hostPart}(\\.${hostPart})*(:\\d+)?/)?`;
const pathPart = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
const reference = new RegExp(
    `^(?<name>${registry}${pathPart}(/${pathPart})*)(:(?<tag>\\w[\\w.-]{0,127}))?(@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/**
 * An image reference with a tag other than `latest`, or with a digest.
 *
 * @see https://github.com/distribution/reference
 */
export const imageReference: ValueKind<string> = {
    engineType: "string",
    allowed:
        "an image with a tag other than latest or with a digest, such as docker.io/library/node:24.21.0-bookworm-slim",
    parse: (text) => {
        const { name, tag, digest } = reference.exec(text)?.groups ?? {};
        if (name === undefined) {
            return { wrong: text === "" ? "it is empty" : "it is not an image reference" };
        }
        if (name.length > 255) {
            return { wrong: `its name has ${name.length} characters, and 255 is the most` };
        }
        if (digest === undefined && tag === undefined) {
            return { wrong: "it has neither tag nor digest, so nodes would run different versions" };
        }
        if (digest === undefined && tag === "latest") {
            return { wrong: "latest is another image every time, so nodes would run different versions" };
        }
        return { value: text };
    },
};
