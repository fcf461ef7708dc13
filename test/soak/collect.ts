import { heapStats } from "bun:jsc";
import { writeFileSync } from "node:fs";
import { heapFile } from "./heap-file.ts";

/**
 * Loaded into the edge before its program: on SIGUSR2 it collects garbage, so that what is measured is what is held, and
 * tells the size of its JavaScript heap in bytes.
 */
process.on("SIGUSR2", () => {
  Bun.gc(true);
  writeFileSync(heapFile(process.pid), String(heapStats().heapSize));
});
