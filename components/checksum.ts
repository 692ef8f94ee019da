// Short names of content: a pod template that carries one changes exactly when the content does.

import { createHash } from "node:crypto";

/** Ten hexadecimal digits of the text's SHA-256. */
export function checksum(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
