import type { Channel, CloseReason, Front, FrontAction, FrontProfile, LoginOutcome } from "../dialogue.ts";
import { encodeOctets, isBase64, type Octets, SecretOctets } from "../octets.ts";
import { offers } from "../offer.ts";
import {
  feedMechanism,
  isPlaintextMechanism,
  type SaslServer,
  type SaslStep,
  startMechanism,
} from "../sasl.ts";
import { FAILURES, FAREWELLS } from "./answers.ts";
import { CommandReader } from "./command-reader.ts";
import { hopsOf } from "./id.ts";
import { changedCapabilities, type ImapOffer, imapOffer } from "./offer.ts";
import { Scanner } from "./syntax.ts";

export interface ImapFrontProfile extends FrontProfile {
  /** Capabilities that all stores share; those that depend on the connection are added here. */
  capabilities: readonly string[];
  serverDownAlert: string;
}

/** Where the dialogue stands. */
type State =
  | { at: "command" }
  /** TLS is about to begin. */
  | { at: "tls" }
  /** A SASL mechanism of our own waits for the client's next message. */
  | { at: "mechanism"; tag: Octets; server: SaslServer }
  /** A login is under way; nothing is read. */
  | { at: "login"; tag: Octets }
  /** The store waits for the client's next message. */
  | { at: "exchange"; tag: Octets }
  | { at: "closed" };

/** Makes the fronts of one listener: the client's side of IMAP before login (RFC 9051 sections 6.1 and 6.2). */
export function imapFronts(profile: ImapFrontProfile): () => Front {
  const made = offers((channel) => imapOffer(profile, channel));
  return () => new ImapFront(profile, made);
}

class ImapFront implements Front {
  readonly #profile: ImapFrontProfile;
  #reader: CommandReader;
  #state: State = { at: "command" };
  #offer: ImapOffer;
  readonly #offers: Readonly<Record<Channel, ImapOffer>>;
  #badCommands = 0;
  #failedLogins = 0;

  constructor(profile: ImapFrontProfile, made: Readonly<Record<Channel, ImapOffer>>) {
    this.#profile = profile;
    this.#offers = made;
    this.#offer = made.clear;
    this.#reader = new CommandReader(profile.limits);
  }

  get heldBytes(): number {
    return this.#reader.heldBytes;
  }

  open(channel: Channel): FrontAction[] {
    this.#offer = this.#offers[channel];
    return [{ do: "write", bytes: this.#offer.greeting }];
  }

  secured(channel: Channel): FrontAction[] {
    this.#offer = this.#offers[channel];
    if (this.#state.at === "tls") this.#state = { at: "command" };
    return [];
  }

  receive(bytes: Uint8Array): FrontAction[] {
    // What still comes in clear behind STARTTLS may be somebody else's.
    if (this.#state.at === "tls") return [];
    this.#reader.append(bytes);
    return this.#read();
  }

  answer(outcome: LoginOutcome): FrontAction[] {
    if (this.#state.at !== "login" && this.#state.at !== "exchange") return [];
    const { tag } = this.#state;
    if (outcome.ok) {
      this.#state = { at: "closed" };
      const { text, untagged, offered } = outcome;
      const changed = offered === undefined ? "" : changedCapabilities(this.#profile.capabilities, offered);
      return [this.#send(`${untagged}${changed}${tag} OK ${text}\r\n`)];
    }
    this.#state = { at: "command" };
    const alert =
      outcome.failure === "store-down" && this.#profile.serverDownAlert !== ""
        ? `* NO [ALERT] ${this.#profile.serverDownAlert}\r\n`
        : "";
    const actions = [this.#send(`${alert}${tag} ${FAILURES[outcome.failure]}\r\n`)];
    if (outcome.failure === "credentials") this.#failedLogins++;
    if (this.#failedLogins >= this.#profile.limits.wrongPasswords)
      return [...actions, this.#close("failed-logins")];
    return [...actions, ...this.#read()];
  }

  challenge(message: Octets): FrontAction[] {
    if (this.#state.at !== "login") return [];
    this.#state = { at: "exchange", tag: this.#state.tag };
    return [this.#send(`+ ${message}\r\n`), ...this.#read()];
  }

  farewell(reason: CloseReason): Uint8Array {
    return encodeOctets(`* BYE ${FAREWELLS[reason]}\r\n`);
  }

  rest(): Uint8Array {
    return this.#reader.rest();
  }

  #read(): FrontAction[] {
    const actions: FrontAction[] = [];
    while (this.#state.at !== "login" && this.#state.at !== "tls" && this.#state.at !== "closed") {
      const result = this.#state.at === "command" ? this.#reader.next() : this.#reader.nextLine();
      if (result === undefined) break;
      switch (result.got) {
        case "command":
          actions.push(...this.#line(result.text));
          break;
        case "literal-wanted":
          actions.push(this.#send("+ Ready for literal\r\n"));
          break;
        case "literal-refused":
          actions.push(
            ...this.#bad(`${new Scanner(result.text).tag() ?? "*"} NO [TOOBIG] Literal too large`),
          );
          break;
        case "literal-too-large":
        case "line-too-long":
          actions.push(this.#close(result.got));
          break;
        default:
          result satisfies never;
      }
    }
    return actions;
  }

  #line(text: Octets): FrontAction[] {
    switch (this.#state.at) {
      case "mechanism": {
        const { tag, server } = this.#state;
        this.#state = { at: "command" };
        if (text === "*") return this.#bad(`${tag} BAD Authentication cancelled`);
        return this.#step(tag, server, feedMechanism(server, text));
      }
      case "exchange":
        this.#state = { at: "login", tag: this.#state.tag };
        return [{ do: "respond", message: isBase64(text) ? new SecretOctets(text) : undefined }];
      default:
        return this.#command(text);
    }
  }

  #command(text: Octets): FrontAction[] {
    const scanner = new Scanner(text);
    const tag = scanner.tag();
    if (tag === undefined || !scanner.space()) return this.#bad("* BAD Command needs a tag and a name");
    const name = scanner.atom()?.toUpperCase();
    switch (name) {
      case "LOGIN":
        return this.#login(tag, scanner);
      case "AUTHENTICATE":
        return this.#authenticate(tag, scanner);
      case "ID":
        return this.#id(tag, scanner);
      case "CAPABILITY":
        if (!scanner.atEnd()) break;
        return [this.#send(`* CAPABILITY ${this.#offer.capabilities}\r\n${tag} OK CAPABILITY completed\r\n`)];
      case "NOOP":
        if (!scanner.atEnd()) break;
        return [this.#send(`${tag} OK NOOP completed\r\n`)];
      case "LOGOUT":
        if (!scanner.atEnd()) break;
        this.#state = { at: "closed" };
        return [
          this.#send(`* BYE ${FAREWELLS.logout}\r\n${tag} OK LOGOUT completed\r\n`),
          { do: "close", reason: "logout" },
        ];
      case "STARTTLS":
        if (!scanner.atEnd()) break;
        return this.#startTls(tag);
      default:
        return this.#bad(`${tag} BAD Unknown command, or not allowed before login`);
    }
    return this.#bad(`${tag} BAD Wrong arguments to ${name}`);
  }

  #id(tag: Octets, scanner: Scanner): FrontAction[] {
    const fields = scanner.space() ? scanner.idFields() : undefined;
    if (fields === undefined || !scanner.atEnd()) return this.#bad(`${tag} BAD Wrong arguments to ID`);
    const client = { id: fields, hops: hopsOf(fields) };
    return [{ do: "identify", client }, this.#send(`* ID NIL\r\n${tag} OK ID completed\r\n`)];
  }

  #startTls(tag: Octets): FrontAction[] {
    if (!this.#offer.startTls) return this.#bad(`${tag} BAD STARTTLS is not available`);
    // What came in clear behind STARTTLS must not be taken for the client's word under TLS.
    this.#reader = new CommandReader(this.#profile.limits);
    this.#state = { at: "tls" };
    return [this.#send(`${tag} OK Begin TLS negotiation now\r\n`), { do: "startTls" }];
  }

  #login(tag: Octets, scanner: Scanner): FrontAction[] {
    const user = scanner.space() ? scanner.astring() : undefined;
    const password = user !== undefined && scanner.space() ? scanner.astring() : undefined;
    if (user === undefined || password === undefined || !scanner.atEnd()) {
      return this.#bad(`${tag} BAD Wrong arguments to LOGIN`);
    }
    if (this.#offer.plaintextRefused) return this.#privacyRequired(tag);
    this.#state = { at: "login", tag };
    return [
      {
        do: "login",
        credentials: { kind: "password", mechanism: "LOGIN", user, password: new SecretOctets(password) },
      },
    ];
  }

  #authenticate(tag: Octets, scanner: Scanner): FrontAction[] {
    const name = scanner.space() ? scanner.atom()?.toUpperCase() : undefined;
    if (name === undefined) return this.#bad(`${tag} BAD Wrong arguments to AUTHENTICATE`);
    const known = this.#profile.mechanisms.includes(name);
    if (known && isPlaintextMechanism(name) && this.#offer.plaintextRefused)
      return this.#privacyRequired(tag);
    const server = this.#offer.accepted.has(name) ? startMechanism(name) : undefined;
    if (server === undefined) return this.#bad(`${tag} NO [CANNOT] Unsupported authentication mechanism`);
    if (scanner.atEnd()) return this.#step(tag, server, server(undefined));
    if (!scanner.space()) return this.#bad(`${tag} BAD Wrong arguments to AUTHENTICATE`);
    return this.#step(tag, server, feedMechanism(server, scanner.remainder()));
  }

  #step(tag: Octets, server: SaslServer, step: SaslStep): FrontAction[] {
    switch (step.next) {
      case "challenge":
        this.#state = { at: "mechanism", tag, server };
        return [this.#send(`+ ${Buffer.from(step.message, "latin1").toString("base64")}\r\n`)];
      case "credentials":
        this.#state = { at: "login", tag };
        return [{ do: "login", credentials: step.credentials }];
      case "malformed":
        return this.#bad(`${tag} BAD Malformed authentication exchange`);
    }
  }

  #privacyRequired(tag: Octets): FrontAction[] {
    return this.#bad(`${tag} NO [PRIVACYREQUIRED] Passwords are not accepted without TLS`);
  }

  /** Answers a bad command, and hangs up after too many. */
  #bad(line: Octets): FrontAction[] {
    this.#badCommands++;
    const answer = this.#send(`${line}\r\n`);
    return this.#badCommands < this.#profile.limits.badCommands
      ? [answer]
      : [answer, this.#close("bad-commands")];
  }

  #close(reason: CloseReason): FrontAction {
    this.#state = { at: "closed" };
    return { do: "close", reason };
  }

  #send(text: Octets): FrontAction {
    return { do: "write", bytes: encodeOctets(text) };
  }
}
