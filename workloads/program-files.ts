// A workload's program as the entries of a ConfigMap: as it is when it is short, compressed when it is long. A ConfigMap
// holds 1 MiB, and its text travels several times between program, engine and provider in every preview.

import { gzipSync } from "fflate";

/** Bytes of a program from which on it is compressed; shorter ones stay readable for whoever looks at them in a pod. */
const longProgram = 64 * 1024;

/** Entries of a ConfigMap. */
export interface ProgramFiles {
    /** Texts by file name. */
    readonly data: Readonly<Record<string, string>>;
    /** Other content by file name, in base64. */
    readonly binaryData?: Readonly<Record<string, string>>;
}

/**
 * The files of a program; plain `node` runs the one called `file`. The same program gives the same bytes on every
 * machine, which the zlib of different releases of Node.js does not promise: therefore a compressor of the lockfile.
 */
export function programFiles(file: string, program: string): ProgramFiles {
    if (Buffer.byteLength(program) < longProgram) {
        return { data: { [file]: program } };
    }
    const compressed = gzipSync(Buffer.from(program), { level: 9, mtime: 0 });
    return {
        data: { [file]: loader },
        binaryData: { [`${file}.gz`]: Buffer.from(compressed).toString("base64") },
    };
}

/**
 * Runs the compressed program that stands beside it as if it stood in its place. `_compile` is what Node.js itself and
 * the loaders of other languages call; unlike `node:vm` it lets the program import modules dynamically without a flag.
 */
const loader = `// Runs the program that stands beside this file, compressed: "zcat" shows it.
const { readFileSync } = require("node:fs");
const { gunzipSync } = require("node:zlib");

module._compile(gunzipSync(readFileSync(__filename + ".gz")).toString(), __filename);
`;
