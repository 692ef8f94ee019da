// What makes a document of a line, in Painless: Elasticsearch runs it for each line, so it looks at each key once.

import { timeFunctions } from "./line-time.ts";

/** Deepest level of objects whose keys are indexed each; what lies deeper is kept as one text. Elasticsearch refuses more than 20. */
const deepestLevel = 10;

/** Longest path of keys that is indexed; Elasticsearch refuses a line with one of more than some 32,000 bytes. */
const longestPath = 512;

/** Longest value that is found as a whole; a longer text, or one with blanks, is found by its words. */
export const longestValue = 1024;

/** Most numbers of a line that are found by range, so that no line takes the fields of others. */
const numbersOfLine = 50;

/** Painless has no escapes in texts: these stand in it as they are. */
const [esc, bell, nul, newline, tab, replacement, mark] = [
    ...["\u001b", "\u0007", "\0", "\n", "\t", "\ufffd", "\ufeff"],
];

/**
 * The script. A document that has more than the shipper's own fields was decoded by its sender, as before this
 * pipeline there was: what it has beside them is the application's, and its time is its own. The script is given `params.names` (key to `[promised field, rank, moved]`), `params.times` (keys in order),
 * `params.zones` and `params.formats` by category, `params.own` (the shipper's own fields and Elasticsearch's), `params.keepsRawLine` and `params.clockSkew`, `params.oldest` in
 * milliseconds. The line is `ctx.message`; what of it is JSON is in `ctx.application` already.
 */
export const lineScript = String.raw`${timeFunctions}
int endOfObject(String s) {
    int depth = 0;
    boolean isText = false;
    for (int i = 0; i < s.length(); i++) {
        char c = s.charAt(i);
        if (isText) {
            if (c == (char) '\\') { i++; } else if (c == (char) '"') { isText = false; }
        } else if (c == (char) '"') {
            isText = true;
        } else if (c == (char) '{') {
            depth++;
        } else if (c == (char) '}') {
            depth--;
            if (depth == 0) { return i + 1; }
        }
    }
    return -1;
}
def valueAt(Map map, String path) {
    def value = map.get(path);
    int dot = value == null ? path.indexOf('.') : -1;
    if (dot < 0) { return value; }
    def inner = map.get(path.substring(0, dot));
    return inner instanceof Map ? valueAt((Map) inner, path.substring(dot + 1)) : null;
}
int endOfEscape(String s, int from) {
    int length = s.length();
    int at = from + 1;
    if (at >= length) { return length; }
    char kind = s.charAt(at);
    if (kind == (char) '[') {
        for (at = at + 1; at < length && at < from + 64; at++) {
            int c = (int) s.charAt(at);
            if (c >= 64 && c <= 126) { return at + 1; }
            if (c < 32 || c > 63) { return at; }
        }
        return at;
    }
    if (kind == (char) ']') {
        int bell = s.indexOf('${bell}', at);
        int end = s.indexOf('${esc}', at);
        if (bell >= 0 && (end < 0 || bell < end)) { return bell + 1; }
        return end < 0 ? at + 1 : end + 2 <= length ? end + 2 : length;
    }
    return at + 1;
}
String plain(String s) {
    int escape = s.indexOf('${esc}');
    if (escape < 0) { return s; }
    StringBuilder text = new StringBuilder();
    int from = 0;
    while (escape >= 0) {
        text.append(s.substring(from, escape));
        from = endOfEscape(s, escape);
        escape = from >= s.length() ? -1 : s.indexOf('${esc}', from);
    }
    if (from < s.length()) { text.append(s.substring(from)); }
    return text.toString();
}
void words(def value, StringBuilder into, int depth) {
    if (value instanceof Map) {
        for (def entry : ((Map) value).entrySet()) {
            into.append(entry.getKey()).append(' ');
            words(entry.getValue(), into, depth + 1);
        }
    } else if (value instanceof List) {
        for (def item : (List) value) { words(item, into, depth + 1); }
    } else if (value != null) {
        into.append(value).append(' ');
    }
}
String wordsOf(def value) {
    if (value instanceof String) { return plain((String) value); }
    StringBuilder text = new StringBuilder();
    words(value, text, 0);
    return plain(text.toString().trim());
}
boolean isName(String key) {
    if (key.length() == 0 || key.length() > 128) { return false; }
    boolean dot = true;
    for (int i = 0; i < key.length(); i++) {
        char c = key.charAt(i);
        if (c == (char) '.') {
            if (dot) { return false; }
            dot = true;
        } else if (Character.isLetterOrDigit(c) || c == (char) '_' || c == (char) '-' || c == (char) '@') {
            dot = false;
        } else {
            return false;
        }
    }
    return !dot;
}
void textInto(String value, List texts) {
    if (value.length() > ${longestValue} || value.indexOf(' ') >= 0 || value.indexOf('${newline}') >= 0 || value.indexOf('${tab}') >= 0) {
        texts.add(plain(value));
    }
}
void numberInto(String path, def value, Map numbers) {
    if (numbers.size() < ${numbersOfLine} && isName(path)) {
        double size = Math.abs(((Number) value).doubleValue());
        if (size < 1.0e300) { numbers.put(path, value); }
    }
}
void listInto(List list, String path, int depth, Map names, Map found, Map numbers, List texts) {
    for (int i = 0; i < list.size(); i++) {
        def item = list.get(i);
        if (item instanceof String) {
            textInto((String) item, texts);
        } else if (item instanceof Map || item instanceof List) {
            if (depth >= ${deepestLevel}) {
                String whole = wordsOf(item);
                list.set(i, whole);
                texts.add(whole);
            } else if (item instanceof Map) {
                mapInto((Map) item, path, depth + 1, names, found, numbers, texts);
            } else {
                listInto((List) item, path, depth + 1, names, found, numbers, texts);
            }
        }
    }
}
void mapInto(Map map, String above, int depth, Map names, Map found, Map numbers, List texts) {
    List strange = null;
    for (def entry : map.entrySet()) {
        String key = (String) entry.getKey();
        def value = entry.getValue();
        String path = above == null ? key : above + '.' + key;
        if (path.length() > ${longestPath} || key.indexOf('${nul}') >= 0 || key.trim().length() == 0) {
            if (strange == null) { strange = new ArrayList(); }
            strange.add(key);
            continue;
        }
        if (depth < 3) {
            List name = (List) names.get(path);
            boolean isWhole = value instanceof Map || value instanceof List;
            if (name != null && value != null && (!isWhole || (name.get(0) == 'message' && (int) name.get(1) < 3)
                || (name.get(0) == 'error.stack_trace' && value instanceof List))) {
                List before = (List) found.get(name.get(0));
                if (before == null || (int) before.get(0) > (int) name.get(1)) {
                    found.put(name.get(0), [name.get(1), value, map, key, name.get(2)]);
                }
            }
        }
        if (value instanceof String) {
            textInto((String) value, texts);
        } else if (value instanceof Number) {
            numberInto(path, value, numbers);
        } else if (value instanceof Map || value instanceof List) {
            if (depth >= ${deepestLevel}) {
                String whole = wordsOf(value);
                entry.setValue(whole);
                texts.add(whole);
            } else if (value instanceof Map) {
                mapInto((Map) value, path, depth + 1, names, found, numbers, texts);
            } else {
                listInto((List) value, path, depth + 1, names, found, numbers, texts);
            }
        }
    }
    if (strange != null) {
        for (def key : strange) {
            def value = map.remove(key);
            texts.add(wordsOf(key) + ' ' + wordsOf(value));
            String name = ((String) key).replace('${nul}', '${replacement}').trim();
            if (name.length() == 0) { name = '_'; }
            if (name.length() > 64) { name = name.substring(0, 64); }
            if ((above == null ? 0 : above.length()) + name.length() + 16 <= ${longestPath}) {
                String free = name;
                for (int i = 2; map.containsKey(free) && i < 1000; i++) { free = name + '_' + i; }
                map.put(free, value instanceof Map || value instanceof List ? wordsOf(value) : value);
            }
        }
    }
}
String levelOf(def value) {
    if (value instanceof Number) {
        int number = ((Number) value).intValue();
        if (number >= 0 && number <= 7) { return syslogLevel(number); }
        if (number >= 100 && number <= 600) {
            return number >= 550 ? 'alert' : number >= 500 ? 'critical' : number >= 400 ? 'error' : number >= 300 ? 'warn'
                : number >= 250 ? 'notice' : number >= 200 ? 'info' : 'debug';
        }
        return number >= 60 ? 'fatal' : number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info'
            : number >= 20 ? 'debug' : number >= 10 ? 'trace' : String.valueOf(number);
    }
    String level = plain(value.toString()).trim().toLowerCase();
    if (level.length() == 1 && (int) level.charAt(0) >= 48 && (int) level.charAt(0) <= 55) {
        return syslogLevel((int) level.charAt(0) - 48);
    }
    return level == 'warning' ? 'warn' : level == 'err' ? 'error' : level == 'information' ? 'info' : level;
}
String syslogLevel(int number) {
    return number == 0 ? 'emerg' : number == 1 ? 'alert' : number == 2 ? 'critical' : number == 3 ? 'error'
        : number == 4 ? 'warn' : number == 5 ? 'notice' : number == 6 ? 'info' : 'debug';
}
String levelOfText(String line, Map levels) {
    if (line.length() > 4 && line.charAt(0) == (char) '<') {
        int close = line.indexOf('>');
        int priority = close > 1 && close < 5 ? digits(line, 1, close - 1) : -1;
        if (priority >= 0 && priority < 192) { return syslogLevel(priority % 8); }
    }
    int letter = line.length() > 14 && digits(line, 1, 4) >= 0 ? 'IWEF'.indexOf(line.substring(0, 1)) : -1;
    if (letter >= 0 && (line.charAt(5) == (char) ' ' || isDigit(line, 5))) {
        return letter == 0 ? 'info' : letter == 1 ? 'warn' : letter == 2 ? 'error' : 'fatal';
    }
    int end = line.length() < 160 ? line.length() : 160;
    int from = -1;
    for (int i = 0; i <= end; i++) {
        if (i < end && Character.isLetter(line.charAt(i))) {
            if (from < 0) { from = i; }
        } else if (from >= 0) {
            String word = line.substring(from, i);
            String level = (String) levels.get(word);
            if (level != null) { return level; }
            char before = from == 0 ? (char) ' ' : line.charAt(from - 1);
            boolean isMarked = i < end && ((before == (char) '[' && line.charAt(i) == (char) ']')
                || (before == (char) '<' && line.charAt(i) == (char) '>'));
            if (!isMarked && from >= 6 && (before == (char) '=' || before == (char) '"')) {
                isMarked = line.startsWith('level=', before == (char) '=' ? from - 6 : from - 7 < 0 ? 0 : from - 7);
            }
            if (!isMarked && i < 64 && before == (char) ' ' && i < end && line.charAt(i) == (char) ':') {
                isMarked = i + 1 < line.length() && line.charAt(i + 1) == (char) ' ';
            }
            if (isMarked) {
                level = (String) levels.get(word.toUpperCase());
                if (level != null) { return level; }
            }
            from = -1;
        }
    }
    return null;
}
boolean isTrace(String text) {
    return text.indexOf('${newline}${tab}at ') >= 0 || text.indexOf('${newline}    at ') >= 0
        || text.indexOf('${newline}   at ') >= 0 || text.indexOf('Traceback (most recent call last)') >= 0
        || text.indexOf('${newline}goroutine ') >= 0 || text.indexOf('${newline}${tab}from ') >= 0
        || text.indexOf('${newline}Caused by: ') >= 0;
}
void put(Map doc, String path, def value) {
    Map into = doc;
    int from = 0;
    for (int dot = path.indexOf('.', from); dot >= 0; dot = path.indexOf('.', from)) {
        String step = path.substring(from, dot);
        if (!(into.get(step) instanceof Map)) { into.put(step, new HashMap()); }
        into = (Map) into.get(step);
        from = dot + 1;
    }
    into.put(path.substring(from), value);
}
boolean isShippers(String key, def value, Map own) {
    String type = (String) own.get(key);
    if (type == null) { return false; }
    if (type == 'text') { return value instanceof String; }
    if (type == 'object') {
        if (!(value instanceof Map)) { return false; }
        for (def below : ((Map) value).entrySet()) {
            String inner = (String) own.get(key + '.' + below.getKey());
            if (inner != null && !isShippers(key + '.' + below.getKey(), below.getValue(), own)) { return false; }
        }
    }
    return true;
}
long read = timeOf(ctx['@timestamp'], 'UTC', 0L);
if (read == Long.MIN_VALUE) { return; }
Map rest = null;
for (def key : new ArrayList(ctx.keySet())) {
    if (!isShippers((String) key, ctx.get(key), params.own)) {
        if (rest == null) { rest = new HashMap(); }
        rest.put(key, ctx.remove(key));
    }
}
def raw = ctx.message;
Map event = new HashMap();
event.put('ingested', ctx['@timestamp']);
if (raw != null) { event.put('original', raw); }
ctx.event = event;
String zone = params.zones.containsKey(ctx.category) ? (String) params.zones.get(ctx.category) : 'UTC';
String line = raw == null ? '' : raw.toString();
int zero = line.indexOf('${nul}');
boolean isUtf16 = zero >= 0 && zero <= 1 && zero + 2 < line.length() && (int) line.charAt(zero + 1) != 0
    && (int) line.charAt(zero + 2) == 0;
if (isUtf16 || line.indexOf('${replacement}') >= 0) { put(ctx, 'event.encoding_problem', 'not_utf8'); }
if (zero >= 0) { line = line.replace('${nul}', ''); }
if (line.length() > 0 && line.charAt(0) == (char) '${mark}') { line = line.substring(1); }
def application = ctx.remove('application');
List texts = new ArrayList();
if (!(application instanceof Map) && line.length() > 1 && line.charAt(0) == (char) '{' && !params.texts.contains(ctx.category)) {
    int end = endOfObject(line);
    if (end > 0) {
        try {
            application = Processors.json(line.substring(0, end));
            String behind = plain(line.substring(end).trim());
            if (behind.length() > 0) { texts.add(behind); }
        } catch (Exception e) { application = null; }
    }
}
long time = Long.MIN_VALUE;
boolean hasTime = false;
if (rest != null) {
    if (application instanceof Map) { ((Map) application).putAll(rest); } else { application = rest; }
    time = read;
}
if (application instanceof Map) {
    Map found = new HashMap();
    Map numbers = new HashMap();
    String timeKey = null;
    for (def key : params.times) {
        def value = time == Long.MIN_VALUE ? valueAt((Map) application, (String) key) : null;
        if (value != null) {
            hasTime = true;
            time = timeOf(value, zone, read);
            if (time != Long.MIN_VALUE) { timeKey = (String) key; break; }
        }
    }
    mapInto((Map) application, null, 0, params.names, found, numbers, texts);
    if (timeKey != null) {
        def value = application.get(timeKey);
        if (value instanceof String && ((String) value).length() <= 24 && ((String) value).charAt(((String) value).length() - 1) == (char) 'Z') {
            application.remove(timeKey);
        } else {
            numbers.remove(timeKey);
        }
    }
    String message = null;
    for (def each : found.entrySet()) {
        String field = (String) each.getKey();
        List what = (List) each.getValue();
        def value = what.get(1);
        boolean isText = value instanceof String;
        boolean isMoved = isText && (boolean) what.get(4);
        if (field == 'message') {
            message = wordsOf(value);
        } else if (field == 'log.level') {
            String level = levelOf(value);
            put(ctx, field, level);
            isMoved = isMoved && level.equals(value);
        } else if (field.startsWith('error.') && field != 'error.type') {
            put(ctx, field, wordsOf(value));
        } else {
            String whole = plain(value.toString());
            if (whole.length() > ${longestValue}) { continue; }
            put(ctx, field, whole);
            isMoved = isMoved && whole.equals(value);
        }
        if (isMoved) {
            ((Map) what.get(2)).remove(what.get(3));
            texts.removeAll([plain((String) value)]);
        }
    }
    if (message == null) { message = plain(line.trim()); }
    if (message.length() > 0) { ctx.message = message; }
    if (!application.isEmpty()) { ctx.application = application; }
    if (!numbers.isEmpty()) { ctx.number = numbers; }
} else {
    String text = plain(line);
    int end = text.length();
    while (end > 0 && Character.isWhitespace(text.charAt(end - 1))) { end--; }
    if (end < text.length()) { text = text.substring(0, end); }
    ctx.message = text;
    String format = (String) params.formats.get(ctx.category);
    if (format != null) { time = timeByFormat(text, format, zone); }
    if (time == Long.MIN_VALUE) { time = timeOfText(text, zone, read); }
    String level = levelOfText(text, params.levels);
    if (level != null) { put(ctx, 'log.level', level); }
    if (text.indexOf('${newline}') > 0 && isTrace(text)) { put(ctx, 'error.stack_trace', text); }
}
if (!texts.isEmpty()) { ctx.text = texts; }
if (time == Long.MIN_VALUE) {
    event.put('time_source', 'read');
    event.put('time_problem', hasTime ? 'unreadable' : 'missing');
} else {
    if (time > read + params.clockSkew) { event.put('time_problem', 'far_future'); }
    else if (time < read - params.oldest) { event.put('time_problem', 'far_past'); }
    if (time < -62135596800000L || time > 253402300799999L) {
        event.put('time_source', 'read');
    } else {
        String found = Instant.ofEpochMilli(time).toString();
        ctx['@timestamp'] = found.length() == 20 ? found.replace('Z', '.000Z') : found;
    }
}
boolean isChanged = application == null ? line != ctx.message : line.indexOf('\\u001b') >= 0;
if (!params.keepsRawLine && !isChanged) { event.remove('original'); }
`;
