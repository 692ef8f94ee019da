// Issues ServiceAccount tokens where no API server runs: signed as those of a cluster are, for the emulated STS.

import { sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServiceAccountKeys } from "../lab/control-plane/service-account-keys.ts";

const secondsValid = 600;

/** An issuer with a key pair of its own. */
export class TokenIssuer {
    readonly url: string;
    /** The public key, as PEM. */
    readonly publicKeyFile: string;
    readonly #privateKey: string;

    private constructor(url: string, publicKeyFile: string, privateKey: string) {
        this.url = url;
        this.publicKeyFile = publicKeyFile;
        this.#privateKey = privateKey;
    }

    /** @param folder receives the keys */
    static async make(folder: string, url: string): Promise<TokenIssuer> {
        const { publicKeyFile, privateKeyFile } = await createServiceAccountKeys(folder);
        return new TokenIssuer(url, publicKeyFile, await readFile(privateKeyFile, "utf8"));
    }

    /** A token for STS with these claims, which replace the usual ones of the same name. */
    token(claims: Readonly<Record<string, unknown>>): string {
        const now = Math.floor(Date.now() / 1000);
        const usual = { iss: this.url, aud: ["sts.amazonaws.com"], iat: now, exp: now + secondsValid };
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...usual, ...claims })}`;
        return `${text}.${sign("sha256", Buffer.from(text), this.#privateKey).toString("base64url")}`;
    }
}
