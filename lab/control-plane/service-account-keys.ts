// The key pair behind service account tokens: the API server and the controller manager sign, whoever asks verifies.

import { generateKeyPair } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Both keys, as PEM files. */
export interface ServiceAccountKeys {
    readonly privateKeyFile: string;
    readonly publicKeyFile: string;
}

/** Where the keys in this folder are, whether made already or not. */
export function serviceAccountKeys(folder: string): ServiceAccountKeys {
    return {
        privateKeyFile: join(folder, "service-account.key"),
        publicKeyFile: join(folder, "service-account.pub"),
    };
}

/** Makes the key pair. RSA, as EKS has it: AWS IAM accepts RS256 tokens of an OIDC issuer. */
export async function createServiceAccountKeys(folder: string): Promise<ServiceAccountKeys> {
    const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", {
        modulusLength: 2048,
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
        publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const keys = serviceAccountKeys(folder);
    await writeFile(keys.privateKeyFile, privateKey, { mode: 0o600 });
    await writeFile(keys.publicKeyFile, publicKey);
    return keys;
}
