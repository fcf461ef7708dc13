import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// A Node process starts in half of its time where its modules are compiled already; every test starts some.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL(".cache/compiled", import.meta.url));

/** What all tests share. */
const common = {
  // End-to-end files each start stores, a directory and an edge.
  testTimeout: 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    globalSetup: "./test/temporary-folder.ts",
    reporters: ["default", "./test/summary-reporter.ts"],
    // Most of an end-to-end test is waiting: a third worker keeps two cores busy.
    maxWorkers: 3,
    projects: [
      // They share no state of a module: a worker that loads each once takes half of the time.
      { test: { ...common, name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false } },
      {
        test: {
          ...common,
          name: "e2e",
          include: ["test/**/*.test.ts"],
          exclude: ["test/unit/**", "test/infra/**"],
        },
      },
      // The CDK takes seconds to load: once a worker is enough.
      { test: { ...common, name: "infra", include: ["test/infra/**/*.test.ts"], isolate: false } },
    ],
  },
});
