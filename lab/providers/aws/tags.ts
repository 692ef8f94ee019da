// Tags: the provider's defaults below a resource's own, and what a change of them asks of AWS.

/** Tags of a resource. */
export type Tags = Readonly<Record<string, string>>;

/** A tag as most services of AWS write it. */
export interface AwsTag {
    readonly Key: string;
    readonly Value: string;
}

/** Tags as AWS wants them. */
export function toAwsTags(tags: Tags): AwsTag[] {
    return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as AWS returns them. */
export function fromAwsTags(tags: readonly { Key?: string; Value?: string }[] | undefined): Tags {
    return Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** Names of the tags to be removed when `wanted` takes the place of `previous`. */
export function removedTags(previous: Tags, wanted: Tags): string[] {
    return Object.keys(previous).filter((name) => !(name in wanted));
}

/** A resource's own tags: all of them but the provider's defaults that the resource does not set itself. */
export function ownTags(all: Tags, defaults: Tags, set: Tags): Tags {
    return Object.fromEntries(Object.entries(all).filter(([name, value]) => name in set || defaults[name] !== value));
}
