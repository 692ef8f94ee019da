// Where things lie in the archive bucket: `YYYY/MM/DD/archive/<name>` and `YYYY/MM/DD/metadata/upload_manifest.json`,
// as patterns of IAM policies, in which `?` stands for one character and `*` for any number, slashes included.

const day = "????/??/??";

/** Keys of archives; in a stack with several nodes a node's name stands before the archive's. */
export const archiveKeyPattern = `${day}/archive/*`;

/** Keys of upload manifests. */
export const manifestKeyPattern = `${day}/metadata/upload_manifest.json`;
