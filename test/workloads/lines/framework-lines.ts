// Lines as frameworks write them, and the document that each is to become.

/** What is written into a log of its own, and what search has then. */
export interface WrittenLines {
    /** Framework and format. */
    readonly what: string;
    /** Category, `application` by default. */
    readonly category?: string;
    /** Lines of the file, each without its end. */
    readonly lines: readonly string[];
    /** The documents, in the order of the lines, as far as they matter; a path has dots. `undefined` stands for no such field. */
    readonly documents: readonly Readonly<Record<string, unknown>>[];
    /** Queries of Elasticsearch, each of which finds the file's first document. */
    readonly foundBy?: readonly object[];
}

const logbackTrace = [
    "2026-11-29 10:15:30,123 ERROR [http-nio-8080-exec-1] c.c.ChatController - Message 4711 was not sent",
    "java.lang.IllegalStateException: room 7 is closed",
    "\tat com.chattingo.Room.send(Room.java:42)",
    "",
    "\tSuppressed: java.io.IOException: stream closed",
    "\t\tat com.chattingo.Stream.close(Stream.java:7)",
    "Caused by: java.net.SocketException: Broken pipe",
    "\t... 17 more",
];
const pythonTrace = [
    "2026-11-29 10:15:30,456 - chat.worker - ERROR - job 12 failed",
    "Traceback (most recent call last):",
    '  File "/app/worker.py", line 12, in run',
    "    raise ValueError(text)",
    "ValueError: no such room",
];
const goPanic = [
    "2026/11/29 10:15:31 http: panic serving 10.0.0.7:51820: runtime error: index out of range [5] with length 3",
    "goroutine 34 [running]:",
    "net/http.(*conn).serve.func1(0xc0000b4000)",
    "\t/usr/local/go/src/net/http/server.go:1801 +0x147",
    "main.handler({0x7f1c, 0xc0000b6000}, 0xc0000d2000)",
    "\t/app/main.go:17 +0x1d",
    "created by net/http.(*Server).Serve in goroutine 1",
    "\t/usr/local/go/src/net/http/server.go:2933 +0x35c",
];
const nodeTrace = [
    "[2026-11-29T10:15:32.001Z] ERROR: request failed",
    "TypeError: Cannot read properties of undefined (reading 'id')",
    "    at handler (/app/chat.js:12:9)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {",
    "  code: 'E_CHAT'",
    "}",
];
const rubyTrace = [
    "E, [2026-11-29T10:15:33.250000 #77] ERROR -- : job failed",
    "app/jobs/send.rb:9:in `perform': room is gone (RuntimeError)",
    "\tfrom app/jobs/base.rb:3:in `run'",
];
const dotnetTrace = [
    "2026-11-29 10:15:34.100 +01:00 [ERR] Unhandled exception in request",
    "System.InvalidOperationException: Sequence contains no elements",
    " ---> System.ArgumentNullException: Value cannot be null.",
    "   at System.Linq.Enumerable.First(IEnumerable source)",
    "   --- End of inner exception stack trace ---",
    "   at Chattingo.Rooms.Get(Int32 id) in /src/Rooms.cs:line 21",
];
const sql = [
    "2026-11-29 10:15:35.000 UTC [311] LOG:  duration: 1204.5 ms  statement: SELECT m.id, m.body",
    "FROM messages m",
    "LEFT JOIN rooms r ON r.id = m.room_id",
    "WHERE m.created_at > now() - interval '1 day'",
    "  AND r.name = 'general'",
];

/** Every case. */
export const frameworkLines: readonly WrittenLines[] = [
    {
        what: "logstash-logback-encoder",
        lines: [
            '{"@timestamp":"2026-11-29T10:15:30.123+01:00","@version":"1","message":"Message sent","logger_name":"com.chattingo.Chat","thread_name":"exec-1","level":"INFO","level_value":20000,"user_id":"12345"}',
            '{"@timestamp":"2026-11-29T10:15:31Z","message":"It failed","level":"ERROR","stack_trace":"java.lang.IllegalStateException: overflowing gizmo\\n\\tat com.chattingo.Chat.send(Chat.java:42)\\n"}',
        ],
        documents: [
            {
                "@timestamp": "2026-11-29T09:15:30.123Z",
                message: "Message sent",
                user_id: "12345",
                "log.level": "info",
                "log.logger": "com.chattingo.Chat",
                "process.thread.name": "exec-1",
                "application.@timestamp": "2026-11-29T10:15:30.123+01:00",
                "event.time_source": undefined,
            },
            {
                "@timestamp": "2026-11-29T10:15:31.000Z",
                "error.stack_trace":
                    "java.lang.IllegalStateException: overflowing gizmo\n\tat com.chattingo.Chat.send(Chat.java:42)\n",
            },
        ],
        foundBy: [{ term: { user_id: "12345" } }, { range: { "number.level_value": { gte: 19000, lt: 21000 } } }],
    },
    {
        what: "pino",
        lines: [
            '{"level":50,"time":1795947330123,"pid":17,"hostname":"chat-0","userId":12345,"err":{"type":"TypeError","message":"purple widget","stack":"TypeError: purple widget\\n    at chat.js:1"},"msg":"request failed"}',
        ],
        documents: [
            {
                "@timestamp": "2026-11-29T10:15:30.123Z",
                message: "request failed",
                user_id: "12345",
                "log.level": "error",
                "error.type": "TypeError",
                "error.message": "purple widget",
                "application.time": 1795947330123,
            },
        ],
        foundBy: [
            { match_phrase: { "error.stack_trace": "purple widget" } },
            { term: { "application.userId": "12345" } },
            { match_phrase: { "event.original": '"pid":17,"hostname":"chat-0"' } },
        ],
    },
    {
        what: "winston",
        lines: [
            '{"level":"warn","message":"slow","timestamp":"2026-11-29 10:15:30","durationMs":1204,"context":{"user_id":"u-9"}}',
        ],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.000Z", message: "slow", user_id: "u-9", "log.level": "warn" }],
        foundBy: [
            { range: { "number.durationMs": { gt: 1203, lt: 1205 } } },
            { range: { durationMs: { gt: 1203, lt: 1205 } } },
        ],
    },
    {
        what: "bunyan",
        lines: [
            '{"name":"chat","hostname":"h","pid":1,"level":30,"msg":"joined","time":"2026-11-29T10:15:30.5Z","v":0}',
        ],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.500Z", message: "joined", "log.level": "info" }],
        foundBy: [{ term: { "application.name": "chat" } }],
    },
    {
        what: "zap",
        lines: [
            '{"level":"info","ts":1795947330.1234567,"caller":"chat/main.go:21","msg":"started","user":{"id":"z-1"}}',
        ],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z", message: "started", user_id: "z-1" }],
        foundBy: [{ term: { "application.caller": "chat/main.go:21" } }],
    },
    {
        what: "zerolog",
        lines: ['{"level":"error","error":"connection refused by peer","time":1795947330,"message":"dial"}'],
        documents: [
            {
                "@timestamp": "2026-11-29T10:15:30.000Z",
                message: "dial",
                "error.message": "connection refused by peer",
            },
        ],
        foundBy: [{ match: { "error.message": "refused" } }, { match: { text: "peer" } }],
    },
    {
        what: "slog",
        lines: ['{"time":"2026-11-29T10:15:30.123456789+05:30","level":"INFO","msg":"listening","port":8080}'],
        documents: [{ "@timestamp": "2026-11-29T04:45:30.123Z", message: "listening", "application.port": 8080 }],
    },
    {
        what: "structlog",
        lines: [
            '{"event":"room created","level":"debug","timestamp":"2026-11-29T10:15:30.123456Z","room":"caf\\u00e9 bleu"}',
        ],
        documents: [
            {
                "@timestamp": "2026-11-29T10:15:30.123Z",
                message: "room created",
                "application.timestamp": "2026-11-29T10:15:30.123456Z",
            },
        ],
        foundBy: [{ match_phrase: { text: "café bleu" } }, { term: { "application.room": "café bleu" } }],
    },
    {
        what: "python-json-logger",
        lines: ['{"asctime":"2026-11-29 10:15:30,123","levelname":"WARNING","name":"chat","message":"retry"}'],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z", message: "retry", "log.level": "warn" }],
    },
    {
        what: "Serilog compact",
        lines: ['{"@t":"2026-11-29T10:15:30.1234567Z","@mt":"Room {Room} opened","@l":"Warning","Room":7}'],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z", message: "Room {Room} opened", "log.level": "warn" }],
    },
    {
        what: "log4j2 JsonTemplateLayout",
        lines: [
            '{"instant":{"epochSecond":1795947330,"nanoOfSecond":123456789},"thread":"main","level":"WARN","loggerName":"c.C","message":"low"}',
        ],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z", "log.logger": "c.C", "process.thread.name": "main" }],
    },
    {
        what: "GELF",
        lines: [
            '{"version":"1.1","host":"web-1","short_message":"gelf line","timestamp":1795947330.5,"level":3,"_user":"x"}',
        ],
        documents: [
            {
                "@timestamp": "2026-11-29T10:15:30.500Z",
                message: "gelf line",
                "application.host": "web-1",
                "host.name": "node-1",
            },
        ],
    },
    {
        what: "Elastic Common Schema",
        lines: [
            '{"@timestamp":"2026-11-29T10:15:30.123Z","log":{"level":"ERROR","file":{"path":"/forged"},"offset":-1},"message":"ecs","trace":{"id":"t1"},"service":{"name":"chat"}}',
        ],
        documents: [
            {
                message: "ecs",
                "log.level": "error",
                "trace.id": "t1",
                "service.name": "chat",
                "application.log.file.path": "/forged",
            },
        ],
    },
    {
        what: "logback, text",
        lines: ["2026-11-29 10:15:30,123 INFO  [main] c.c.Chat - Started in 3.2 seconds"],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z", "log.level": "info" }],
        foundBy: [{ match_phrase: { message: "Started in 3.2 seconds" } }],
    },
    {
        what: "log4j, text with a level first",
        lines: ["WARN  2026-11-29T10:15:30.123+0100 [exec-3] c.c.Chat - late"],
        documents: [{ "@timestamp": "2026-11-29T09:15:30.123Z", "log.level": "warn" }],
    },
    {
        what: "nginx access",
        lines: ['10.0.0.7 - alice [29/Nov/2026:10:15:30 +0100] "GET /chat HTTP/1.1" 200 512 "-" "curl/8.0"'],
        documents: [{ "@timestamp": "2026-11-29T09:15:30.000Z", "event.time_source": undefined }],
        foundBy: [{ match_phrase: { message: "GET /chat" } }],
    },
    {
        what: "nginx error",
        lines: ['2026/11/29 10:15:30 [error] 31#31: *7 open() "/srv/x" failed (2: No such file or directory)'],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.000Z", "log.level": "error" }],
    },
    {
        what: "Apache error",
        lines: ["[Sun Nov 29 10:15:30.123456 2026] [core:error] [pid 9] client denied"],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z" }],
    },
    {
        what: "syslog",
        lines: [
            "Nov 29 10:15:30 chat-0 sshd[311]: Accepted publickey for ops",
            "<34>1 2026-11-29T10:15:30.003Z chat-0 su - ID47 - 'su root' failed",
        ],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.000Z" }, { "@timestamp": "2026-11-29T10:15:30.003Z" }],
    },
    {
        what: "Rails",
        lines: ["I, [2026-11-29T10:15:30.123456 #77]  INFO -- : Completed 200 OK in 12ms"],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z", "log.level": "info" }],
    },
    {
        what: "logfmt",
        lines: ['time="2026-11-29T10:15:30+01:00" level=warning msg="cache is cold"'],
        documents: [{ "@timestamp": "2026-11-29T09:15:30.000Z", "log.level": "warn" }],
        foundBy: [{ match_phrase: { message: "cache is cold" } }],
    },
    {
        what: "klog",
        lines: ["E1129 10:15:30.123456       1 chat.go:17] it failed"],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z" }],
    },
    {
        what: "Redis",
        lines: ["1:M 29 Nov 2026 10:15:30.123 * Background saving started"],
        documents: [{ "@timestamp": "2026-11-29T10:15:30.123Z" }],
    },
    {
        what: "colours",
        lines: [
            "\u001b[32m2026-11-29 10:15:30.5\u001b[0m \u001b[1;31mERROR\u001b[0m login \u001b[33mfailed\u001b[0m",
            '{"msg":"\\u001b[31mlogin\\u001b[39m failed","time":"2026-11-29T10:15:30Z"}',
        ],
        category: "authentication",
        documents: [
            {
                "@timestamp": "2026-11-29T10:15:30.500Z",
                message: "2026-11-29 10:15:30.5 ERROR login failed",
                "log.level": "error",
            },
            { message: "login failed" },
        ],
        foundBy: [{ match_phrase: { message: "login failed" } }],
    },
    {
        what: "numbers that are too large for a double",
        lines: [
            '{"message":"ids","order_id":9007199254740993,"other":123456789012345678901234567890}',
            '{"message":"ids","order_id":9007199254740992}',
        ],
        documents: [{ message: "ids" }, { message: "ids" }],
        foundBy: [
            { term: { "application.order_id": "9007199254740993" } },
            { term: { "application.other": "123456789012345678901234567890" } },
        ],
    },
    {
        what: "a text and then a number in one field",
        lines: ['{"message":"a","took":"12ms"}', '{"message":"b","took":12}'],
        documents: [{ "application.took": "12ms", "number.took": undefined }, { "number.took": 12 }],
        foundBy: [{ term: { "application.took": "12ms" } }],
    },
    {
        what: "a message that is an object",
        lines: ['{"message":{"action":"invite sent","to":["bob","carol"]},"@timestamp":1795947330123}'],
        documents: [
            {
                "@timestamp": "2026-11-29T10:15:30.123Z",
                "application.@timestamp": 1795947330123,
                "application.message.action": "invite sent",
            },
        ],
        foundBy: [{ match: { message: "carol" } }, { match_phrase: { message: "invite sent" } }],
    },
    {
        what: "no time, and one that can't be read",
        lines: [
            "nobody knows when",
            '{"message":"m","time":"yesterday"}',
            '{"message":"m","ts":"2026-02-30T00:00:00Z"}',
        ],
        documents: [
            { message: "nobody knows when", "event.time_source": "read", "event.time_problem": "missing" },
            { "event.time_source": "read", "event.time_problem": "unreadable", "application.time": "yesterday" },
            { "event.time_source": "read", "event.time_problem": "unreadable" },
        ],
    },
    {
        what: "a time far in the future and one far in the past",
        lines: [
            '{"@timestamp":"2999-01-01T00:00:00Z","message":"m"}',
            '{"@timestamp":"1970-01-02T00:00:00Z","message":"m"}',
        ],
        documents: [
            { "@timestamp": "2999-01-01T00:00:00.000Z", "event.time_problem": "far_future" },
            { "@timestamp": "1970-01-02T00:00:00.000Z", "event.time_problem": "far_past" },
        ],
    },
    {
        what: "keys that are names of Filebeat and Elasticsearch",
        lines: [
            '{"message":"x","\\u0040metadata":{"pipeline":"no-such-pipeline","raw_index":"chattingo-error-lines","op_type":"delete","_id":"1"}}',
            '{"_id":"mine","_source":1,"_version":2,"_routing":"r","_index":"other","type":"t","input":{"type":"keyboard"},"agent":"a","ecs":1,"category":"c","kubernetes":{"node":{"name":"forged"}},"":1," ":2,"message":"y"}',
            '{"message":"x","message":"z","a.b":1,"a":{"b":2},".":3,"..":4,"c.":5}',
        ],
        documents: [
            { message: "x", "application.@metadata.pipeline": "no-such-pipeline" },
            {
                message: "y",
                category: "application",
                "kubernetes.node.name": "node-1",
                "application._id": "mine",
                "application.type": "t",
                "application.input.type": "keyboard",
                "application.kubernetes.node.name": "forged",
                "application._routing": "r",
            },
            { message: "z" },
        ],
        foundBy: [{ term: { "application.@metadata.op_type": "delete" } }],
    },
    {
        what: "JSON that is broken, nested deeply, or long",
        lines: [
            '{"message":"half',
            `{"message":"deep",${'"d":{'.repeat(60)}"bottom":"marzipan tower"${"}".repeat(61)}`,
            JSON.stringify({ message: "long", value: "x".repeat(40_000), [`k${"y".repeat(2_000)}`]: "ok" }),
            JSON.stringify({
                message: "wide",
                ...Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`w${i}`, i])),
            }),
            '{"message":"after the wide one","late_order_id":"A-17","late_amount":250}',
        ],
        documents: [
            { message: '{"message":"half', application: undefined },
            { message: "deep" },
            { message: "long" },
            { message: "wide", "application.w1499": 1499 },
            { "application.late_order_id": "A-17" },
        ],
    },
    {
        what: "a trace of Java",
        lines: logbackTrace,
        documents: [{ message: logbackTrace.join("\n"), "@timestamp": "2026-11-29T10:15:30.123Z" }],
    },
    { what: "a trace of Python", lines: pythonTrace, documents: [{ message: pythonTrace.join("\n") }] },
    { what: "a panic of Go", lines: goPanic, documents: [{ message: goPanic.join("\n") }] },
    { what: "a trace of Node.js", lines: nodeTrace, documents: [{ message: nodeTrace.join("\n") }] },
    { what: "a trace of Ruby", lines: rubyTrace, documents: [{ message: rubyTrace.join("\n") }] },
    {
        what: "a trace of .NET",
        lines: dotnetTrace,
        documents: [{ message: dotnetTrace.join("\n"), "@timestamp": "2026-11-29T09:15:34.100Z" }],
    },
    { what: "SQL over several lines", lines: sql, documents: [{ message: sql.join("\n") }] },
    {
        what: "JSON over several lines",
        lines: [
            "{",
            '  "message": "pretty",',
            '  "user_id": "7",',
            '  "time": "2026-11-29T10:15:30Z"',
            "}",
            '{"message":"next"}',
        ],
        documents: [{ message: "pretty", user_id: "7", "@timestamp": "2026-11-29T10:15:30.000Z" }, { message: "next" }],
    },
    {
        what: "a JSON line, and a trace that nobody announced",
        lines: [
            '{"message":"before","time":"2026-11-29T10:15:30Z","user_id":"7"}',
            "java.lang.IllegalStateException: bare truffle",
            "\tat com.chattingo.Chat.send(Chat.java:42)",
            '{"message":"behind"}',
        ],
        // Filebeat looks at one line by itself: the trace is in the document before it, which loses nothing.
        documents: [
            { message: "before", "@timestamp": "2026-11-29T10:15:30.000Z", user_id: "7" },
            { message: "behind" },
        ],
        foundBy: [{ match_phrase: { text: "bare truffle" } }],
    },
    {
        what: "a level, a date or a brace begins an event",
        lines: ["INFO one", "2026-11-29 10:15 two", '{"message":"three"}', "four"],
        documents: [
            { message: "INFO one" },
            { "@timestamp": "2026-11-29T10:15:00.000Z" },
            { message: "three" },
            { message: "four" },
        ],
    },
    {
        what: "an application with a zone and a way of writing times of its own",
        category: "billing",
        lines: ["29.11.2026 10:15:30 paid", "and its second line", "29.07.2026 10:15:30 refunded"],
        documents: [
            { "@timestamp": "2026-11-29T09:15:30.000Z", message: "29.11.2026 10:15:30 paid\nand its second line" },
            { "@timestamp": "2026-07-29T08:15:30.000Z" },
        ],
    },
    {
        what: "an application's text that looks like JSON",
        category: "billing",
        lines: ['29.11.2026 10:15:31 {"a":1}'],
        documents: [{ message: '29.11.2026 10:15:31 {"a":1}', application: undefined }],
    },
];
