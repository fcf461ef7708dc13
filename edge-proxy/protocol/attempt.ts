import type { StoreCredentials } from "./dialogue.ts";
import { isBase64, type Octets } from "./octets.ts";

/** One way to log in at a store. */
export interface Way {
  /** The command, without its tag, with its CRLF. */
  command: Octets;
  /** What the store must ask for before it has the credentials; each is sent as it is. */
  parts: readonly Octets[];
  /** The initial response in the command, for a store that overlooks it and asks. */
  again?: Octets | undefined;
  /** How it asks for them: by a continuation, or by the success of USER. */
  prompt: "+" | "+OK";
  /** Whether the store may ask the client something. */
  exchange: boolean;
  /** Answers of the client that must have gone to the store before it can say yes. */
  proofs: number;
}

/** How far a way has come. The store can only have judged what is `sent`. */
export type Attempt =
  /** The store has not asked for all of the parts yet. */
  | { is: "unsent"; way: Way; parts: readonly Octets[] }
  /** The store owes its verdict, or its next question. */
  | { is: "sent"; way: Way; answers: number }
  /** The store has asked the client something. */
  | { is: "asked"; way: Way; answers: number }
  /** The client has cancelled: whatever the store says, nobody has logged in. */
  | { is: "cancelled"; way: Way };

/** The command of the way has been sent. */
export const begun = (way: Way): Attempt =>
  way.parts.length === 0 ? { is: "sent", way, answers: 0 } : { is: "unsent", way, parts: way.parts };

/** What the store's request to go on leads to. */
export type Continuation =
  /** It gets what it must ask for. */
  | { is: "part"; attempt: Attempt; part: Octets }
  /** It asks the client. */
  | { is: "challenge"; attempt: Attempt }
  | { is: "violation"; detail: string };

/** `challenge` is without its `+`. */
export function continued(attempt: Attempt, challenge: Octets): Continuation {
  const { way } = attempt;
  if (attempt.is === "unsent") {
    const [part = "", ...parts] = attempt.parts;
    const next: Attempt = parts.length === 0 ? { is: "sent", way, answers: 0 } : { ...attempt, parts };
    return { is: "part", attempt: next, part };
  }
  if (attempt.is !== "sent") return UNASKED;
  const { again, ...once } = way;
  if (again !== undefined && challenge.trim() === "")
    return { is: "part", attempt: { ...attempt, way: once }, part: again };
  if (!way.exchange) return UNASKED;
  if (!isBase64(challenge)) return { is: "violation", detail: "a challenge that is not base64" };
  return { is: "challenge", attempt: { ...attempt, is: "asked" } };
}

const UNASKED: Continuation = {
  is: "violation",
  detail: "a continuation request that nothing asked for",
};

/** The client has answered, or has cancelled. */
export const answered = ({ way, answers }: Attempt & { is: "asked" }, cancelled: boolean): Attempt =>
  cancelled ? { is: "cancelled", way } : { is: "sent", way, answers: answers + 1 };

/** Whether the store can have let the user in: it has the credentials, and owes nobody an answer. */
export const mayAccept = (attempt: Attempt): boolean =>
  attempt.is === "sent" && attempt.answers >= attempt.way.proofs;

/** Whether the store can have judged the user: it knows at least whom to judge. */
export const mayJudge = (attempt: Attempt): boolean =>
  attempt.is === "sent" || attempt.is === "asked" || attempt.way.prompt === "+OK";

/** Whether another way may be tried on the same connection: the client has not been asked anything. */
export const mayGoOn = (attempt: Attempt): boolean =>
  attempt.is === "unsent" || (attempt.is === "sent" && attempt.answers === 0);

/** Answers of the client that the mechanism of an exchange needs: SCRAM's proof is in the second message (RFC 5802 section 3). */
export const proofsOf = (credentials: StoreCredentials): number =>
  credentials.kind === "exchange" && credentials.mechanism.startsWith("SCRAM-") ? 1 : 0;
