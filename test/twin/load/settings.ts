import type { Door, End } from "./imap-client.ts";

/** What the load does; it ends by itself after `limitMs`. */
export interface LoadSettings {
  doors: Door[];
  users: string[];
  /** Sessions that stay, through each door; every fifth of them idles. */
  sessions: number;
  /** What a session that stays asks the store, and how long one idles. */
  pollMs: number;
  idleMs: number;
  /** Time between two short sessions: in, and out again. */
  loginMs: number;
  /** Longest wait for anything. */
  answerMs: number;
  limitMs: number;
}

/** What the load says. Times are milliseconds since 1970. */
export type LoadSaid =
  /** One try to log in, from the connection's begin; without another try. They are counted from 0 as they begin. */
  | { event: "login"; number: number; door: number; edge: string; began: number; ms: number; failed?: string }
  /** A session that stays is there, or is over against its client's will. */
  | { event: "session"; id: number; door: number; edge: string; at: number; end?: End; detail?: string }
  | { event: "stopped" };
