// Lines as more logging libraries, servers and collectors write them, and the document that each is to become.

import type { WrittenLines } from "./framework-lines.ts";

/** The time that every line here has, each in its own way. */
const time = "2026-11-29T10:15:30.123Z";
const wholeSecond = "2026-11-29T10:15:30.000Z";

/** Every case. */
export const libraryLines: readonly WrittenLines[] = [
    {
        what: "loguru, text and serialized",
        lines: [
            "2026-11-29 10:15:30.123 | WARNING  | chat.rooms:join:42 - room velvet is full",
            '{"text":"2026-11-29 10:15:30.123 | ERROR | chat:send:7 - lost\\n","record":{"elapsed":{"seconds":1.5},"exception":null,"extra":{"user_id":"lo-1"},"file":{"name":"chat.py"},"level":{"icon":"x","name":"ERROR","no":40},"line":7,"message":"lost","module":"chat","name":"chat","time":{"repr":"2026-11-29 10:15:30.123000+00:00","timestamp":1795947330.123}}}',
        ],
        documents: [
            { "@timestamp": time, "log.level": "warn" },
            { "@timestamp": time, "log.level": "error", message: "lost", user_id: "lo-1" },
        ],
        foundBy: [{ match_phrase: { message: "room velvet is full" } }],
    },
    {
        what: "Django, gunicorn, uWSGI and Celery",
        lines: [
            '[29/Nov/2026 10:15:30] "GET /rooms HTTP/1.1" 200 512',
            "[2026-11-29 10:15:30 +0000] [7] [INFO] Listening at: http://0.0.0.0:8000 (7)",
            "[pid: 7|app: 0|req: 1/1] 10.0.0.7 () {28 vars in 400 bytes} [Sun Nov 29 10:15:30 2026] GET / => generated 12 bytes",
            "[2026-11-29 10:15:30,123: INFO/MainProcess] Task chat.send[4711] received",
            "WARNING:root:low on velvet",
        ],
        documents: [
            { "@timestamp": wholeSecond },
            { "@timestamp": wholeSecond, "log.level": "info" },
            { "@timestamp": wholeSecond },
            { "@timestamp": time, "log.level": "info" },
            { "log.level": "warn", "event.time_problem": "missing" },
        ],
    },
    {
        what: "Serilog JSON",
        lines: [
            '{"Timestamp":"2026-11-29T11:15:30.1230000+01:00","Level":"Error","MessageTemplate":"Room {Room} failed","RenderedMessage":"Room 7 failed","Exception":"System.Exception: plum\\n   at Chat.Send()","Properties":{"Room":7,"SourceContext":"Chat.Rooms","UserId":"se-1"}}',
        ],
        documents: [
            {
                "@timestamp": time,
                "log.level": "error",
                "log.logger": "Chat.Rooms",
                message: "Room 7 failed",
                user_id: "se-1",
                "error.stack_trace": "System.Exception: plum\n   at Chat.Send()",
            },
        ],
        foundBy: [{ term: { "application.MessageTemplate": "Room {Room} failed" } }, { match: { text: "Room" } }],
    },
    {
        what: ".NET console, JSON and text",
        lines: [
            '{"Timestamp":"2026-11-29T10:15:30.123Z","EventId":14,"LogLevel":"Information","Category":"Microsoft.Hosting","Message":"Now listening","State":{"address":"http://[::]:80","UserId":"dn-1"}}',
            "info: Microsoft.Hosting.Lifetime[14]",
            "      Now listening on: http://[::]:80",
        ],
        documents: [
            { "@timestamp": time, "log.level": "info", "log.logger": "Microsoft.Hosting", user_id: "dn-1" },
            {
                "log.level": "info",
                message: "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://[::]:80",
            },
        ],
    },
    {
        what: "NLog",
        lines: ["2026-11-29 10:15:30.1234|ERROR|Chat.Rooms|Room 7 is closed|System.Exception: velvet"],
        documents: [{ "@timestamp": time, "log.level": "error" }],
    },
    {
        what: "Monolog, text and JSON",
        lines: [
            '[2026-11-29T10:15:30.123456+00:00] app.ERROR: Payment failed {"order":"A-17"} []',
            '{"message":"Payment failed","context":{"user_id":"mo-1"},"level":400,"level_name":"ERROR","channel":"app","datetime":"2026-11-29T10:15:30.123456+00:00","extra":{}}',
            '{"message":"only a number","level":300,"datetime":{"date":"2026-11-29 10:15:30.123456","timezone_type":3,"timezone":"UTC"}}',
        ],
        documents: [
            { "@timestamp": time, "log.level": "error" },
            { "@timestamp": time, "log.level": "error", user_id: "mo-1" },
            { "@timestamp": time, "log.level": "warn" },
        ],
    },
    {
        what: "klog and glog",
        lines: [
            'I1129 10:15:30.123456       1 server.go:17] "Started" pod="chat-0"',
            '{"ts":1795947330123.456,"caller":"app/main.go:7","msg":"Started","v":0}',
            "W20261129 10:15:30.123456  7 rooms.cc:12] room is full",
        ],
        documents: [
            { "@timestamp": time, "log.level": "info" },
            { "@timestamp": time, message: "Started" },
            { "@timestamp": time, "log.level": "warn" },
        ],
    },
    {
        what: "Rust tracing and env_logger",
        lines: [
            '{"timestamp":"2026-11-29T10:15:30.123456Z","level":"INFO","fields":{"message":"room opened","user_id":"ru-1"},"target":"chat::rooms","span":{"name":"join"}}',
            "2026-11-29T10:15:30.123456Z  WARN chat::rooms: slow velvet room=7",
            "[2026-11-29T10:15:30Z ERROR chat::rooms] gone",
        ],
        documents: [
            { "@timestamp": time, "log.level": "info", message: "room opened", user_id: "ru-1" },
            { "@timestamp": time, "log.level": "warn" },
            { "@timestamp": wholeSecond, "log.level": "error" },
        ],
    },
    {
        what: "systemd's journal",
        lines: [
            '{"__REALTIME_TIMESTAMP":"1795947330123456","PRIORITY":"3","MESSAGE":"unit failed","_SYSTEMD_UNIT":"chat.service","SYSLOG_IDENTIFIER":"chatd","_PID":"17"}',
        ],
        documents: [{ "@timestamp": time, "log.level": "error", message: "unit failed", "service.name": "chatd" }],
        foundBy: [{ term: { "application._SYSTEMD_UNIT": "chat.service" } }],
    },
    {
        what: "logfmt of several libraries",
        lines: [
            'ts=2026-11-29T10:15:30.123Z caller=main.go:7 level=info msg="velvet rope"',
            'level=error ts=2026-11-29T10:15:30.123Z err="no such room"',
            "time=2026-11-29T10:15:30.123+00:00 level=WARN msg=slow user=7",
        ],
        documents: [
            { "@timestamp": time, "log.level": "info" },
            { "@timestamp": time, "log.level": "error" },
            { "@timestamp": time, "log.level": "warn" },
        ],
    },
    {
        what: "GELF with a level of syslog",
        lines: [
            '{"version":"1.1","host":"web-1","short_message":"disk","timestamp":1795947330.123,"level":4,"_user_id":"g-1"}',
        ],
        documents: [{ "@timestamp": time, "log.level": "warn", message: "disk", "application._user_id": "g-1" }],
    },
    {
        what: "Envoy, Traefik, Caddy and HAProxy",
        lines: [
            '[2026-11-29T10:15:30.123Z] "GET /rooms HTTP/2" 200 - 0 512 3 2 "-" "curl/8.0" "4b1e" "chat" "10.0.0.7:80"',
            '{"start_time":"2026-11-29T10:15:30.123Z","method":"GET","response_code":503,"duration":12,"path":"/velvet"}',
            '10.0.0.7 - - [29/Nov/2026:10:15:30 +0000] "GET / HTTP/1.1" 200 12 "-" "-" 1 "chat@docker" "http://10.0.0.8" 3ms',
            '{"level":"info","ts":1795947330.123,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/"},"user_id":"","duration":0.0012}',
            "Nov 29 10:15:30 lb haproxy[7]: 10.0.0.7:33317 [29/Nov/2026:10:15:30.123] fe be/s1 0/0/0/1/1 200 12 - - ---- 1/1/0/0/0 0/0",
        ],
        documents: [
            { "@timestamp": time },
            { "@timestamp": time, "number.response_code": 503 },
            { "@timestamp": wholeSecond },
            { "@timestamp": time, "log.logger": "http.log.access", message: "handled request" },
            { "@timestamp": wholeSecond },
        ],
    },
    {
        what: "winston, log4js and NestJS, text",
        lines: [
            "2026-11-29T10:15:30.123Z error: velvet socket hang up",
            "[2026-11-29T10:15:30.123] [DEBUG] chat - joined",
            "[Nest] 17  - 11/29/2026, 10:15:30 AM     LOG [NestFactory] Starting Nest application...",
            "[Nest] 17  - 11/29/2026, 9:05:07 PM   ERROR [Rooms] closed",
        ],
        documents: [
            { "@timestamp": time, "log.level": "error" },
            { "@timestamp": time, "log.level": "debug" },
            { "@timestamp": wholeSecond },
            { "@timestamp": "2026-11-29T21:05:07.000Z", "log.level": "error" },
        ],
    },
    {
        what: "java.util.logging",
        lines: ["Nov 29, 2026 1:15:30 PM com.chattingo.Chat send", "SEVERE: room 7 is closed"],
        documents: [{ "@timestamp": "2026-11-29T13:15:30.000Z" }, { "log.level": "severe" }],
    },
    {
        what: "MongoDB, PostgreSQL, MySQL, ClickHouse and RabbitMQ",
        lines: [
            '{"t":{"$date":"2026-11-29T10:15:30.123+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"10.0.0.7:51820"}}',
            "2026-11-29 10:15:30.123 UTC [311] ERROR:  relation velvet does not exist",
            "2026-11-29T10:15:30.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed.",
            "2026.11.29 10:15:30.123456 [ 7 ] {} <Error> Application: no velvet",
            "2026-11-29 10:15:30.123456+00:00 [info] <0.1.0> accepting AMQP connection",
        ],
        documents: [
            { "@timestamp": time, message: "Connection accepted" },
            { "@timestamp": time, "log.level": "error" },
            { "@timestamp": time, "log.level": "warn" },
            { "@timestamp": time, "log.level": "error" },
            { "@timestamp": time, "log.level": "info" },
        ],
    },
    {
        what: "Kafka, Elasticsearch, Cassandra and Redis MONITOR",
        lines: [
            "[2026-11-29 10:15:30,123] INFO [GroupCoordinator 0]: Stabilized group (kafka.coordinator)",
            "[2026-11-29T10:15:30,123][WARN ][o.e.n.Node               ] [node-1] slow",
            "INFO  [main] 2026-11-29 10:15:30,123 CassandraDaemon.java:10 - Startup complete",
            '1795947330.123456 [0 127.0.0.1:51820] "get" "velvet"',
        ],
        documents: [
            { "@timestamp": time, "log.level": "info" },
            { "@timestamp": time, "log.level": "warn" },
            { "@timestamp": time, "log.level": "info" },
            { "@timestamp": time },
        ],
    },
    {
        what: "OpenTelemetry and Google Cloud",
        lines: [
            '{"timeUnixNano":"1795947330123456789","severityText":"ERROR","severityNumber":17,"body":{"stringValue":"otel velvet"},"traceId":"ab12","spanId":"cd34","attributes":{"user.id":"ot-1"}}',
            '{"severity":"WARNING","timestamp":{"seconds":1795947330,"nanos":123456789},"message":"gcp line"}',
        ],
        documents: [
            {
                "@timestamp": time,
                "log.level": "error",
                message: "otel velvet",
                "trace.id": "ab12",
                "span.id": "cd34",
                user_id: "ot-1",
            },
            { "@timestamp": time, "log.level": "warn", message: "gcp line" },
        ],
    },
    {
        what: "nginx as JSON",
        lines: [
            '{"time_local":"29/Nov/2026:10:15:30 +0000","remote_addr":"10.0.0.7","request":"GET /velvet HTTP/1.1","status":"200","request_time":"0.012"}',
            '{"time":0.012,"time_iso8601":"2026-11-29T10:15:30+00:00","request":"GET /"}',
        ],
        documents: [
            { "@timestamp": wholeSecond, "event.time_source": undefined },
            { "@timestamp": wholeSecond, "number.time": 0.012 },
        ],
        foundBy: [{ match: { text: "velvet" } }],
    },
    {
        what: "a day first with dots",
        lines: ["29.11.2026 10:15:30.123 INFO bezahlt", '{"time":"29.11.2026 10:15:30","message":"bezahlt"}'],
        documents: [{ "@timestamp": time, "log.level": "info" }, { "@timestamp": wholeSecond }],
    },
    {
        what: "syslog with a priority",
        lines: [
            "<11>Nov 29 10:15:30 chat-0 chatd[17]: velvet failed",
            "<30>1 2026-11-29T10:15:30.123Z chat-0 chatd 17 - - ok",
        ],
        documents: [
            { "@timestamp": wholeSecond, "log.level": "error" },
            { "@timestamp": time, "log.level": "info" },
        ],
    },
    {
        what: "text behind an object",
        lines: ['{"message":"first","ts":1795947330} velvet tail'],
        documents: [{ "@timestamp": wholeSecond, message: "first" }],
        foundBy: [{ match_phrase: { text: "velvet tail" } }],
    },
    {
        what: "JSON over several lines, and a trace that nobody announced",
        lines: [
            "{",
            '  "message": "pretty {",',
            '  "time": "2026-11-29T10:15:30.123Z"',
            "}",
            "java.lang.IllegalStateException: bare velvet",
            "\tat com.chattingo.Chat.send(Chat.java:42)",
        ],
        documents: [{ "@timestamp": time, message: "pretty {" }],
        foundBy: [{ match_phrase: { text: "bare velvet" } }],
    },
];
