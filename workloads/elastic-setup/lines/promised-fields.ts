// The fields that a line is promised to have where the application wrote them, each with its type and with the names under
// which applications write it. docs/search.md shows this table to users; a test compares the two.

/** How a promised field is found. */
export type PromisedType =
    /** By its whole value. */
    | "keyword"
    /** By its words. */
    | "text";

/** A promised field. */
export interface PromisedField {
    /** Its name, that of the Elastic Common Schema where there is one. */
    readonly name: string;
    readonly type: PromisedType;
    /**
     * Names under which applications write it, the first one that a line has counts; a dot stands for a key of that
     * spelling and for a key within an object.
     */
    readonly writtenAs: readonly string[];
    /** The value is taken out of `application`, because the promised field says the very same: it would cost twice. */
    readonly isMoved?: boolean;
}

/** Objects in which logging libraries put what the application added to a line (MDC, bindings, tags). */
const contexts = [
    ...["context", "ctx", "mdc", "contextMap", "extra", "fields", "data", "labels", "meta", "attributes"],
    ...["Properties", "State", "record.extra"],
];

const inContexts = (...names: readonly string[]): readonly string[] => [
    ...names,
    ...contexts.flatMap((context) => names.map((name) => `${context}.${name}`)),
];

/** Every promised field that comes from the line; what the shipper says of its origin is beside them. */
export const promisedFields: readonly PromisedField[] = [
    {
        name: "message",
        type: "text",
        writtenAs: [
            ...["message", "msg", "@message", "@m", "short_message", "Message", "MESSAGE", "RenderedMessage"],
            ...["fields.message", "record.message", "event", "log", "body", "body.stringValue", "Body", "text", "@mt"],
            "MessageTemplate",
        ],
        isMoved: true,
    },
    {
        name: "user_id",
        type: "keyword",
        writtenAs: [
            ...inContexts("user_id", "userId", "userID", "UserId", "user-id", "userid", "user.id"),
            ...["user.user_id", "usr.id", "enduser.id", "user"],
        ],
        isMoved: true,
    },
    {
        name: "log.level",
        type: "keyword",
        writtenAs: [
            ...[
                "log.level",
                "level_name",
                "levelname",
                "level",
                "severity",
                "loglevel",
                "lvl",
                "@l",
                "Level",
                "LogLevel",
            ],
            ...["severityText", "severity_text", "SeverityText", "record.level.name", "level.name", "PRIORITY"],
        ],
        isMoved: true,
    },
    {
        name: "log.logger",
        type: "keyword",
        writtenAs: [
            ...["log.logger", "logger", "logger_name", "loggerName", "SourceContext", "Properties.SourceContext"],
            ...["Category", "record.name"],
        ],
        isMoved: true,
    },
    {
        name: "process.thread.name",
        type: "keyword",
        writtenAs: ["process.thread.name", "thread_name", "thread", "threadName", "ThreadId"],
        isMoved: true,
    },
    {
        name: "service.name",
        type: "keyword",
        writtenAs: [
            ...["service.name", "service", "service_name", "serviceName", "app", "application", "SYSLOG_IDENTIFIER"],
            "resource.service.name",
        ],
        isMoved: true,
    },
    {
        name: "trace.id",
        type: "keyword",
        writtenAs: inContexts("trace.id", "trace_id", "traceId", "traceID"),
        isMoved: true,
    },
    {
        name: "span.id",
        type: "keyword",
        writtenAs: inContexts("span.id", "span_id", "spanId", "spanID"),
        isMoved: true,
    },
    {
        name: "error.type",
        type: "keyword",
        writtenAs: ["error.type", "error.name", "error.class", "err.type", "err.name", "error_type", "exc_type"],
    },
    {
        name: "error.message",
        type: "text",
        writtenAs: ["error.message", "err.message", "error", "err", "error_message", "errorMessage"],
    },
    {
        name: "error.stack_trace",
        type: "text",
        writtenAs: [
            ...["error.stack_trace", "error.stack", "err.stack", "stack_trace", "stacktrace", "stackTrace", "stack"],
            ...["exception.stacktrace", "exception", "exc_info", "traceback", "backtrace", "@x", "thrown", "Exception"],
            ...["err.stacktrace", "record.exception.traceback", "thrown.extendedStackTrace"],
        ],
        isMoved: true,
    },
];

/**
 * Keys that may hold the time of a line; the first one that is there and can be read counts. A dot stands for a key within
 * an object.
 */
export const timeKeys: readonly string[] = [
    ...["@timestamp", "timestamp", "time", "ts", "datetime", "@t", "instant", "date", "asctime", "eventTime"],
    ...["Timestamp", "timeUnixNano", "t", "time_iso8601", "time_local", "start_time", "__REALTIME_TIMESTAMP"],
    "record.time",
];
