// What S3 promises and asks of each storage class that archives may be kept in.

/**
 * S3 storage classes for archives, in the order in which a lifecycle rule may move an object: only downwards.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
export const archiveStorageClasses = [
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
] as const;

/** One of {@link archiveStorageClasses}. */
export type ArchiveStorageClass = (typeof archiveStorageClasses)[number];

/**
 * Days for which S3 bills an object of the class even if it is deleted or moved earlier.
 *
 * @see https://aws.amazon.com/s3/storage-classes/ (minimum storage duration)
 */
export const minimumStorageDays: Readonly<Record<ArchiveStorageClass, number>> = {
    STANDARD: 0,
    STANDARD_IA: 30,
    INTELLIGENT_TIERING: 0,
    GLACIER_IR: 90,
    GLACIER: 90,
    DEEP_ARCHIVE: 180,
};

/** Days for which S3 keeps an object in another class before a lifecycle rule may move it to this one. */
export function earliestTransitionDays(to: ArchiveStorageClass): number {
    return to === "STANDARD_IA" ? 30 : 1;
}

/** The classes to which a lifecycle rule can move an object of class `from`. */
export function transitionTargets(from: ArchiveStorageClass): readonly ArchiveStorageClass[] {
    return archiveStorageClasses.slice(archiveStorageClasses.indexOf(from) + 1);
}
