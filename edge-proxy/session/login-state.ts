import type { Route } from "../api-client/answers.ts";
import type { Alert, LoginFailure } from "../protocol/dialogue.ts";
import type { AccountSearch } from "./account-search.ts";
import type { Clearance } from "./clearance.ts";
import type { Replay } from "./replay.ts";

/** Where a login stands. It goes down this list; each step may lead to `failed`, and the client may leave at any time. */
export type LoginState =
  | { is: "new" }
  /** Others have failed before it from the same client. */
  | { is: "delayed"; sinceMs: number }
  /** Which account is it? */
  | { is: "searching"; search: AccountSearch }
  /** Its account or store is on hold. */
  | { is: "held"; uuid: string; sinceMs: number }
  /** The hold may have ended: the route is looked up anew in a moment. */
  | { is: "resuming" }
  /** The account is known: may it go to its store? */
  | { is: "clearing"; clearance: Clearance }
  /** The store is asked. */
  | { is: "replaying"; replay: Replay; route: Route }
  /** It is refused, but the client is answered as by a store, whose challenge comes first. */
  | { is: "decoy"; timer: ReturnType<typeof setTimeout>; failure: LoginFailure }
  /** What the client will hear is known; it hears it when the time has come. */
  | { is: "failed"; failure: LoginFailure; alerts: readonly Alert[] }
  /** Reported, or the client has left. */
  | { is: "over" };

export const OVER: LoginState = { is: "over" };
