import type { ClientIntroduction, Front } from "../protocol/dialogue.ts";
import type { ClientCertificate } from "../transport/transport.ts";
import type { Login } from "./login.ts";

/**
 * Where a client's dialogue before login stands. The functions below are the table of transitions: each takes the states
 * that it may leave and returns the one that it enters.
 *
 * | From      | Event                                                                  | To        |
 * | --------- | ---------------------------------------------------------------------- | --------- |
 * | handshake | greeting in clear, or TLS is up                                        | dialogue  |
 * | dialogue  | STARTTLS                                                               | handshake |
 * | dialogue  | the client logs in                                                     | login     |
 * | login     | the login failed                                                       | dialogue  |
 * | any       | the store let the user in, the edge hung up, or the client has left    | over      |
 */
export type DialogueState = Handshake | Dialogue | LoggingIn | Over;

/** Nothing may be said before TLS is up. */
export interface Handshake {
  readonly is: "handshake";
  readonly front: Front;
}

export interface Dialogue {
  readonly is: "dialogue";
  readonly front: Front;
  readonly certificate: ClientCertificate | undefined;
  /** What the client has said of itself; only on the connection as it is now, never before STARTTLS. */
  introduction: ClientIntroduction | undefined;
}

export interface LoggingIn {
  readonly is: "login";
  readonly front: Front;
  readonly login: Login;
  /** Where a failed login leads back to. */
  readonly dialogue: Dialogue;
  /** What the client has sent since the login began. */
  pipelinedBytes: number;
  /** The client has said all it has to say, and waits for the answers. */
  clientEnded: boolean;
}

export interface Over {
  readonly is: "over";
}

export const handshake = ({ front }: Dialogue): Handshake => ({ is: "handshake", front });

/** `front` differs from the handshake's where TLS has shown that the client came to a virtual domain. */
export const dialogue = (
  from: Handshake,
  certificate: ClientCertificate | undefined,
  front = from.front,
): Dialogue => ({ is: "dialogue", front, certificate, introduction: undefined });

export const loggingIn = (from: Dialogue, login: Login): LoggingIn => ({
  is: "login",
  front: from.front,
  login,
  dialogue: from,
  pipelinedBytes: 0,
  clientEnded: false,
});

export const loginFailed = (from: LoggingIn): Dialogue => from.dialogue;

export const OVER: Over = { is: "over" };
