// The search for secrets in what people and other programs get to see.

import assert from "node:assert/strict";

/** Values of every Secret in the namespace; what the entries of these names hold is no secret. */
export async function secretsOfNamespace(
    kubectl: (...args: string[]) => Promise<string>,
    knownToAll: readonly string[],
): Promise<readonly string[]> {
    const { items } = JSON.parse(await kubectl("get", "secrets", "-n", "chattingo", "-o", "json")) as {
        items: { data: Readonly<Record<string, string>> }[];
    };
    return items.flatMap(({ data }) =>
        Object.entries(data)
            .filter(([name]) => !knownToAll.includes(name))
            .map(([, value]) => Buffer.from(value, "base64").toString("utf8"))
            .flatMap((text) => [text, ...(isPrivateKey(text) ? [lineOfKey(text)] : []), ...accessKeysIn(text)]),
    );
}

/** A line from the middle of a private key in PEM: what tells it even where its line ends are written otherwise. */
export function lineOfKey(text: string): string {
    assert.ok(isPrivateKey(text), "it is no private key in PEM");
    const lines = text.trimEnd().split("\n");
    return lines[Math.floor(lines.length / 2)] ?? assert.fail();
}

/** The secret part of an access key in a credentials file, whose other words are no secret. */
function accessKeysIn(text: string): readonly string[] {
    return [...text.matchAll(/^aws_secret_access_key = (\S+)$/gm)].map(([, secret = ""]) => secret);
}

function isPrivateKey(text: string): boolean {
    return /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n/.test(text);
}

/** Fails if one of the secrets is in one of the texts, as it is or in base64; texts are named by where they are from. */
export function assertTellsNone(shown: Iterable<readonly [where: string, text: string]>, secrets: readonly string[]) {
    const shapes = secrets.flatMap((plain) => [plain, Buffer.from(plain).toString("base64")]);
    for (const [where, text] of shown) {
        for (const shape of shapes) {
            assert.ok(!text.includes(shape), `a secret is in ${where}`);
        }
    }
}
