// Who may talk to Elasticsearch, and how it is known to be Elasticsearch: users with their roles, the login of each
// program, and certificates.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "./checksum.ts";
import { headlessServiceName } from "./elasticsearch-files.ts";
import type { KibanaCertificate } from "./kibana-tls.ts";
import { labelsOf } from "./labels.ts";
import { SearchCertificates } from "./search-certificates.ts";
import type { SearchLogin } from "./search-login.ts";
import {
    kibanaSecretOf,
    passwordOf,
    rolesFile,
    type SearchUser,
    userName,
    usersFile,
    usersRolesFile,
} from "./search-users.ts";
import { secretData } from "./secret-data.ts";

/** What a {@link SearchSecurity} needs. */
export interface SearchSecurityArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    /** Secret from which all passwords are made, at least 32 characters. */
    readonly passwordKey: string;
    /** Have cert-manager make the certificates; otherwise their two Secrets are there already. */
    readonly certManager: boolean;
}

/** Secret with `ca.crt`, `tls.crt` and `tls.key`, for HTTP and between the nodes. */
export const certificateSecretName = "elasticsearch-tls";

/** The same of Kibana. */
export const kibanaCertificateSecretName = "kibana-server-tls";

const app = "elasticsearch";
const role = "search";
const usersSecretName = `${app}-users`;

/** Provisions users, logins and certificates. */
export class SearchSecurity extends pulumi.ComponentResource {
    /** Secret with Elasticsearch's files `users` and `users_roles`. */
    readonly usersSecretName: pulumi.Output<string>;
    /** Secret with the certificates. */
    readonly certificateSecretName = certificateSecretName;
    /** Secret with Kibana's. */
    readonly kibanaCertificate: KibanaCertificate = { secretName: kibanaCertificateSecretName };
    /** Changes with any password. */
    readonly usersChecksum: string;
    /** Elasticsearch's file `roles.yml`. */
    readonly roles: string;
    /** Name and password with which people log in to Kibana the first time. */
    readonly admin: { readonly username: string; readonly password: pulumi.Output<string> };

    /** Secret from which Kibana's encryption keys can be made. */
    readonly kibanaSecret: pulumi.Output<string>;

    readonly #passwordKey: string;
    readonly #namespace: pulumi.Input<string>;

    constructor(name: string, args: SearchSecurityArgs, options?: pulumi.ComponentResourceOptions) {
        super("chattingo:logging:SearchSecurity", name, {}, options);
        this.#passwordKey = args.passwordKey;
        this.#namespace = args.namespace;

        const users = usersFile(args.passwordKey);
        this.roles = rolesFile(args.stack);
        this.usersChecksum = checksum(users);
        this.usersSecretName = this.#secret(usersSecretName, { users, users_roles: usersRolesFile() });
        this.admin = {
            username: userName("admin"),
            password: pulumi.secret(passwordOf(args.passwordKey, "admin")),
        };
        this.kibanaSecret = pulumi.secret(kibanaSecretOf(args.passwordKey));
        if (args.certManager) {
            new SearchCertificates(
                app,
                {
                    namespace: args.namespace,
                    secretName: certificateSecretName,
                    serviceName: app,
                    headlessServiceName,
                    kibana: { secretName: kibanaCertificateSecretName, serviceName: "kibana" },
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }

    /** The login of one program, in a Secret that no other program's pod is given. */
    login(user: Exclude<SearchUser, "admin">): SearchLogin {
        const password = passwordOf(this.#passwordKey, user);
        return {
            secretName: this.#secret(`${app}-login-${user}`, { username: userName(user), password }),
            passwordChecksum: checksum(password),
            certificateSecretName,
        };
    }

    #secret(name: string, content: Readonly<Record<string, string>>): pulumi.Output<string> {
        return new k8s.core.v1.Secret(
            name,
            {
                metadata: { name, namespace: this.#namespace, labels: labelsOf(app, role) },
                data: pulumi.secret(secretData(content)),
            },
            { parent: this },
        ).metadata.name;
    }
}
