import type { Timers } from "../timer-wheel.ts";
import { type BreakerSettings, StoreHealth, type StoreHealthOptions } from "./store-health.ts";
import { type StorePlaceLimits, StorePlaces } from "./store-places.ts";
import { StoreProofs, type StoreProofsOptions } from "./store-proofs.ts";

/** What one store may take up, and when its hosts are skipped. */
export interface StoreGuardSettings extends StorePlaceLimits {
  breaker: BreakerSettings;
}

/** What keeps one store from harming the others; for all instances of a process. */
export interface StoreGuard {
  readonly places: StorePlaces;
  readonly health: StoreHealth;
  readonly proofs: Pick<StoreProofs, "prove" | "ignoring">;
}

export interface StoreGuardContext {
  timers: Timers;
  /** Gives a number from 0 to 1. */
  random: () => number;
  report: StoreHealthOptions["report"];
  reportProof: StoreProofsOptions["report"];
}

export const createStoreGuard = ({ timers, random, report, reportProof }: StoreGuardContext): StoreGuard => ({
  places: new StorePlaces(timers),
  health: new StoreHealth({ timers, random, report }),
  proofs: new StoreProofs({ timers, report: reportProof }),
});
