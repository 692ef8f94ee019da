// A workload's program as the entries of a ConfigMap: as it is when it is short, compressed when it is long. A ConfigMap
// holds 1 MiB, and its text travels several times between program, engine and provider in every preview.

import { createRequire } from "node:module";
import type brotli from "brotli-wasm";

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
 * machine, which the compressors of different releases of Node.js do not promise: therefore one of the lockfile.
 */
export function programFiles(file: string, program: string): ProgramFiles {
    if (Buffer.byteLength(program) < longProgram) {
        return { data: { [file]: program } };
    }
    // Its ES module is for browsers.
    const { compress } = createRequire(import.meta.url)("brotli-wasm") as Awaited<typeof brotli>;
    const compressed = compress(Buffer.from(program), { quality: 11 });
    return {
        data: { [file]: loader },
        binaryData: { [`${file}.br`]: Buffer.from(compressed).toString("base64") },
    };
}

/**
 * Runs the compressed program that stands beside it as if it stood in its place. `_compile` is what Node.js itself and
 * the loaders of other languages call; unlike `node:vm` it lets the program import modules dynamically without a flag.
 */
const loader = `// Runs the program that stands beside this file, compressed: "brotli --decompress --stdout" shows it.
const { readFileSync } = require("node:fs");
const { brotliDecompressSync } = require("node:zlib");

module._compile(brotliDecompressSync(readFileSync(__filename + ".br")).toString(), __filename);
`;
