import type { End } from "../../twin/load/imap-client.ts";

/** Which store a user is on. */
export type StoreName = "store1" | "store2";

/** How a login went: in, or what it was told. */
export type Answer = "ok" | "unavailable" | "wrong-password" | "other-refusal" | "closed" | "no-answer";

/** What the load saw; times are of one monotonic clock, in milliseconds. */
export type LoadEvent =
  /** A login that began at `at` and was answered after `ms`; `isNew`: of a user who has never logged in. */
  | {
      kind: "login";
      at: number;
      ms: number;
      store: StoreName;
      isNew: boolean;
      answer: Answer;
      detail: string;
    }
  /** A session that stays has ended against its client's will; `client` is its address and port. */
  | { kind: "ended"; at: number; id: number; store: StoreName; client: string; end: End; detail: string }
  /** It is there, again. */
  | { kind: "there"; at: number; id: number }
  /** A message went to the store, came back, and was compared by its SHA-256. */
  | { kind: "transfer"; at: number; store: StoreName; octets: number; isIntact: boolean };

/** What a failed login was told, by the text of the error that it ended with. */
export function answerOf(detail: string, end: End): Exclude<Answer, "ok"> {
  if (/^t\d+ NO \[(UNAVAILABLE|LIMIT|INUSE)\]/m.test(detail) || end === "bye") return "unavailable";
  if (/^t\d+ NO (?:\[AUTHENTICATIONFAILED\]|(?!\[))/m.test(detail)) return "wrong-password";
  if (/^t\d+ (NO|BAD) /m.test(detail)) return "other-refusal";
  return end === "silent" ? "no-answer" : "closed";
}
