// Which names can be part of an object's key: what rotation names archives by, and the uploader its objects.

import { isUtf8 } from "node:buffer";

/** Characters that S3 cannot list in XML: https://www.w3.org/TR/xml/#charsets */
const unlistable = /[\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}]/u;

/** Why no object can be named so, such as "is not UTF-8"; undefined when one can. */
export function whyUnnameable(name: Buffer | string): string | undefined {
    if (typeof name !== "string" && !isUtf8(name)) {
        return "is not UTF-8";
    }
    return unlistable.test(name.toString()) ? "has control characters" : undefined;
}
