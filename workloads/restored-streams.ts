// Where restored lines are in Elasticsearch: in data streams of their own, which the data views, dashboards and alerts of
// the live ones (`chattingo-*`) do not see.

/** Every data stream of restored lines, as a pattern. */
export const anyRestoredStream = "restored-chattingo-*";

/** The data stream of a category's restored lines in a stack; `*` for the category makes a pattern. */
export function restoredStream(category: string, stack: string): string {
    return `restored-chattingo-${category}-${stack}`;
}
