// What all ways of the bench have in common.

/** Bodies that are sent at the same time: what the uploader does, and what the others are told. */
export const parallelism = 4;
