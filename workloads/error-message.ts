// What a caught value says.

/** The message of an error; anything else that was thrown, as text. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
