import type { EndReason } from "../observe/session-record.ts";
import type { ClientDialogue } from "./client-dialogue.ts";
import type { SessionPlaces } from "./login-owner.ts";
import type { Relay } from "./relay.ts";

/**
 * Where a session stands. The functions below are the table of transitions: each takes the states that it may leave and
 * returns the one that it enters.
 *
 * | From         | Event                                     | To      |
 * | ------------ | ----------------------------------------- | ------- |
 * | before-login | the store let the user in                 | relay   |
 * | before-login | the edge hangs up, or the client has left | closing |
 * | any          | the connections are gone                  | closed  |
 */
export type SessionState = BeforeLogin | Relaying | Closing | Closed;

export interface BeforeLogin {
  readonly is: "before-login";
  readonly dialogue: ClientDialogue;
}

export interface Relaying extends Readonly<SessionPlaces> {
  readonly is: "relay";
  readonly relay: Relay;
}

export interface Closing {
  readonly is: "closing";
  readonly reason: EndReason;
}

export interface Closed {
  readonly is: "closed";
}

export const relaying = (_from: BeforeLogin, relay: Relay, { store, user }: SessionPlaces): Relaying => ({
  is: "relay",
  relay,
  store,
  user,
});

export const closing = (_from: BeforeLogin, reason: EndReason): Closing => ({ is: "closing", reason });

export const CLOSED: Closed = { is: "closed" };
