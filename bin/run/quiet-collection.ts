/**
 * Bun's variable that turns off its garbage collections by a timer. In a busy edge they cost about 7 % of a login's CPU
 * time, and relayed messages wait for them; the engine itself collects whenever its heap has grown by enough.
 */
export const NO_TIMER = { BUN_GC_TIMER_DISABLE: "1" } as const;

/** How often it is looked whether this process is quiet, in milliseconds. */
const LOOK_MS = 1000;
/** CPU time between two looks below which it is. */
const QUIET_MS = 50;
/** CPU time that the first collection needs to have before it. */
const FIRST_MS = 500;
/** Share of the CPU time that collections may take: everything waits for them, about 50 ms with 5,000 sessions. */
const SHARE = 0.05;

/**
 * Where Bun's timer is off, collects once this process is quiet after work, so that the memory which the work took is
 * given back without delaying it.
 */
export async function collectWhenQuiet(): Promise<void> {
  if (!("Bun" in globalThis) || process.env.BUN_GC_TIMER_DISABLE === undefined) return;
  // Unlike Bun.gc(true), which also throws compiled code away, and Bun.gc(false), after which no memory is given back.
  const { fullGC } = await import("bun:jsc");
  let lookedMs = 0;
  let dueMs = FIRST_MS;
  const look = (): void => {
    const usedMs = cpuMs();
    const isQuiet = usedMs - lookedMs < QUIET_MS;
    lookedMs = usedMs;
    if (!isQuiet || usedMs < dueMs) return;
    fullGC();
    lookedMs = cpuMs();
    dueMs = lookedMs + (lookedMs - usedMs) / SHARE;
  };
  setInterval(look, LOOK_MS).unref();
}

/** CPU time that this process has used, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
