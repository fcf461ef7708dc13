import type { RouteStore } from "../../../store/store.ts";

/** Where the store tells of writes and there are none, so that an API at rest seldom wakes up, in milliseconds. */
const QUIET_POLL_MS = 500;
/** What is written may be readable only a moment after the store has told of it: reads stay frequent for so long. */
const WRITE_SETTLES_MS = 100;

export interface PaceOptions {
  /** Time between two reads, in milliseconds. */
  pollMs: number;
  onWrite: RouteStore["onWrite"];
  read(): void;
  nowMs(): number;
}

/** When a feed is read again: after `pollMs`; where the store tells of writes, seldom until there is one. */
export interface Pace {
  start(): void;
  /** Reads after so many milliseconds; by default as is due at the end of the feed. */
  pause(ms?: number): void;
  stop(): void;
}

export function createPace({ pollMs, onWrite, read, nowMs }: PaceOptions): Pace {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopHearing: (() => void) | undefined;
  let writtenAtMs = Number.NEGATIVE_INFINITY;

  const isQuiet = (): boolean => stopHearing !== undefined && nowMs() - writtenAtMs > WRITE_SETTLES_MS;
  const wake = (): void => {
    timer = undefined;
    read();
  };
  const written = (): void => {
    const isOver = timer !== undefined && isQuiet();
    writtenAtMs = nowMs();
    if (!isOver) return;
    clearTimeout(timer);
    wake();
  };

  return {
    start() {
      stopHearing = onWrite(written);
    },
    pause(ms = isQuiet() ? Math.max(pollMs, QUIET_POLL_MS) : pollMs) {
      timer = setTimeout(wake, ms);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      stopHearing?.();
      stopHearing = undefined;
    },
  };
}
