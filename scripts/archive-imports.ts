// Which resources of a stack's plan stand for a bucket that outlived an earlier stack, and by which id each is found.

import { archiveKeyAlias } from "../components/archive-key-alias.ts";

/** A resource in the import file that `pulumi preview --import-file` writes and `pulumi import --file` reads. */
export interface PlannedResource {
    readonly type: string;
    /** Unique in the file; `parent` refers to it. */
    readonly name: string;
    readonly parent?: string;
    readonly component?: boolean;
    readonly id?: string;
}

/** The import file. */
export interface ImportFile {
    /** URNs of resources that the stack has already, by the name that `parent` refers to. */
    readonly nameTable?: Readonly<Record<string, string>>;
    readonly resources: readonly PlannedResource[];
}

/** The bucket to take back. */
export interface KeptArchive {
    readonly bucketName: string;
    /** Id of the KMS key that its alias stands for. */
    readonly keyId: string;
}

const archiveType = "chattingo:logging:LogArchive";

/**
 * The import file for the archive alone: the component, unless a failed `pulumi up` has made it, and what it is made
 * of, each with the id of what exists.
 *
 * @throws an error when the plan has no archive to make, because the stack has one already
 */
export function archiveImports(plan: ImportFile, { bucketName, keyId }: KeptArchive): ImportFile {
    const made = Object.entries(plan.nameTable ?? {}).filter(([, urn]) => urn.includes(`::${archiveType}::`));
    const planned = plan.resources.filter(({ type }) => type === archiveType);
    const archiveNames = [...made.map(([name]) => name), ...planned.map(({ name }) => name)];
    const parts = plan.resources.filter(({ parent }) => parent !== undefined && archiveNames.includes(parent));
    if (parts.length === 0) {
        throw new Error(
            "the stack has an archive already, so there is nothing to take back: `pulumi stack --show-urns` lists it",
        );
    }
    return {
        nameTable: Object.fromEntries(made),
        resources: [...planned, ...parts.map((part) => ({ ...part, id: idOf(part.type, bucketName, keyId) }))],
    };
}

function idOf(type: string, bucketName: string, keyId: string): string {
    switch (type) {
        case "aws:kms/key:Key":
            return keyId;
        case "aws:kms/alias:Alias":
            return archiveKeyAlias(bucketName);
        default:
            // The bucket, and everything that configures it.
            return bucketName;
    }
}
