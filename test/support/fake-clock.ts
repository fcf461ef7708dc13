import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LIBRARY = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file));

/** Why no clock can be set here; undefined where one can. */
export const clockObstacle = LIBRARY === undefined ? "libfaketime is not here" : undefined;

/** The time of day as programs see it that are started in its environment. Their monotonic clock goes on as it is. */
export interface FakeClock {
  environment: Record<string, string>;
  /** Sets it so many seconds before or after the time that it is. */
  jump(seconds: number): void;
}

export function fakeClock(folder: string): FakeClock {
  const file = join(folder, "clock");
  const jump = (seconds: number): void =>
    writeFileSync(file, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}s\n`);
  jump(0);
  return {
    environment: {
      LD_PRELOAD: LIBRARY ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    jump,
  };
}
