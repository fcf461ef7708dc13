import type { Octets, SecretOctets } from "./octets.ts";

/** What a client proves its identity with. Names are octets as received, not checked yet. */
export type Credentials =
  /** A password, by LOGIN, USER/PASS, or SASL PLAIN and LOGIN (RFC 4616). */
  | ({ kind: "password"; mechanism: string; user: Octets; password: SecretOctets } & ForSomebodyElse)
  /** A mechanism that the store conducts: tokens and SCRAM. */
  | ({ kind: "exchange"; mechanism: string; user: Octets; initial: SecretOctets } & ForSomebodyElse)
  /** SASL EXTERNAL (RFC 4422 appendix A): a client certificate stands behind it. */
  | { kind: "external"; mechanism: string; user: Octets };

interface ForSomebodyElse {
  /** The user that the client wants to act for, where that is not itself (RFC 4422 section 2). */
  authorizationId?: Octets;
}

/**
 * What the back logs in with. An authorisation id goes with an administrator's password: the edge's own, or, where it
 * `isClients`, the one that the client has sent.
 */
export type StoreCredentials =
  | { kind: "password"; user: Octets; password: SecretOctets; authorizationId?: Octets; isClients?: true }
  | { kind: "exchange"; mechanism: string; initial: SecretOctets };

/** Why a login failed, as far as the client may know; `login-failures.ts` says what it hears. */
export type LoginFailure =
  /** Wrong password, unknown or disabled user, invalid name: all alike. */
  | "credentials"
  /** The client cancelled an exchange. */
  | "cancelled"
  /** The user may not act for the one that it named. */
  | "not-authorized"
  | "expired"
  /** The account may not use this service. */
  | "not-permitted"
  | "contact-admin"
  | "over-quota"
  | "limit"
  /** The user has as many sessions as allowed. */
  | "user-sessions"
  /** The client logs in too often. */
  | "rate"
  /** Too soon after the last login (RFC 2449). */
  | "login-delay"
  /** The mailbox is held by another session. */
  | "in-use"
  /** Temporary: trying again may help. */
  | "unavailable"
  /** The user's store is down. */
  | "store-down";

/** What became of a login. */
export type LoginOutcome =
  | ({ ok: true } & StoreWelcome)
  /** `alerts` are for people to read, as the store gave them. */
  | { ok: false; failure: LoginFailure; alerts: readonly Alert[] };

/** A status and a text that must be shown to the user: `NO [ALERT] Mailbox is almost full` (RFC 9051 section 7.1). */
export type Alert = Octets;

/** What the store said when it let the user in. */
export interface StoreWelcome {
  /** Its text after OK, response code included. */
  text: Octets;
  /** Untagged lines that the client must see, CRLF included. */
  untagged: Octets;
}

/** Why the edge hangs up before login. */
export type CloseReason =
  | "logout"
  | "bad-commands"
  | "failed-logins"
  | "line-too-long"
  | "literal-too-large"
  | "sent-too-much"
  | "login-timeout"
  /** The client, or all clients together, have as many connections as allowed. */
  | "client-limit"
  | "instance-limit"
  | "draining"
  /** An operator ended the session. */
  | "kicked";

/** Fields that a client says of itself, names in lower case. */
export type ClientId = ReadonlyMap<Octets, Octets | undefined>;

export interface ClientIntroduction {
  id: ClientId;
  /** A multiplexor in front says how many more the login may pass through. */
  hops: number | undefined;
}

export type FrontAction =
  | { do: "write"; bytes: Uint8Array }
  | { do: "startTls" }
  /** What the client says of itself (RFC 2971). */
  | { do: "identify"; client: ClientIntroduction }
  | { do: "login"; credentials: Credentials }
  /** The client's next message (base64) of an exchange that the store conducts; undefined: it cancelled. */
  | { do: "respond"; message: SecretOctets | undefined }
  | { do: "close"; reason: CloseReason };

/** What a dialogue runs over: in clear, under TLS, or under TLS in which the client has shown a certificate. */
export type Channel = "clear" | "tls" | "tls-with-certificate";

/**
 * The client's side of a dialogue before login: bytes in, actions out. Holds no socket, clock or promise.
 * After a `login` it reads no further until `answer`.
 */
export interface Front {
  /** Bytes of the client that nobody has taken yet. */
  readonly heldBytes: number;
  /** The greeting. */
  open(channel: Channel): FrontAction[];
  /** STARTTLS is done: everything learned in clear is forgotten. */
  secured(channel: Exclude<Channel, "clear">): FrontAction[];
  /** Any cut of the client's stream. */
  receive(bytes: Uint8Array): FrontAction[];
  /** What became of the login that it asked for. */
  answer(outcome: LoginOutcome): FrontAction[];
  /** The store's next message (base64) of an exchange. */
  challenge(message: Octets): FrontAction[];
  /** The last word before the edge hangs up by itself. */
  farewell(reason: CloseReason): Uint8Array;
  /** Bytes behind the login: they are the store's. */
  rest(): Uint8Array;
}

/** How far a login at a store got; goes to the log. */
export type Progress = "connect" | "tls" | "banner" | "capability" | "auth" | "done";

/** How a login at a store ended. */
export type StoreOutcome =
  | ({ ok: true } & StoreWelcome)
  /** The store refused, or did what it must not: `detail` is for the operator. */
  | {
      ok: false;
      failure: LoginFailure;
      code: StoreFailure;
      detail: string;
      alerts: readonly Alert[];
    };

export type StoreFailure =
  /** The store has judged the user, and refused. */
  | "refused"
  /** The store cannot serve anybody, or not this user, for now. */
  | "not-ready"
  /** The user is at another store by now. */
  | "moved"
  /** The store hung up when it was asked for its capabilities. */
  | "no-capa"
  /** The store violated the protocol, or sent too much. */
  | "protocol"
  /** The store cannot do what it must: STARTTLS, or a way to log in. */
  | "unsupported";

export type BackAction =
  | { do: "write"; bytes: Uint8Array }
  | { do: "startTls" }
  | { do: "challenge"; message: Octets }
  | { do: "outcome"; outcome: StoreOutcome };

/** What a back is to do. */
export interface BackTask {
  credentials: StoreCredentials;
  /** STARTTLS or STLS before anything else; a store that cannot is refused. */
  startTls: boolean;
  /** How a password goes over: by SASL PLAIN, by LOGIN or USER and PASS, or by what the store offers. */
  replay: "auto" | "plain" | "login";
  /** Told, before the login, to a store that trusts the edge. */
  client: ForwardedClient | undefined;
  /** What the client said of itself; told to any store that takes it. */
  clientId: ClientId;
  /** False for a store that hangs up when it is asked for its capabilities (POP3). */
  asksCapabilities: boolean;
}

/** Who the client is, for a store that trusts the edge. Addresses are IPv4 or IPv6 in text form. */
export interface ForwardedClient {
  sid: string;
  address: string;
  port: number;
  localAddress: string;
  localPort: number;
  /** Multiplexors that the login may still pass through. */
  hopsLeft: number;
}

/** The store's side of a login: the mirror of Front. */
export interface Back {
  readonly progress: Progress;
  receive(bytes: Uint8Array): BackAction[];
  /** STARTTLS is done. */
  secured(): BackAction[];
  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): BackAction[];
  /** The store says no more; undefined where what it has said decides nothing. */
  ended(how: StoreEnd): StoreOutcome | undefined;
  /** Bytes after the store's answer: they are the client's. */
  rest(): Uint8Array;
}

/** Why a store says no more: it has closed the connection, or it has run out of time. */
export type StoreEnd = "closed" | "timeout";

/** Limits of a dialogue before login; sizes in bytes. */
export interface FrontLimits {
  lineBytes: number;
  tokenLineBytes: number;
  idBytes: number;
  literalBytes: number;
  badCommands: number;
  wrongPasswords: number;
}

/** What one listener offers: fixed while it lives, shared by its sessions. */
export interface FrontProfile {
  banner: string;
  /** SASL mechanisms that may be offered, upper case; EXTERNAL only where clients are asked for certificates. */
  mechanisms: readonly string[];
  startTls: boolean;
  allowPlaintextLogin: boolean;
  limits: FrontLimits;
}

/** Follows what a store sends after the login, to know where a last word of the edge's may stand. */
export interface StoreStream {
  /** Any cut of the store's stream, in order. */
  feed(bytes: Uint8Array): void;
  /** True where the stream provably stands between two answers. */
  readonly between: boolean;
  /** The word that says that the edge goes away, or that the session was ended. */
  farewell(reason: "draining" | "kicked"): Uint8Array;
}
