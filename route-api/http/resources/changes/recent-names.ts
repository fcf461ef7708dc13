import type { Change } from "../../../contract/changes.ts";

/** Logins whose entries changed a moment ago: look-ups of these must be consistent. */
export interface RecentNames {
  add(changes: readonly Change[]): void;
  /** For a while from now on, every name counts as recent. */
  addAll(): void;
  has(name: string): boolean;
}

/** Names kept; with more, every name counts as recent for a while. */
const NAMES_MAX = 100_000;

/** Remembers names for `keepMs` to twice that: of two generations the older one is dropped. */
export function createRecentNames(keepMs: number, nowMs: () => number): RecentNames {
  let young = new Set<string>();
  let old = new Set<string>();
  let turnedAtMs = nowMs();
  let allUntilMs = Number.NEGATIVE_INFINITY;

  const turn = (): void => {
    const now = nowMs();
    if (now - turnedAtMs < keepMs) return;
    old = now - turnedAtMs < 2 * keepMs ? young : new Set();
    young = new Set();
    turnedAtMs = now;
  };
  const addAll = (): void => {
    allUntilMs = nowMs() + keepMs;
  };

  return {
    addAll,
    add(changes) {
      turn();
      for (const change of changes) {
        if (change.kind === "all") addAll();
        else for (const name of change.names) young.add(name);
      }
      if (young.size <= NAMES_MAX) return;
      young = new Set();
      addAll();
    },
    has(name) {
      turn();
      return nowMs() < allUntilMs || young.has(name) || old.has(name);
    },
  };
}
