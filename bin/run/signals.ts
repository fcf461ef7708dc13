import { flushLogs } from "./open-logs.ts";

/**
 * Waits for SIGINT, SIGTERM or `replaced`, then calls `stop`; a second signal exits at once. SIGHUP calls `reload`.
 */
export async function runUntilSignal(
  stop: () => Promise<void>,
  reload?: () => void,
  replaced?: Promise<void>,
): Promise<void> {
  if (reload !== undefined) process.on("SIGHUP", reload);
  await new Promise<void>((resolve) => {
    let signals = 0;
    void replaced?.then(resolve);
    // One listener for both signals: Deno also calls a listener for the signal during which it was added.
    const onSignal = (): void => {
      if (++signals > 1) process.exit(SECOND_SIGNAL_EXIT);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
  await stop();
}

/** Exits at once if SIGINT or SIGTERM comes before the work is done: the first process of a container would ignore it. */
export async function exitOnSignalDuring<T>(work: Promise<T>): Promise<T> {
  const exit = (): void => void flushLogs().then(() => process.exit(0));
  for (const signal of SIGNALS) process.on(signal, exit);
  try {
    return await work;
  } finally {
    for (const signal of SIGNALS) process.off(signal, exit);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** As shells report a program that SIGINT ended. */
const SECOND_SIGNAL_EXIT = 130;
