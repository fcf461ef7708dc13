import type { StorePlace } from "../guard/store-places.ts";
import type { Place } from "../guard/tally.ts";
import type { Alert, LoginFailure, StoreOutcome } from "../protocol/dialogue.ts";
import type { StoreLogin } from "./store-login.ts";

/** Who is told what becomes of a login: the session. */
export interface LoginOwner {
  /** The store asks the client something. */
  challenge(message: string): void;
  /** `alerts` are what the store wants the user to read. */
  loginFailed(failure: LoginFailure, alerts: readonly Alert[]): void;
  /** The login waits for so many seconds before anybody is asked about it: that time is not the client's. */
  delayed(seconds: number): void;
  /** The places are the session's from now on. */
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, places: SessionPlaces): void;
}

/** What a session takes up, at its store and of its user's sessions. */
export interface SessionPlaces {
  store: StorePlace;
  user: Place;
}
