import { cpus, release } from "node:os";

/** The day, and the machine that figures belong to. */
export const describeMachine = (): string =>
  `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} CPUs, Linux ${release()}`;
