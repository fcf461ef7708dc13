import { type Csns, covers, csnsOf, csnsOfCookie } from "../csn.ts";
import { DirectoryError } from "../directory-error.ts";
import { contextCsnQuery } from "../ldap/context-csn.ts";
import type { LdapMessage } from "../ldap/message.ts";
import type { Wire } from "../ldap/wire.ts";

/** Time limit for the answer, in milliseconds; the search is cheap, so a server that exceeds it is considered lost. */
const ANSWER_MS = 15_000;
/** Probe intervals that a server may hold back changes before the connection is given up. */
const STALLED_PROBES = 4;

export interface Lag {
  seconds: number;
  /** What the server has applied. */
  csns: Csns;
}

export interface LagWatch {
  /** Message ID of the probe in progress, if any. */
  readonly id: number | undefined;
  /** How long to wait for the next message, in milliseconds. */
  waitMs(): number;
  /** Nothing came for that long. Throws DirectoryError if a probe went unanswered. */
  onSilence(): void;
  onCookie(cookie: Buffer): void;
  /** How far the reported changes lag, if the answer tells. Throws DirectoryError if they stay behind. */
  onAnswer(message: LdapMessage): Lag | undefined;
  probeIfDue(): void;
}

/**
 * Reads contextCSN every so often, over the connection on which the server reports changes: the answer shows that the
 * connection is alive, and whether every change has been reported.
 */
export function lagWatch(
  wire: Wire,
  context: string,
  { probeMs, silenceMs }: { probeMs: number; silenceMs: number },
): LagWatch {
  const answerMs = Math.min(ANSWER_MS, silenceMs);
  let asked: { id: number } | undefined;
  let nextMs = performance.now() + probeMs;
  let told: Csns = new Map();
  let behind: { csns: Csns; sinceMs: number } | undefined;

  const query = contextCsnQuery(context);
  return {
    get id() {
      return asked?.id;
    },
    // The full time after every message: our own slow reading must not count against the server.
    waitMs: () => (asked === undefined ? Math.max(0, nextMs - performance.now()) : answerMs),
    onSilence() {
      if (asked === undefined) return;
      throw new DirectoryError("closed", `${wire.url}: no response for ${answerMs / 1000} s`);
    },
    onCookie(cookie) {
      told = csnsOfCookie(cookie);
    },
    onAnswer(message) {
      if (message.is === "done") asked = undefined;
      if (message.is !== "entry") return undefined;
      const csns = csnsOf((message.attributes.get("contextcsn") ?? []).map(String));
      if (csns.size === 0 || told.size === 0) return undefined;
      const nowMs = performance.now();
      if (behind !== undefined && covers(told, behind.csns)) behind = undefined;
      if (covers(told, csns)) return { seconds: 0, csns };
      behind ??= { csns, sinceMs: nowMs };
      const behindMs = nowMs - behind.sinceMs;
      if (behindMs > STALLED_PROBES * probeMs) {
        throw new DirectoryError("closed", `${wire.url}: the server no longer reports changes`);
      }
      return { seconds: behindMs / 1000, csns };
    },
    probeIfDue() {
      const nowMs = performance.now();
      if (asked !== undefined || nowMs < nextMs) return;
      nextMs = nowMs + probeMs;
      asked = { id: wire.search(query) };
    },
  };
}
