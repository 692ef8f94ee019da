// What log-setup did with one path, in words.

/** What was done with one path of the tree. */
export interface TreeChange {
    readonly path: string;
    readonly outcome: "made" | "changed" | "unchanged" | "refused";
    /** What was changed, or why it was refused. */
    readonly detail?: string;
}

/** One line for the log. */
export function describeChange({ path, outcome, detail }: TreeChange): string {
    return detail ? `${path}: ${outcome}: ${detail}` : `${path}: ${outcome}`;
}
