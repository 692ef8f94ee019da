// Mocha's spec reporter, which also writes its counts where `scripts/test.ts` adds up all layers.

import { appendFileSync } from "node:fs";
import Mocha from "mocha";

/** Prints like `spec`; appends one JSON object with the counts to the file named by `TEST_COUNTS_FILE`, if it is set. */
export default class CountingReporter extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const countsFile = process.env.TEST_COUNTS_FILE;
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            if (countsFile) {
                const { passes, failures, pending } = this.stats;
                appendFileSync(
                    countsFile,
                    `${JSON.stringify({ passed: passes, failed: failures, skipped: pending })}\n`,
                );
            }
        });
    }
}
