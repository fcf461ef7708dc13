/** Runs until SIGINT or SIGTERM, then `stop`s and ends with 0; a second signal ends at once. */
export async function runUntilSignal(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    const onSignal = (): void => {
      for (const signal of SIGNALS) {
        process.off(signal, onSignal);
        process.on(signal, () => process.exit(SECOND_SIGNAL_EXIT));
      }
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
  await stop();
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** What shells use for a program that a signal ended. */
const SECOND_SIGNAL_EXIT = 130;
