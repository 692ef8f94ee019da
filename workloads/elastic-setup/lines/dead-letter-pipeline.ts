// The ingest pipeline of lines that Elasticsearch refused. Filebeat sends each as one text, which has the document as it
// was: this brings out whose line it was and where it stands. It refuses nothing: there is no place behind it.

import type { JsonObject } from "../json-object.ts";

const source = `
def letter = ctx.letter;
ctx.remove('letter');
if (letter instanceof Map) {
    Map event = new HashMap();
    event.put('original', ctx.message);
    ctx.event = event;
    if (letter.category instanceof String) { ctx.category = letter.category; }
    if (letter.message instanceof String) { ctx.message = letter.message; }
    if (letter.log instanceof Map && letter.log.file instanceof Map && letter.log.file.path instanceof String) {
        ctx.log = ['file': ['path': letter.log.file.path]];
        if (letter.log.offset instanceof Number) { ctx.log.offset = letter.log.offset; }
    }
    for (def name : ['kubernetes', 'host']) {
        if (letter.get(name) instanceof Map) { ctx.put(name, letter.get(name)); }
    }
}
`;

/** The pipeline's body. */
export const deadLetterPipeline: JsonObject = {
    description: "Brings out whose line was refused, and where it stands",
    processors: [
        { json: { field: "message", target_field: "letter", ignore_failure: true } },
        { script: { lang: "painless", source, ignore_failure: true } },
        { remove: { field: "letter", ignore_missing: true } },
        // When it was refused, which alerts count by; `@timestamp` says when it was read.
        { set: { field: "event.ingested", copy_from: "_ingest.timestamp", ignore_failure: true } },
    ],
};
