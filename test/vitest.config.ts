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
  // Files share no state of a module that would matter: a worker loads each module once, which takes seconds with the CDK.
  isolate: false,
};

/** Deployments that count every lost session, and what waits most of its time: these leave them enough of a machine. */
const COUNTED = ["test/twin/**/*.test.ts", "test/faults/**/*.test.ts", "test/e2e/directory/lease.test.ts"];

/** Files by project; the other projects' are unit tests and the CDK's templates. */
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
