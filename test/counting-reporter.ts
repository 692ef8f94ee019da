// Mocha's spec reporter, which also writes its counts where `scripts/test.ts` adds up all layers.

import { appendFileSync } from "node:fs";
import Mocha from "mocha";

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

/** Prints like `spec`; appends one JSON object, `Counts`, to the file named by `TEST_COUNTS_FILE`, if it is set. */
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
            if (countsFile) {
                const { passes, failures: failed, pending } = this.stats;
                const counts: Counts = { passed: passes, failed, skipped: pending, failures };
                appendFileSync(countsFile, `${JSON.stringify(counts)}\n`);
            }
        });
    }
}
