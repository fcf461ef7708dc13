import { DirectoryError } from "../directory-error.ts";
import type { LdapMessage } from "../ldap/message.ts";
import type { Wire } from "../ldap/wire.ts";
import { type Csns, csnsOf, csnsOfCookie, reaches } from "./csn.ts";

/** The question is a small one: a server that lets it wait for longer is as good as gone, in milliseconds. */
const ANSWER_MS = 15_000;
/** Probes that a server may leave behind the changes that it should have told, before the connection is made anew. */
const STALLED_PROBES = 4;

export interface LagWatch {
  /** Id of the question that is under way, if any. */
  readonly id: number | undefined;
  /** How long there may be silence, in milliseconds. */
  waitMs(): number;
  /** Nothing came for that long. Throws DirectoryError where an answer should have. */
  onSilence(): void;
  onCookie(cookie: Buffer): void;
  /** How far behind what was told is, in seconds, where the answer says it. Throws DirectoryError where it stays behind. */
  onAnswer(message: LdapMessage): number | undefined;
  probeIfDue(): void;
}

/**
 * Asks the server for contextCSN every so often, on the connection by which it tells changes: the answer shows that
 * the connection lives, and whether all changes were told.
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

  const query = {
    base: context,
    scope: "base" as const,
    filter: "(objectClass=*)",
    attributes: ["contextCSN"],
  };
  return {
    get id() {
      return asked?.id;
    },
    // The whole time each time: whoever reads slowly must not take its own delay for the server's.
    waitMs: () => (asked === undefined ? Math.max(0, nextMs - performance.now()) : answerMs),
    onSilence() {
      if (asked === undefined) return;
      throw new DirectoryError("closed", `${wire.url}: the server says nothing for ${answerMs / 1000} s`);
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
      if (behind !== undefined && reaches(told, behind.csns)) behind = undefined;
      if (reaches(told, csns)) return 0;
      behind ??= { csns, sinceMs: nowMs };
      const behindMs = nowMs - behind.sinceMs;
      if (behindMs > STALLED_PROBES * probeMs) {
        throw new DirectoryError("closed", `${wire.url}: the server no longer tells of changes`);
      }
      return behindMs / 1000;
    },
    probeIfDue() {
      const nowMs = performance.now();
      if (asked !== undefined || nowMs < nextMs) return;
      nextMs = nowMs + probeMs;
      asked = { id: wire.search(query) };
    },
  };
}
