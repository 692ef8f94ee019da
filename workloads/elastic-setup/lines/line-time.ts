// Reads the time of a line. Painless, because Elasticsearch does it: its processor `date` tries one format after the other,
// each failure an exception, and can't tell a time far in the future from a good one.

/**
 * Functions of a Painless script. Times are milliseconds since 1970, `Long.MIN_VALUE` for what is no time.
 *
 * - `timeOf(value, zone)`: of a JSON value
 * - `timeOfText(line, zone, readAt)`: of the beginning of a line of text
 * - `timeByFormat(line, format, zone)`: of the beginning of a line, by a pattern of java.time
 */
export const timeFunctions = `
int digits(String s, int from, int count) {
    if (from + count > s.length()) { return -1; }
    int value = 0;
    for (int i = from; i < from + count; i++) {
        int c = (int) s.charAt(i);
        if (c < 48 || c > 57) { return -1; }
        value = value * 10 + c - 48;
    }
    return value;
}
boolean isDigit(String s, int at) {
    return at < s.length() && (int) s.charAt(at) >= 48 && (int) s.charAt(at) <= 57;
}
long millisOf(int year, int month, int day, int hour, int minute, int second, int milli) {
    int m = month > 2 ? month - 3 : month + 9;
    int y = month > 2 ? year : year - 1;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yearOfEra = y - era * 400;
    int dayOfYear = (153 * m + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    long days = (long) era * 146097L + (long) dayOfEra - 719468L;
    return ((days * 24L + hour) * 60L + minute) * 60000L + second * 1000L + milli;
}
int daysIn(int year, int month) {
    if (month == 2) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28; }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
long withZone(long local, String s, int from, String zone) {
    int at = from;
    if (at < s.length() && s.charAt(at) == (char) ' ') { at++; }
    if (at < s.length()) {
        char c = s.charAt(at);
        if (c == (char) 'Z' || c == (char) 'z') { return local; }
        if (s.startsWith('UTC', at) || s.startsWith('GMT', at)) { return local; }
        if ((c == (char) '+' || c == (char) '-') && isDigit(s, at + 1)) {
            int hours = digits(s, at + 1, 2);
            if (hours >= 0 && hours <= 18) {
                int next = at + 3;
                if (next < s.length() && s.charAt(next) == (char) ':') { next++; }
                int minutes = digits(s, next, 2);
                long shift = (long) hours * 60L + (minutes < 0 || minutes > 59 ? 0 : minutes);
                return c == (char) '+' ? local - shift * 60000L : local + shift * 60000L;
            }
        }
    }
    return zone == 'UTC' ? local : inZone(local, zone);
}
long inZone(long local, String zone) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(local), ZoneOffset.UTC)
        .atZone(ZoneId.of(zone)).toInstant().toEpochMilli();
}
long clockAt(int year, int month, int day, String s, int at, String zone) {
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) { return Long.MIN_VALUE; }
    int hour = digits(s, at, 2);
    if (hour < 0 || hour > 24 || at + 2 >= s.length() || s.charAt(at + 2) != (char) ':') { return Long.MIN_VALUE; }
    int minute = digits(s, at + 3, 2);
    if (minute < 0 || minute > 59) { return Long.MIN_VALUE; }
    int next = at + 5;
    int second = 0;
    int milli = 0;
    if (next < s.length() && s.charAt(next) == (char) ':') {
        second = digits(s, next + 1, 2);
        if (second < 0 || second > 60) { return Long.MIN_VALUE; }
        if (second == 60) { second = 59; milli = 999; }
        next += 3;
        if (next < s.length() && (s.charAt(next) == (char) '.' || s.charAt(next) == (char) ',') && isDigit(s, next + 1)) {
            int unit = 100;
            for (next = next + 1; isDigit(s, next); next++) {
                milli += ((int) s.charAt(next) - 48) * unit;
                unit = unit / 10;
            }
        }
    }
    return withZone(millisOf(year, month, day, hour, minute, second, milli), s, next, zone);
}
long halfDay(int year, int month, int day, String s, int from, String zone) {
    int at = from;
    while (at < s.length() && (s.charAt(at) == (char) ',' || s.charAt(at) == (char) ' ')) { at++; }
    int width = isDigit(s, at + 1) ? 2 : 1;
    int hour = digits(s, at, width);
    int end = at + width;
    while (end < s.length() && (isDigit(s, end) || s.charAt(end) == (char) ':' || s.charAt(end) == (char) '.')) { end++; }
    int half = end < s.length() && (s.charAt(end) == (char) ' ' || (int) s.charAt(end) == 8239) ? end + 1 : end;
    boolean isAfternoon = s.startsWith('PM', half) || s.startsWith('pm', half);
    if (hour < 0) { return Long.MIN_VALUE; }
    if (!isAfternoon && !s.startsWith('AM', half) && !s.startsWith('am', half)) {
        return width == 2 ? clockAt(year, month, day, s, at, zone) : Long.MIN_VALUE;
    }
    if (hour < 1 || hour > 12) { return Long.MIN_VALUE; }
    int ofDay = hour % 12 + (isAfternoon ? 12 : 0);
    return clockAt(year, month, day, (ofDay < 10 ? '0' : '') + ofDay + s.substring(at + width, end), 0, zone);
}
long monthFirst(String s, int at, String zone) {
    int month = digits(s, at, isDigit(s, at + 1) ? 2 : 1);
    int next = at + (isDigit(s, at + 1) ? 2 : 1);
    if (next >= s.length() || s.charAt(next) != (char) '/') { return Long.MIN_VALUE; }
    int width = isDigit(s, next + 2) ? 2 : 1;
    int day = digits(s, next + 1, width);
    int end = next + 1 + width;
    if (day < 0 || end >= s.length() || s.charAt(end) != (char) '/') { return Long.MIN_VALUE; }
    int year = digits(s, end + 1, 4);
    int stop = s.length() < end + 24 ? s.length() : end + 24;
    String rest = s.substring(end, stop).toUpperCase();
    return year < 1 || (rest.indexOf('AM') < 0 && rest.indexOf('PM') < 0)
        ? Long.MIN_VALUE : halfDay(year, month, day, s, end + 5, zone);
}
long dottedDay(String s, int at, String zone) {
    if (at + 16 > s.length() || s.charAt(at + 2) != (char) '.' || s.charAt(at + 5) != (char) '.') { return Long.MIN_VALUE; }
    int day = digits(s, at, 2);
    int month = digits(s, at + 3, 2);
    int year = digits(s, at + 6, 4);
    int clock = s.charAt(at + 10) == (char) ',' ? at + 12 : at + 11;
    return day < 0 || month < 0 || year < 0 ? Long.MIN_VALUE : clockAt(year, month, day, s, clock, zone);
}
long isoAt(String s, int at, String zone) {
    if (at + 10 > s.length()) { return Long.MIN_VALUE; }
    char dash = s.charAt(at + 4);
    if ((dash != (char) '-' && dash != (char) '/' && dash != (char) '.') || s.charAt(at + 7) != dash) { return Long.MIN_VALUE; }
    int year = digits(s, at, 4);
    int month = digits(s, at + 5, 2);
    int day = digits(s, at + 8, 2);
    if (year < 0 || month < 0 || day < 0) { return Long.MIN_VALUE; }
    if (at + 10 == s.length()) { return clockAt(year, month, day, '00:00', 0, zone); }
    char c = s.charAt(at + 10);
    if (c != (char) 'T' && c != (char) 't' && c != (char) ' ' && c != (char) '_') { return Long.MIN_VALUE; }
    return clockAt(year, month, day, s, at + 11, zone);
}
int monthAt(String s, int at) {
    if (at + 3 > s.length()) { return -1; }
    int found = 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(s.substring(at, at + 3).toLowerCase());
    return found < 0 || found % 3 != 0 ? -1 : found / 3 + 1;
}
long yearOf(long read) { return (long) Instant.ofEpochMilli(read).atZone(ZoneOffset.UTC).getYear(); }
long withoutYear(int month, int day, String s, int at, String zone, long read) {
    long year = yearOf(read);
    long found = clockAt((int) year, month, day, s, at, zone);
    if (found != Long.MIN_VALUE && found > read + 86400000L) {
        found = clockAt((int) year - 1, month, day, s, at, zone);
    }
    return found;
}
long monthNamed(String s, int at, String zone, long read) {
    int month = monthAt(s, at);
    if (month < 0 || at + 6 > s.length() || s.charAt(at + 3) != (char) ' ') { return Long.MIN_VALUE; }
    int start = s.charAt(at + 4) == (char) ' ' ? at + 5 : at + 4;
    int width = isDigit(s, start + 1) ? 2 : 1;
    int day = digits(s, start, width);
    int clock = start + width + 1;
    if (day < 0 || clock + 7 > s.length()) { return Long.MIN_VALUE; }
    if (s.charAt(clock - 1) == (char) ',' && s.charAt(clock) == (char) ' ') {
        int year = digits(s, clock + 1, 4);
        return year < 1 ? Long.MIN_VALUE : halfDay(year, month, day, s, clock + 5, zone);
    }
    if (clock + 8 > s.length() || s.charAt(clock - 1) != (char) ' ') { return Long.MIN_VALUE; }
    int after = clock + 8;
    if (after < s.length() && (s.charAt(after) == (char) '.' || s.charAt(after) == (char) ',')) {
        for (after = after + 1; isDigit(s, after); after++) { }
    }
    if (after + 5 <= s.length() && s.charAt(after) == (char) ' ' && digits(s, after + 1, 4) > 1900
        && !isDigit(s, after + 5)) {
        return clockAt(digits(s, after + 1, 4), month, day, s.substring(clock, after), 0, zone);
    }
    return withoutYear(month, day, s, clock, zone, read);
}
long dayFirst(String s, int at, String zone) {
    int width = isDigit(s, at + 1) ? 2 : 1;
    int day = digits(s, at, width);
    int next = at + width;
    if (day < 0 || next + 13 > s.length()) { return Long.MIN_VALUE; }
    char dash = s.charAt(next);
    if (dash != (char) '/' && dash != (char) '-' && dash != (char) ' ') { return Long.MIN_VALUE; }
    int month = monthAt(s, next + 1);
    if (month < 0 || s.charAt(next + 4) != dash) { return Long.MIN_VALUE; }
    int year = digits(s, next + 5, 4);
    char between = s.charAt(next + 9);
    if (year < 0 || (between != (char) ':' && between != (char) ' ')) { return Long.MIN_VALUE; }
    return clockAt(year, month, day, s, next + 10, zone);
}
long timeOfNumber(double value) {
    double size = Math.abs(value);
    if (size < 1.0e8) { return Long.MIN_VALUE; }
    double factor = size < 1.0e11 ? 1000.0 : size < 1.0e14 ? 1.0 : size < 1.0e17 ? 0.001 : 0.000001;
    return size < 1.0e20 ? (long) Math.floor(value * factor + 0.001) : Long.MIN_VALUE;
}
long timeOf(def value, String zone, long read) {
    if (value instanceof Number) {
        if (value instanceof Long) {
            long whole = (long) value;
            if (whole >= 100000000000000000L) { return whole / 1000000L; }
            if (whole >= 100000000000000L) { return whole / 1000L; }
        }
        return timeOfNumber(((Number) value).doubleValue());
    }
    if (value instanceof Map) {
        def inner = value.get('$date');
        if (inner == null) { inner = value.get('timestamp'); }
        if (inner == null) { inner = value.get('date'); }
        if (inner instanceof String || inner instanceof Number) { return timeOf(inner, zone, read); }
        def seconds = value.get('epochSecond');
        if (seconds == null) { seconds = value.get('seconds'); }
        def nanos = value.get('nanoOfSecond');
        if (nanos == null) { nanos = value.get('nanos'); }
        return seconds instanceof Number
            ? ((Number) seconds).longValue() * 1000L + (nanos instanceof Number ? ((Number) nanos).longValue() / 1000000L : 0L)
            : Long.MIN_VALUE;
    }
    if (!(value instanceof String)) { return Long.MIN_VALUE; }
    String s = ((String) value).trim();
    long iso = isoAt(s, 0, zone);
    if (iso != Long.MIN_VALUE || s.length() == 0 || s.length() > 64) { return iso; }
    boolean isNumber = s.length() <= 20;
    int dots = 0;
    for (int i = 0; isNumber && i < s.length(); i++) {
        if (s.charAt(i) == (char) '.') { dots++; } else if (!isDigit(s, i)) { isNumber = false; }
    }
    if (isNumber && dots <= 1 && isDigit(s, 0)) {
        return dots == 0 && s.length() < 19 ? timeOf(Long.parseLong(s), zone, read) : timeOfNumber(Double.parseDouble(s));
    }
    if (isDigit(s, 0)) {
        long other = dottedDay(s, 0, zone);
        if (other == Long.MIN_VALUE) { other = monthFirst(s, 0, zone); }
        if (other != Long.MIN_VALUE) { return other; }
    }
    return namedMonth(s, 0, zone, read);
}
long namedMonth(String s, int from, String zone, long read) {
    int at = from;
    if (at + 4 < s.length() && 'montuewedthufrisatsun'.indexOf(s.substring(at, at + 3).toLowerCase()) % 3 == 0) {
        at += s.charAt(at + 3) == (char) ',' ? 5 : 4;
    }
    return isDigit(s, at) ? dayFirst(s, at, zone) : monthNamed(s, at, zone, read);
}
long timeOfText(String s, String zone, long read) {
    int end = s.length() < 48 ? s.length() : 48;
    boolean isBoundary = true;
    for (int i = 0; i < end; i++) {
        char c = s.charAt(i);
        if (isBoundary) {
            long found = Long.MIN_VALUE;
            if (isDigit(s, i)) {
                found = isoAt(s, i, zone);
                if (found == Long.MIN_VALUE) { found = dayFirst(s, i, zone); }
                if (found == Long.MIN_VALUE) { found = dottedDay(s, i, zone); }
                if (found == Long.MIN_VALUE) { found = monthFirst(s, i, zone); }
                if (found == Long.MIN_VALUE && i == 0) { found = epochAt(s); }
            } else if (i < 12 && Character.isUpperCase(c)) {
                found = namedMonth(s, i, zone, read);
                if (found == Long.MIN_VALUE && i == 0 && 'IWEF'.indexOf(s.substring(0, 1)) >= 0 && isDigit(s, 1)) {
                    int year = digits(s, 1, 4);
                    int month = digits(s, 1, 2);
                    int day = digits(s, 3, 2);
                    if (year > 1969 && isDigit(s, 8) && s.length() > 17 && s.charAt(9) == (char) ' ') {
                        found = clockAt(year, digits(s, 5, 2), digits(s, 7, 2), s, 10, zone);
                    } else if (month > 0 && day > 0 && s.length() > 14 && s.charAt(5) == (char) ' ') {
                        found = withoutYear(month, day, s, 6, zone, read);
                    }
                }
            }
            if (found != Long.MIN_VALUE) { return found; }
        }
        isBoundary = !Character.isLetterOrDigit(c) && c != (char) '.' && c != (char) ':' && c != (char) '/' && c != (char) '-';
    }
    int bracket = s.indexOf('[');
    while (bracket >= 0 && bracket < 200) {
        long found = isDigit(s, bracket + 1) ? isoAt(s, bracket + 1, zone) : Long.MIN_VALUE;
        if (found == Long.MIN_VALUE) { found = namedMonth(s, bracket + 1, zone, read); }
        if (found != Long.MIN_VALUE) { return found; }
        bracket = s.indexOf('[', bracket + 1);
    }
    return Long.MIN_VALUE;
}
long epochAt(String s) {
    int end = 0;
    while (end < 14 && isDigit(s, end)) { end++; }
    boolean isSeconds = end == 10 && s.length() > 14 && s.charAt(10) == (char) '.' && isDigit(s, 11);
    if (!isSeconds && !(end == 13 && end < s.length() && s.charAt(end) == (char) ' ')) { return Long.MIN_VALUE; }
    int stop = isSeconds ? 11 : end;
    while (isSeconds && stop < 20 && isDigit(s, stop)) { stop++; }
    return timeOfNumber(Double.parseDouble(s.substring(0, stop)));
}
long timeByFormat(String line, String format, String zone) {
    int start = 0;
    while (start < line.length() && start < 4 && !Character.isLetterOrDigit(line.charAt(start))) { start++; }
    try {
        TemporalAccessor found = (TemporalAccessor) DateTimeFormatter.ofPattern(format, Locale.ENGLISH).toFormat()
            .parseObject(line, new ParsePosition(start));
        if (found == null) { return Long.MIN_VALUE; }
        ZoneId own = found.query(TemporalQueries.zone());
        LocalDateTime local = LocalDateTime.from(found);
        return local.atZone(own == null ? ZoneId.of(zone) : own).toInstant().toEpochMilli();
    } catch (Exception e) {
        return Long.MIN_VALUE;
    }
}
`;
