// Names of the data streams: of users' lines, of those that Elasticsearch refused, of the canary's and of restored ones.
// Only the first two begin with `chattingo-`, so that the data views, dashboards and alerts of live lines see no others.

/**
 * What a stack may be called: its name ends those of data streams.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create-data-stream
 */
export const stackName = /^[a-z0-9][a-z0-9_.-]{0,99}$/;

/** The data stream that takes a category's lines in a stack. */
export function dataStreamOf(category: string, stack: string): string {
    return `chattingo-${category}-${stack}`;
}

/** Every data stream of the system, as a pattern. */
export const anyDataStream = "chattingo-*";

/** Every data stream of a stack, as a pattern. */
export function anyDataStreamOf(stack: string): string {
    return dataStreamOf("*", stack);
}

/** The data streams of a category in every stack, as a pattern. */
export function anyDataStreamOfCategory(category: string): string {
    return dataStreamOf(category, "*");
}

/** The category of lines that Elasticsearch refused, which Filebeat then sends whole. */
export const deadLetterCategory = "dead-letter";

/** The data stream of lines that Elasticsearch refuses, whole, with its reason. */
export function deadLetterStreamOf(stack: string): string {
    return dataStreamOf(deadLetterCategory, stack);
}

/** What stands in the field `category` of the canary's lines; no category of users' lines has this name. */
export const canaryCategory = "canary";

/**
 * The data stream of a stack's canary lines. Its name is outside of `chattingo-*`, so that nobody who searches or
 * counts users' lines meets one of them.
 */
export function canaryStreamOf(stack: string): string {
    return `canary-chattingo-${stack}`;
}

/** Every data stream of restored lines, as a pattern. */
export const anyRestoredStream = "restored-chattingo-*";

/** The data stream of a category's restored lines in a stack; `*` for the category makes a pattern. */
export function restoredStream(category: string, stack: string): string {
    return `restored-chattingo-${category}-${stack}`;
}
