// How long objects stay in the archive bucket and in which storage class. Keys begin with a date, so no rule can tell
// archives from manifests by a prefix; what sets them apart here is their size.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html

import type { types } from "@pulumi/aws";
import type { ArchiveStorageClass } from "../settings/index.ts";

type Rule = types.input.s3.BucketLifecycleConfigurationRule;

/** What decides the rules. */
export interface ArchiveLifecycle {
    /** Days after which an object expires. */
    readonly retentionDays: number;
    /** Undefined: objects stay in the class in which they were put. */
    readonly transition?: { readonly storageClass: ArchiveStorageClass; readonly afterDays: number };
}

/** Days after which the parts of an upload that was never completed are deleted. */
const abandonedUploadDays = 7;

/** Days for which an object that was overwritten, deleted or expired can still be recovered. */
export const recoverableDays = 30;

/**
 * Smaller objects, such as manifests, stay where they are: colder classes bill each as if it had this many bytes, and
 * a manifest in GLACIER could not be read without a restore.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
const smallestMovedBytes = 128 * 1024;

/** The bucket's lifecycle rules. */
export function lifecycleRules({ retentionDays, transition }: ArchiveLifecycle): readonly Rule[] {
    const everything = { status: "Enabled", filter: { prefix: "" } };
    const abortAbandonedUploads: Rule = {
        id: "abort-abandoned-uploads",
        ...everything,
        abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
    };
    const moveToColderStorage: readonly Rule[] = transition
        ? [
              {
                  id: "move-to-colder-storage",
                  status: "Enabled",
                  // S3 moves what is larger than this number, not what is as large.
                  filter: { objectSizeGreaterThan: smallestMovedBytes - 1 },
                  transitions: [{ days: transition.afterDays, storageClass: transition.storageClass }],
              },
          ]
        : [];
    const expireAfterRetention: Rule = {
        id: "expire-after-retention",
        ...everything,
        expiration: { days: retentionDays },
        noncurrentVersionExpiration: { noncurrentDays: recoverableDays },
    };
    // In a bucket with versions an object that expires leaves a marker, which S3 would keep and list for ever.
    const removeMarkers: Rule = {
        id: "remove-markers-of-expired-objects",
        ...everything,
        expiration: { expiredObjectDeleteMarker: true },
    };
    return [abortAbandonedUploads, ...moveToColderStorage, expireAfterRetention, removeMarkers];
}
