// Who may log in to Elasticsearch, and what each may do there. The users live in files of Elasticsearch's own, so that
// they are there before its first start ends, and nobody needs a superuser to make them:
// https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/file-based

import { createHmac, pbkdf2Sync } from "node:crypto";
import { stringify } from "yaml";
import {
    anyDataStream,
    anyDataStreamOf,
    canaryStreamOf,
    deadLetterStreamOf,
    restoredStream,
} from "../formats/data-streams.ts";

/** A user by what it is for: one for people, and one for each program. */
export type SearchUser = "admin" | "filebeat" | "kibana" | "exporter" | "setup" | "restore" | "canary" | "status";

/** Every user. */
export const searchUsers: readonly SearchUser[] = [
    "admin",
    "filebeat",
    "kibana",
    "exporter",
    "setup",
    "restore",
    "canary",
    "status",
];

/** Rounds of the hash. The passwords are as random as keys: no number of rounds has to slow down who guesses. */
const hashRounds = 10_000;
const hashBytes = 32;

/** The name with which the user logs in. */
export function userName(user: SearchUser): string {
    return `chattingo-${user}`;
}

/** The user's password, which tells nothing of the key that it is made from, nor of another user's. */
export function passwordOf(key: string, user: SearchUser): string {
    return derived(key, `password\0${user}`).toString("base64url");
}

/** The secret from which Kibana's encryption keys are made, which tells nothing of the key or of a password. */
export function kibanaSecretOf(key: string): string {
    return derived(key, "kibana\0encryption").toString("hex");
}

/** The file `users`: a hash for every password. The same key makes the same file. */
export function usersFile(key: string): string {
    return lines(searchUsers.map((user) => `${userName(user)}:${hashOf(key, user)}`));
}

/** The file `users_roles`. No two users share a role. */
export function usersRolesFile(): string {
    return lines(searchUsers.flatMap((user) => rolesOf[user].map((role) => `${role}:${userName(user)}`)));
}

/**
 * The file `roles.yml`: what the programs may do, and no more.
 *
 * @param stack name of the stack, which ends the names of the data streams
 */
export function rolesFile(stack: string): string {
    const canaryStream = canaryStreamOf(stack);
    const roles = {
        // It makes data streams by their templates and adds documents. It can't read, change or delete one.
        [ownRole("filebeat")]: {
            cluster: ["monitor"],
            indices: [{ names: [anyDataStreamOf(stack), canaryStream], privileges: ["auto_configure", "create_doc"] }],
        },
        // https://github.com/prometheus-community/elasticsearch_exporter#elasticsearch-7x-security-privileges
        [ownRole("exporter")]: {
            cluster: ["monitor"],
            // Their aliases, too: refused those, it would show none of the indices.
            indices: [{ names: [anyDataStream], privileges: ["monitor", "view_index_metadata"] }],
        },
        // It sees and changes how lines are kept, and can read none.
        [ownRole("setup")]: {
            cluster: ["monitor", "manage_ilm", "manage_index_templates", "manage_ingest_pipelines"],
            indices: [
                { names: [anyDataStream, canaryStream], privileges: ["view_index_metadata", "monitor", "manage"] },
            ],
        },
        // By the template that elastic-setup made. It can't read, change or delete a line, nor see the live streams.
        [ownRole("restore")]: {
            indices: [{ names: [restoredStream("*", stack)], privileges: ["auto_configure", "create_doc"] }],
        },
        // It looks for its own lines, and sees no user's.
        [ownRole("canary")]: { indices: [{ names: [canaryStream], privileges: ["read"] }] },
        // It counts the lines that Elasticsearch refused, and sees no other.
        [ownRole("status")]: { indices: [{ names: [deadLetterStreamOf(stack)], privileges: ["read"] }] },
    };
    return stringify(roles, { aliasDuplicateObjects: false });
}

/** The roles of each user; those that are not in {@link rolesFile} are built in. */
const rolesOf: Readonly<Record<SearchUser, readonly string[]>> = {
    admin: ["superuser"],
    filebeat: [ownRole("filebeat")],
    kibana: ["kibana_system"],
    exporter: [ownRole("exporter")],
    // Data views and saved searches are Kibana's.
    setup: [ownRole("setup"), "kibana_admin"],
    restore: [ownRole("restore")],
    canary: [ownRole("canary")],
    // Kibana shows its figures to anyone who has logged in, whatever they may do: elastic/kibana,
    // src/core/packages/status/server-internal/src/routes/status.ts.
    status: [ownRole("status")],
};

function ownRole(user: SearchUser): string {
    return `chattingo_${user}`;
}

/** As Elasticsearch writes it: https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/security-settings#hashing-settings */
function hashOf(key: string, user: SearchUser): string {
    const salt = derived(key, `salt\0${user}`);
    const hash = pbkdf2Sync(passwordOf(key, user), salt, hashRounds, hashBytes, "sha512");
    return `{PBKDF2}${hashRounds}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

function derived(key: string, use: string): Buffer {
    return createHmac("sha256", key).update(use).digest();
}

function lines(list: readonly string[]): string {
    return `${list.join("\n")}\n`;
}
