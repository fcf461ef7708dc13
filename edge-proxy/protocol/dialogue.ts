import type { Octets, SecretOctets } from "./octets.ts";

/** What a client offered to prove who it is. Names are octets as they came: nobody has judged them yet. */
export type Credentials =
  /** A password, by LOGIN, USER/PASS, or SASL PLAIN and LOGIN (RFC 4616). */
  | { kind: "password"; mechanism: string; user: Octets; password: SecretOctets }
  /** A mechanism whose messages are handed to the store as they are: tokens and SCRAM. */
  | { kind: "exchange"; mechanism: string; user: Octets; initial: SecretOctets }
  /** SASL EXTERNAL (RFC 4422 appendix A): a client certificate stands behind it. */
  | { kind: "external"; mechanism: string; user: Octets };

/** What the back logs in with: an authorisation id goes with the store administrator's password. */
export type StoreCredentials =
  | { kind: "password"; user: Octets; password: SecretOctets; authorizationId?: Octets }
  | { kind: "exchange"; mechanism: string; initial: SecretOctets };

/** Why a login came to nothing, as far as the client may know. */
export type LoginFailure =
  /** Wrong password, unknown or disabled user, bad name: all alike. */
  | "credentials"
  /** Something is out for now; trying again may help. */
  | "unavailable"
  /** The user's store is down. */
  | "store-down"
  | "limit"
  /** The user has as many sessions as allowed. */
  | "user-sessions"
  /** The client logs in too often. */
  | "rate"
  /** Too soon after the last login (RFC 2449). */
  | "login-delay"
  /** The mailbox is held by another session. */
  | "in-use"
  | "expired"
  | "contact-admin"
  /** The client broke off an exchange by itself. */
  | "cancelled";

/** What became of a login. */
export type LoginOutcome =
  | ({
      ok: true;
    } & StoreWelcome)
  | { ok: false; failure: LoginFailure };

/** What the store said when it let the user in. */
export interface StoreWelcome {
  /** Its text behind OK, response code included. */
  text: Octets;
  /** Its untagged lines that the client must see, CRLF included. */
  untagged: Octets;
  /** What it offered before the login, where it said no more afterwards. */
  offered?: readonly string[];
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
  | "draining";

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

/** Whose turn it is in an exchange that the store conducts, where there is one. */
export type ExchangeTurn = "none" | "store" | "client" | "cancelled";

/** What a back made of the store's answers. */
export type StoreOutcome =
  | ({ ok: true } & StoreWelcome)
  /** The store said no, or did what it must not: `detail` is for the operator. */
  | { ok: false; failure: LoginFailure; code: StoreFailure; detail: string };

export type StoreFailure =
  /** The store judged the credentials and refused them. */
  | "refused"
  /** The store is not ready to serve anybody or this user. */
  | "not-ready"
  /** The store broke the protocol, or sent too much. */
  | "protocol"
  /** The store cannot do what it must, STARTTLS or the mechanism. */
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
  /** Told to a store that wants to know, before the login. */
  client: ForwardedClient | undefined;
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
  /** What the client said of itself. */
  id: ClientId;
}

/** The store's side of a login: the mirror of Front. */
export interface Back {
  readonly progress: Progress;
  receive(bytes: Uint8Array): BackAction[];
  /** STARTTLS is done. */
  secured(): BackAction[];
  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): BackAction[];
  /** Bytes behind the store's answer: they are the client's. */
  rest(): Uint8Array;
}

/** Limits of a dialogue before login; sizes in bytes. */
export interface FrontLimits {
  lineBytes: number;
  tokenLineBytes: number;
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
  /** The word that says that the edge goes away. */
  readonly farewell: Uint8Array;
}
