import type { Logger } from "pino";
import type { Change } from "../contract/changes.ts";
import type { EntryStore, FullEntry, PutResult } from "../store/store.ts";
import type { Lease } from "./lease.ts";

export interface PointerCheckOptions {
  store: Pick<EntryStore, "lostPointers" | "restorePointers">;
  lease: Pick<Lease, "fence">;
  /** Full reads check at most this often. */
  everyMs: number;
  /** A monotonic clock, in milliseconds. */
  nowMs?: () => number;
  log: Logger;
}

/** In full reads, checks that the entries which need no write are found by all their names, and restores what is lost. */
export interface PointerCheck {
  /** A full read begins. */
  begin(): void;
  /** Entries of a full read, and what came of writing them. Returns what to announce. Rejects with a StoreError. */
  check(entries: readonly FullEntry[], results: readonly PutResult[]): Promise<Change[]>;
}

export function pointerCheck({
  store,
  lease,
  everyMs,
  nowMs = () => performance.now(),
  log,
}: PointerCheckOptions): PointerCheck {
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let isChecking = false;
  return {
    begin() {
      isChecking = nowMs() - checkedAtMs >= everyMs;
      if (isChecking) checkedAtMs = nowMs();
    },
    async check(entries, results) {
      const unchanged = entries.filter((_, index) => results[index]?.did === "nothing");
      if (!isChecking || unchanged.length === 0) return [];
      const lost = await store.lostPointers(unchanged);
      if (lost.length === 0) return [];
      await store.restorePointers(lost, lease.fence);
      log.warn({ count: lost.length, dn: lost[0]?.entry.dn }, "lost names restored in the route store");
      // Only a login name may be cached: as unknown, or as another entry's alone.
      return lost.flatMap(({ entry: { uuid, account }, values: { login = [] } }): Change[] =>
        login.length === 0 ? [] : [{ kind: "route", uuid, account, names: login }],
      );
    },
  };
}
