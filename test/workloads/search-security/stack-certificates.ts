// The certificates of a stack as files, made by cert-manager's own controllers from what the program orders of them.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { namespaceName } from "../../../components/labels.ts";
import {
    certificateSecretName,
    kibanaCertificateSecretName,
    SearchSecurity,
} from "../../../components/search-security.ts";
import { startCertManagerProcess } from "../../../lab/cert-manager-process.ts";
import {
    type CertificateAuthority,
    certificateAuthority,
    type IssuedCertificate,
} from "../../../lab/control-plane/certificates.ts";
import { recordProgram } from "../../../scripts/recording-engine.ts";
import { type CertificateFiles, IssuedCertificates } from "../../issued-certificates.ts";

/** What a Secret holds, as files. */
export interface SecretFiles extends IssuedCertificate {
    readonly authorityFile: string;
}

/** The certificates of both servers. */
export interface StackCertificates {
    /** With its key, so that a test can have it sign what cert-manager would not. */
    readonly authority: CertificateAuthority;
    readonly kibanaAuthority: CertificateAuthority;
    /** Elasticsearch's, then the renewed one, then the one after the renewal of the authority. */
    readonly elasticsearch: readonly [first: SecretFiles, second: SecretFiles, third: SecretFiles];
    readonly kibana: SecretFiles;
}

/** Orders the certificates of a stack, waits for them, and has those of Elasticsearch renewed. */
export async function stackCertificates(folder: string, stack: string): Promise<StackCertificates> {
    const orders = await ordersOf(stack);
    const certManager = await startCertManagerProcess(namespaceName);
    try {
        await certManager.kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(orders));
        const issued = new IssuedCertificates((...args) => certManager.kubectl(args));
        await issued.allReady();
        const authorityOf = async (server: string) => {
            const { "tls.crt": certificate, "tls.key": key } = await issued.files(`${server}-authority`);
            const authority = certificateAuthority(join(folder, server));
            await mkdir(authority.folder, { recursive: true });
            await writeFile(authority.certificateFile, certificate);
            await writeFile(authority.keyFile, key);
            return authority;
        };
        const [authority, kibanaAuthority] = [await authorityOf("elasticsearch"), await authorityOf("kibana")];
        const current = async (name: string) =>
            written(authority.folder, name, await issued.files(certificateSecretName));
        const first = await current("first");
        await issued.renew("elasticsearch");
        const second = await current("second");
        await issued.renew("elasticsearch-authority");
        await issued.renew("elasticsearch");
        return {
            authority,
            kibanaAuthority,
            elasticsearch: [first, second, await current("third")],
            kibana: await written(kibanaAuthority.folder, "kibana", await issued.files(kibanaCertificateSecretName)),
        };
    } finally {
        await certManager.stop();
    }
}

/** The Certificates and Issuers of a stack. */
async function ordersOf(stack: string): Promise<object> {
    const declared = await recordProgram(
        () =>
            new SearchSecurity("search", {
                namespace: namespaceName,
                stack,
                passwordKey: "0".repeat(32),
                certManager: true,
            }),
        { stack },
    );
    const orders = declared.filter(({ type }) => type.startsWith("kubernetes:cert-manager.io/"));
    return { apiVersion: "v1", kind: "List", items: orders.map(({ inputs }) => inputs) };
}

async function written(folder: string, name: string, files: CertificateFiles): Promise<SecretFiles> {
    const place = (ending: string) => join(folder, `${name}.${ending}`);
    const secret = { authorityFile: place("ca.crt"), certificateFile: place("crt"), keyFile: place("key") };
    await writeFile(secret.authorityFile, files["ca.crt"]);
    await writeFile(secret.certificateFile, files["tls.crt"]);
    await writeFile(secret.keyFile, files["tls.key"]);
    return secret;
}
