// Which lines go on with the event before them, where an application does not say how its own begin.
//
// Filebeat looks at one line by itself, so the expression can't know what stands before it. It is for the lines that hardly
// ever stand alone: those of traces, of SQL and of JSON over several lines. It never matches a line that begins with "{",
// with a date or with a level.

/** Expressions of RE2, each for the beginning of a line. */
const continuedLines: readonly string[] = [
    // Blank lines within a trace, and whatever is indented: frames, source lines, causes, columns, members of an object.
    "$",
    "[[:space:]]",
    // The end of an object, a list, a call.
    "[})\\]]",
    // Java: the exception below the line that announces it, its causes, and frames that are left out.
    "(Caused by|Suppressed|Wrapped by): ",
    "\\.\\.\\. [0-9]+ (more|common frames omitted)",
    // Java, .NET, Python, JavaScript: a class of errors, with a package or without.
    "([A-Za-z_$][A-Za-z0-9_$]*[.:]+)*[A-Za-z0-9_$]*(Exception|Error|Throwable|Interrupt|Failure)(: |:?$)",
    // .NET and Python: what stands between two traces.
    "--- End of ",
    "(During handling of the above exception|The above exception was the direct cause)",
    // Python.
    "Traceback \\(most recent call last\\):",
    // Go: the state of a goroutine, its functions, what started it, and the end.
    "goroutine [0-9]+ ",
    "\\[signal ",
    "[^[:space:]({]+\\.[^[:space:]]*\\((0x|\\{0x|\\.\\.\\.\\)|\\)$)",
    "created by [^[:space:]]+\\.",
    "exit status [0-9]+$",
    // Node.js: the end of a trace that nobody caught.
    "Node\\.js v[0-9]",
    // Ruby: a frame, and the class of an error with its text.
    "[^[:space:]:]+\\.rb:[0-9]+:in [`']",
    "[A-Z][A-Za-z0-9_:]*(Error|Exception) \\(",
    // SQL.
    "(FROM|WHERE|AND|OR|ON|SET|VALUES|HAVING|LIMIT|OFFSET|UNION|RETURNING|GROUP BY|ORDER BY|((LEFT|RIGHT|INNER|FULL|CROSS) )?(OUTER )?JOIN)[[:space:]]",
];

/** The expression for all of them. With one "^" before all a line is looked at once, and not again from each of its characters. */
export const continuedLine = `^(${continuedLines.join("|")})`;
