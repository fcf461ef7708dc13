/** Runs until SIGINT or SIGTERM, then `stop`s and ends with 0; a second signal ends at once. SIGHUP asks to `reload`. */
export async function runUntilSignal(stop: () => Promise<void>, reload?: () => void): Promise<void> {
  if (reload !== undefined) process.on("SIGHUP", reload);
  await new Promise<void>((resolve) => {
    let signals = 0;
    // One listener for both: Deno calls a listener that is added while a signal is handed out for that signal too.
    const onSignal = (): void => {
      if (++signals > 1) process.exit(SECOND_SIGNAL_EXIT);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
  await stop();
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** What shells use for a program that a signal ended. */
const SECOND_SIGNAL_EXIT = 130;
