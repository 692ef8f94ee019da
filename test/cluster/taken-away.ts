// What a plan of the engine takes away of what may not go by an edit of settings.

import type { PreviewStep } from "../../scripts/lab-stack.ts";

/** Types whose objects ship, keep or hold logs. */
const lasting = [
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:core/v1:Namespace",
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
];

/** What a plan takes away of what lasts. */
export function takenAway(steps: readonly PreviewStep[]): readonly string[] {
    return (
        steps
            .filter(({ operation, type }) => /delete|replace/.test(operation) && lasting.includes(type))
            // A replacement is planned in up to three steps, of which this one always is.
            .filter(({ operation }) => operation === "replace" || operation === "delete")
            .map(({ operation, type, name }) => `${operation} ${type} ${name}`)
    );
}
