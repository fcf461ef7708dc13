export interface GuardLimits {
  /** 0 to 1. */
  maxRemovedShare: number;
  maxRemovedEntries: number;
}

/** Removals within this time are counted together, in milliseconds. */
export const GUARD_WINDOW_MS = 600_000;
/** Removals this close together share one record, in milliseconds. */
const GRAIN_MS = 10_000;

/** Removals at about one time, in milliseconds since 1970. */
export interface RecentRemovals {
  atMs: number;
  removed: number;
}

/** Counts removals and limits further ones. */
export interface Guard {
  /** Removals within the window, which the next leader must count too. */
  readonly recent: readonly RecentRemovals[];
  /** How many entries may be removed now, from a table of `of` entries. */
  allowance(of: number): number;
  /** Whether the table may be emptied. */
  readonly mayEmpty: boolean;
  record(removed: number): void;
  /** Forgets earlier removals: the operator has approved them. */
  reset(): void;
}

export function removalGuard(
  { maxRemovedShare, maxRemovedEntries }: GuardLimits,
  earlier: readonly RecentRemovals[],
  nowMs: () => number = Date.now,
): Guard {
  let recent = [...earlier];
  return {
    get recent() {
      return recent;
    },
    allowance(of) {
      const since = nowMs() - GUARD_WINDOW_MS;
      recent = recent.filter(({ atMs }) => atMs > since);
      const gone = recent.reduce((sum, { removed }) => sum + removed, 0);
      // Entries already removed were part of the table.
      const share = Math.floor(maxRemovedShare * (of + gone));
      return Math.max(maxRemovedEntries, share) - gone;
    },
    mayEmpty: maxRemovedShare === 1,
    record(removed) {
      if (removed === 0) return;
      const last = recent.at(-1);
      const now = nowMs();
      const isSame = last !== undefined && now - last.atMs < GRAIN_MS;
      const entry = isSame ? { atMs: last.atMs, removed: last.removed + removed } : { atMs: now, removed };
      recent = [...(isSame ? recent.slice(0, -1) : recent), entry];
    },
    reset() {
      recent = [];
    },
  };
}
