/**
 * Bun's variable that turns off its garbage collections by a timer. In a busy edge they cost about 7 % of a login's CPU
 * time, and relayed messages wait for them; the engine itself collects whenever its heap has grown by enough.
 */
export const NO_TIMER = { BUN_GC_TIMER_DISABLE: "1" } as const;

/** How often it is looked whether this process is quiet, in milliseconds. */
const LOOK_MS = 1000;
/** CPU time between two looks below which it is. */
const QUIET_MS = 50;
/** CPU time since the last collection that leaves enough garbage for another. */
const WORTH_MS = 500;

/**
 * Where Bun's timer is off, collects once this process is quiet after work, so that what the work took is given back
 * without delaying it.
 */
export function collectWhenQuiet(): void {
  if (!("Bun" in globalThis) || process.env.BUN_GC_TIMER_DISABLE === undefined) return;
  let lookedMs = 0;
  let collectedMs = 0;
  const look = (): void => {
    const usedMs = cpuMs();
    const isQuiet = usedMs - lookedMs < QUIET_MS;
    lookedMs = usedMs;
    if (!isQuiet || usedMs - collectedMs < WORTH_MS) return;
    Bun.gc(true);
    lookedMs = collectedMs = cpuMs();
  };
  setInterval(look, LOOK_MS).unref();
}

/** CPU time that this process has used, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
