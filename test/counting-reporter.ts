// Mocha's spec reporter, which also writes its counts where `scripts/test.ts` adds up all layers.

import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { endWhenStuck } from "./stuck-run.ts";

/** Seconds that a run gets to end after its last test; the reporter's option `patience` is another number. */
const defaultPatience = 60;

/** A test, or a hook of one, that failed. */
export interface Failure {
    /** The titles of its suites and its own. */
    readonly title: string;
    /** The first line of its error. */
    readonly reason: string;
}

/** What one run of mocha came to. */
export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly failures: readonly Failure[];
}

/**
 * Prints like `spec`; writes one JSON object, `Counts`, to the file named by `TEST_COUNTS_FILE`, if it is set. A run that
 * does not end by itself is ended, and counts as a failure more.
 */
export default class CountingReporter extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const countsFile = process.env.TEST_COUNTS_FILE;
        const failures: Failure[] = [];
        runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Runnable, error: unknown) => {
            const text = error instanceof Error ? error.message : String(error);
            failures.push({ title: test.titlePath().join(" › "), reason: text.trim().split("\n", 1)[0] ?? "" });
        });
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            const { passes, failures: failed, pending } = this.stats;
            const counts: Counts = { passed: passes, failed, skipped: pending, failures };
            const write = (what: Counts) => countsFile && writeFileSync(countsFile, `${JSON.stringify(what)}\n`);
            write(counts);
            endWhenStuck(Number(options.reporterOptions?.patience ?? defaultPatience), (reason) => {
                console.error(`This run ${reason}.`);
                write({ ...counts, failed: failed + 1, failures: [...failures, { title: "this run", reason }] });
            });
        });
    }
}
