import type { Logger } from "pino";
import type { Authority } from "./authority.ts";
import type { StatusBoard } from "./status-board.ts";

/** Shows how the server stands to the table: whether it is behind, for how long, and what was refused. */
export interface Standing {
  /** The authority may judge the server differently now; returns whether it is behind. */
  update(): boolean;
  /** The lag to show: a server that is behind lags at least as long as it has been followed. */
  lagOf(seconds: number): number;
  /** The table has newer versions of these entries. A full read also reports what has changed since it began. */
  refused(dns: readonly string[], isExpected: boolean): void;
  /** A full read is complete: further refusals are news again. */
  readComplete(): void;
}

export function standing(authority: Authority, board: StatusBoard, log: Logger): Standing {
  let hasWarned = false;
  return {
    update() {
      const { behind } = authority;
      const before = board.progress.behind;
      const since = before?.server === behind?.server ? before?.since : undefined;
      board.set({ behind: behind && { ...behind, since: since ?? new Date().toISOString() } });
      if (behind !== undefined && since === undefined)
        log.warn({ ...behind }, "server is behind the route store; removals wait until it has caught up");
      if (behind === undefined && before !== undefined)
        log.info({ server: before.server }, "server is no longer behind the route store");
      return behind !== undefined;
    },
    lagOf(seconds) {
      const { behind } = board.progress;
      return behind === undefined
        ? seconds
        : Math.max(seconds, (Date.now() - Date.parse(behind.since)) / 1000);
    },
    refused(dns, isExpected) {
      if (dns.length === 0) return;
      board.set({ older: (board.progress.older ?? 0) + dns.length });
      if (hasWarned || isExpected) return;
      hasWarned = true;
      log.warn(
        { count: dns.length, dn: dns[0] },
        "the directory reports older versions than the route store has",
      );
    },
    readComplete() {
      hasWarned = false;
    },
  };
}
