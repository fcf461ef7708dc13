import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    globalSetup: "./test/temporary-folder.ts",
    include: ["test/{unit,infra,e2e,twin}/**/*.test.ts"],
    reporters: ["default", "./test/summary-reporter.ts"],
    // End-to-end files each start stores, a directory and an edge.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
