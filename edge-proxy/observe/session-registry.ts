import type { SessionRecord } from "./session-record.ts";

/** Before the store has let the user in, while a login waits for a hold to end, afterwards, and when the connections are about to close. */
export type SessionStage = "login" | "held" | "relay" | "closing";

/** A session that can be seen and ended from outside. */
export interface LiveSession {
  readonly record: SessionRecord;
  readonly stage: SessionStage;
  /** Bytes from either side so far. */
  readonly traffic: { fromClient: number; fromStore: number };
  /** Has a login in progress leave its store and begin anew with the look-up; false where there is none that can. */
  retract(): boolean;
  /** `stopped` closes at once, the others with a word where one may stand. */
  stop(reason: "draining" | "kicked" | "stopped"): void;
}

/** The live sessions of a process. */
export interface SessionRegistry {
  readonly size: number;
  /** The live sessions, now: what is picked from them is no longer valid later. */
  all(): Iterable<LiveSession>;
  add(session: LiveSession): void;
  delete(session: LiveSession): void;
  /** Ends all sessions, one after the other, spread evenly over `seconds`; resolves when none is left. */
  drain(seconds: number): Promise<void>;
  /** Ends all sessions at once. */
  stop(): void;
}

/** Interval at which a drain ends the sessions that are due, in milliseconds. */
const DRAIN_STEP_MS = 100;

/** `now` is a clock in milliseconds. */
export function createSessionRegistry(now: () => number = () => performance.now()): SessionRegistry {
  const sessions = new Set<LiveSession>();
  let onEmpty: (() => void) | undefined;

  return {
    get size() {
      return sessions.size;
    },
    all: () => sessions,
    add: (session) => void sessions.add(session),
    delete(session) {
      sessions.delete(session);
      if (sessions.size === 0) onEmpty?.();
    },
    async drain(seconds) {
      if (sessions.size === 0) return;
      const asked = new WeakSet<LiveSession>();
      const perMs = sessions.size / (seconds * 1000);
      const startMs = now();
      let count = 0;
      const endThoseDue = (): void => {
        const passedMs = now() - startMs;
        const due = passedMs < seconds * 1000 ? Math.floor(passedMs * perMs) : Number.POSITIVE_INFINITY;
        for (const session of sessions) {
          if (count >= due) return;
          // One that takes its time to end is asked only once: it has a time-out of its own.
          if (asked.has(session)) continue;
          asked.add(session);
          count++;
          session.stop("draining");
        }
      };
      const timer = setInterval(endThoseDue, DRAIN_STEP_MS);
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        endThoseDue();
      });
      clearInterval(timer);
    },
    stop() {
      for (const session of [...sessions]) session.stop("stopped");
    },
  };
}
