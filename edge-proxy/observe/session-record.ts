import { randomBytes } from "node:crypto";
import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { StoreLimit } from "../guard/store-places.ts";
import type { CertificateRefusal } from "../identity/certmap/find-by-certificate.ts";
import type { NameFault } from "../identity/login-name.ts";
import type { CloseReason, Progress, StoreFailure } from "../protocol/dialogue.ts";
import { plainAddress } from "../transport/ip-address.ts";
import type { Addresses } from "../transport/transport.ts";
import type { ClientCertificateFault } from "../x509/client-authorities.ts";

/** Why a login failed: a closed set, shared by logs, metrics and support's view. */
export type LoginFailureCode =
  | NameFault
  | "bad-password-octets"
  | "empty-password"
  /** The client wants to act for another user. */
  | "foreign-authorization-id"
  | "proxy-loop"
  | "no-store-admin"
  | "proxy-header"
  | "access-denied"
  | "service-denied"
  | "no-certificate"
  | "certificate-other-user"
  | CertificateRefusal
  | `certificate-${ClientCertificateFault}`
  | "unknown-user"
  | "ambiguous-user"
  | "account-disabled"
  /** The directory rejected the password. */
  | "pre-auth-refused"
  /** The directory could not be asked. */
  | "pre-auth-unavailable"
  | "pre-auth-needs-password"
  /** The store takes the administrator's login only, and nobody has checked the password. */
  | "not-pre-authenticated"
  /** ReplayFormat makes no name from the entry. */
  | "no-replay-name"
  /** The exchange names another user than the one that was looked up, and cannot be rewritten. */
  | "exchange-other-name"
  /** The name that the store would be told on the user's behalf leads to another entry too, or to none. */
  | "store-name-not-own"
  /** The store lets users in under the administrator's name: it would open the administrator's own mailbox. */
  | "store-ignores-authorization-id"
  /** The store could not be tried with the account that is configured for it. */
  | "store-admin-unproved"
  | "route-unavailable"
  /** The client logs in too often (loginsPerSecondPerClient). */
  | "login-rate"
  /** Its account or store was on hold for longer than `holdSeconds`. */
  | "account-held"
  | "store-held"
  /** As many logins as allowed wait for holds to end (heldLogins). */
  | "held-limit"
  /** An operator ended the user's sessions while the login was in progress. */
  | "kicked"
  /** The user has as many sessions as allowed (connectionsPerUser). */
  | "user-limit"
  /** The store has as many logins in progress, or sessions, as allowed. */
  | StoreLimit
  /** The host has failed too often: it is left out for a while. */
  | "store-skipped"
  | "no-store-entry"
  | "store-connect"
  | "store-tls"
  | "store-timeout"
  | "store-closed"
  | `store-${StoreFailure}`;

/** How a session ended. */
export type EndReason =
  | CloseReason
  | "client-closed"
  | "store-closed"
  | "client-lost"
  | "store-lost"
  | "tls-failed"
  | "proxy-header"
  | "access-denied"
  | "idle-timeout"
  /** All slow clients together held too much memory, and this one for the longest time. */
  | "relay-memory"
  | "stopped";

/** A failed login, as the operator sees it. */
export interface FailedLogin {
  code: LoginFailureCode;
  login?: string;
  /** The other user that it was for. */
  authorizationId?: string;
  store?: string;
  /** How far it got at the store. */
  progress?: Progress;
  detail?: string;
}

/** How long the steps of a login took that has succeeded, in milliseconds. */
export interface LoginTimes {
  /** To learn which store it is, from the cache or the route API. */
  routeMs: number;
  connectMs: number;
  /** Undefined where the store is reached without TLS. */
  tlsMs: number | undefined;
  /** From the connection to the store's answer, TLS apart. */
  authMs: number;
  /** All of it, from the client's credentials on; a penalty's delay apart. */
  loginMs: number;
}

/** What is known of a session; becomes its line in the log. */
export interface SessionRecord {
  readonly sid: string;
  readonly instance: string;
  readonly protocol: Protocol;
  virtualDomain: string | undefined;
  readonly startedMs: number;
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Where the client connected to. */
  readonly localAddress: string;
  readonly localPort: number;
  tls: string | undefined;
  /** Why TLS failed with the client. */
  tlsFault: string | undefined;
  /** SHA-256 of the client's certificate, trusted or not, in hex. */
  certificate: string | undefined;
  mechanism: string | undefined;
  login: string | undefined;
  /** The other user that the client wanted to act for, as a login name in its canonical form. */
  authorizationId: string | undefined;
  account: string | undefined;
  store: string | undefined;
  bytesFromClient: number;
  bytesFromStore: number;
  /** How long its logins had to wait for the sake of those that had failed before, in milliseconds. */
  delayedMs: number | undefined;
  /** How long its logins had to wait for a hold to end, in milliseconds. */
  heldMs: number | undefined;
  failures: FailedLogin[] | undefined;
}

/** The record of a new session. */
export const newRecord = (instance: string, protocol: Protocol, addresses: Addresses): SessionRecord => ({
  sid: newSid(),
  instance,
  protocol,
  virtualDomain: undefined,
  startedMs: performance.now(),
  clientAddress: plainAddress(addresses.remoteAddress),
  clientPort: addresses.remotePort,
  localAddress: plainAddress(addresses.localAddress),
  localPort: addresses.localPort,
  tls: undefined,
  tlsFault: undefined,
  certificate: undefined,
  mechanism: undefined,
  login: undefined,
  authorizationId: undefined,
  account: undefined,
  store: undefined,
  bytesFromClient: 0,
  bytesFromStore: 0,
  delayedMs: undefined,
  heldMs: undefined,
  failures: undefined,
});

/** Failed logins that a session's record keeps; `wrongPasswords` normally ends the session before. */
const FAILURES_KEPT = 10;

export function noteFailure(record: SessionRecord, failure: FailedLogin): void {
  record.failures ??= [];
  if (record.failures.length < FAILURES_KEPT) record.failures.push(failure);
}

/** Begins every session id of this process. */
export const processId = randomBytes(4).toString("hex");
let sessions = 0;

/** A session id that never repeats: a random part for the process, and a counter. */
const newSid = (): string => `${processId}-${(++sessions).toString(36)}`;
