import { readFileSync } from "node:fs";

/** Memory that only this process has, in bytes: what it would give back if it ended. */
export function privateBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return ["Private_Dirty", "Private_Clean"].reduce(
    (sum, field) => sum + Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024,
    0,
  );
}

/** CPU that a process has used, in clock ticks. */
const ticks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
};

/** How often a process is looked at until it rests, in milliseconds. */
const LOOK_MS = 20;
/** Looks without any CPU used that make it be at rest. */
const QUIET_LOOKS = 5;

/** Waits until a process uses no CPU any more; has `look` look at it all the while. */
export async function rest(pid: number, look: () => void = () => {}): Promise<void> {
  for (let used = ticks(pid), quiet = 0; quiet < QUIET_LOOKS; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = ticks(pid);
    quiet = now === used ? quiet + 1 : 0;
    used = now;
    look();
  }
}

/** The most memory that a process has, as `measure` sees it, until it uses no CPU any more. */
export async function peakUntilRest(pid: number, measure: (pid: number) => number): Promise<number> {
  let peak = measure(pid);
  await rest(pid, () => {
    peak = Math.max(peak, measure(pid));
  });
  return peak;
}
