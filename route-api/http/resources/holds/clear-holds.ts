import type { Logger } from "pino";
import type { AccountHolds } from "./account-holds.ts";
import type { StoreHolds } from "./store-holds.ts";

/** How often holds are looked for that nobody has released in time, in milliseconds. */
const LOOK_MS = 5000;

/** Clears holds that are over, now and then; every process does, in case the one that began them is gone. */
export function clearHolds(
  { accounts, stores }: { accounts: Pick<AccountHolds, "clearOver">; stores: Pick<StoreHolds, "clearOver"> },
  log: Logger,
  everyMs = LOOK_MS,
): { stop(): void } {
  let working = false;
  const look = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      await accounts.clearOver();
      await stores.clearOver();
    } catch (error) {
      log.warn({ error: (error as Error).message }, "holds that are over not cleared");
    }
    working = false;
  };
  const timer = setInterval(() => void look(), everyMs);
  return { stop: () => clearInterval(timer) };
}
