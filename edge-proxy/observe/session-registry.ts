import type { SessionRecord } from "./session-record.ts";

/** Before the store has let the user in, afterwards, and when the connections are about to close. */
export type SessionStage = "login" | "relay" | "closing";

/** A session that can be seen and ended from outside. */
export interface LiveSession {
  readonly record: SessionRecord;
  readonly stage: SessionStage;
  /** Bytes from either side so far. */
  readonly traffic: { fromClient: number; fromStore: number };
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
  /** Ends all sessions, spread evenly over `seconds`; resolves when none is left. */
  drain(seconds: number): Promise<void>;
  /** Ends all sessions at once. */
  stop(): void;
}

/** Interval at which a drain ends its share of the sessions, in milliseconds. */
const DRAIN_STEP_MS = 100;

export function createSessionRegistry(): SessionRegistry {
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
      const share = Math.max(1, Math.ceil((sessions.size * DRAIN_STEP_MS) / (seconds * 1000)));
      const endShare = (): void => {
        let left = share;
        for (const session of sessions) {
          if (left-- === 0) break;
          // To the end of the queue: a session that takes its time is not asked twice in a row.
          sessions.delete(session);
          sessions.add(session);
          session.stop("draining");
        }
      };
      const timer = setInterval(endShare, DRAIN_STEP_MS);
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        endShare();
      });
      clearInterval(timer);
    },
    stop() {
      for (const session of [...sessions]) session.stop("stopped");
    },
  };
}
