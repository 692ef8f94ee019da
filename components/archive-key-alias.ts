// The name by which people and `adopt-archive` find the key of a bucket, also of one that has outlived its stack.

/**
 * Alias of the key. The name of a bucket can have dots, that of an alias can't; no bucket's name has an underscore, so
 * no two buckets share an alias.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html#KMS-CreateAlias-request-AliasName
 */
export function archiveKeyAlias(bucketName: string): string {
    return `alias/${bucketName.replaceAll(".", "_")}`;
}
