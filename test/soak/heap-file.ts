import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a process with `collect.ts` tells the size of its JavaScript heap. */
export const heapFile = (pid: number): string => join(tmpdir(), `mmp-soak-heap-${pid}`);
