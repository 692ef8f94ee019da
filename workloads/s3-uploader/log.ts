// The uploader's own log: one JSON object a line on standard output.

/** How much a line matters. */
export type LogLevel = "info" | "warning" | "error";

/** Writes one line; `fields` come after `@timestamp`, `level` and `message`. */
export function log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    process.stdout.write(`${JSON.stringify({ "@timestamp": new Date().toISOString(), level, message, ...fields })}\n`);
}
