/** Tells vitest's tests apart into passed, failed and skipped with reasons, for `deploy/run-checks.mjs`. */

import { writeFileSync } from 'node:fs';

/** Environment variable with the file that receives the counts. */
export const COUNTS_FILE_VARIABLE = 'ECOPT_TEST_COUNTS';

export default class TestReporter {
  /** A file that could not be loaded counts as one failed test: its tests were never seen. */
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const unloaded = modules.filter((module) => module.errors().length > 0).length;
    const counts = {
      passed: inState('passed').length,
      failed: inState('failed').length + unloaded + unhandledErrors.length,
      skipped: inState('skipped').map((test) => ({
        name: `${test.module.relativeModuleId} > ${test.fullName}`,
        // `context.skip('no C compiler')` leaves its reason here.
        reason: test.result().note ?? 'no reason given',
      })),
    };
    writeFileSync(process.env[COUNTS_FILE_VARIABLE], JSON.stringify(counts));
  }
}
