import type { Reporter, TestModule } from "vitest/node";

/** The last line: `3 passed, 0 failed`, or `3 passed, 0 failed, 2 skipped` where a peer of the tests is missing. */
export const summaryLine = (passed: number, failed: number, skipped: number): string =>
  `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;

/** Prints one plain last line. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    let skipped = 0;
    for (const module of modules) {
      // A file that does not load, or whose hooks fail, has no failed test to show for it.
      if (module.errors().length > 0) failed++;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
    }
    process.once("exit", () => console.log(summaryLine(passed, failed, skipped)));
  }
}
