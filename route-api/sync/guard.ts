export interface GuardLimits {
  /** 0 to 1. */
  maxRemovedShare: number;
  maxRemovedEntries: number;
}

/** Removals of this long count together, in milliseconds. */
export const GUARD_WINDOW_MS = 600_000;
/** Removals this close to each other are counted as one, in milliseconds. */
const GRAIN_MS = 10_000;

/** Counts what goes, and says how much more may. */
export interface Guard {
  /** Entries that may go now, of so many. */
  allowance(of: number): number;
  /** Whether everything may go at once. */
  readonly mayEmpty: boolean;
  record(removed: number): void;
  /** What went before no longer counts: the operator has seen it. */
  reset(): void;
}

export function removalGuard(
  { maxRemovedShare, maxRemovedEntries }: GuardLimits,
  nowMs: () => number,
): Guard {
  let recent: { atMs: number; removed: number }[] = [];
  return {
    allowance(of) {
      const since = nowMs() - GUARD_WINDOW_MS;
      recent = recent.filter(({ atMs }) => atMs > since);
      const gone = recent.reduce((sum, { removed }) => sum + removed, 0);
      // What is gone already was part of the whole.
      const share = Math.floor(maxRemovedShare * (of + gone));
      return Math.max(maxRemovedEntries, share) - gone;
    },
    mayEmpty: maxRemovedShare === 1,
    record(removed) {
      if (removed === 0) return;
      const last = recent.at(-1);
      const now = nowMs();
      if (last !== undefined && now - last.atMs < GRAIN_MS) last.removed += removed;
      else recent.push({ atMs: now, removed });
    },
    reset() {
      recent = [];
    },
  };
}
