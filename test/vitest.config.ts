import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import LongestFirst from "./longest-first.ts";

// A Node process starts in half of its time where its modules are compiled already; every test starts some.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL(".cache/compiled", import.meta.url));

/** What all tests share. */
const common = {
  // End-to-end files each start stores, a directory and an edge.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // No file needs module state to itself, so a worker loads each module only once: the CDK alone takes seconds.
  isolate: false,
};

/** Deployments that count every lost session, and files that mostly wait, so they can run beside those. */
const COUNTED = ["twin/*", "faults/*", "e2e/directory/lease", "e2e/store-leg/hostile-store"].map(
  (name) => `test/${name}.test.ts`,
);

/** Files of the projects that run after those. */
const FILES = {
  e2e: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/unit/**", "test/infra/**", ...COUNTED],
    setupFiles: "./test/support/first-epoch.ts",
  },
  infra: { include: ["test/infra/**/*.test.ts"] },
  unit: { include: ["test/unit/**/*.test.ts"] },
};

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    globalSetup: "./test/temporary-folder.ts",
    reporters: ["default", "./test/summary-reporter.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          name: "counted",
          include: COUNTED,
          setupFiles: "./test/support/first-epoch.ts",
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      // Most of an end-to-end test is waiting: twice as many workers as cores keep two cores busy.
      ...(["e2e", "infra", "unit"] as const).map((name) => ({
        test: {
          ...common,
          name,
          ...FILES[name],
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      })),
    ],
  },
});
