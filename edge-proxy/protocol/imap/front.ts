import type {
  CloseReason,
  Front,
  FrontAction,
  FrontProfile,
  LoginFailure,
  LoginOutcome,
} from "../dialogue.ts";
import { encodeOctets, type Octets, SecretOctets } from "../octets.ts";
import {
  feedMechanism,
  isPlaintextMechanism,
  type SaslServer,
  type SaslStep,
  startMechanism,
} from "../sasl.ts";
import { CommandReader } from "./command-reader.ts";
import { Scanner } from "./syntax.ts";

export interface ImapFrontProfile extends FrontProfile {
  /** Capabilities that all stores share; those that depend on the connection are added here. */
  capabilities: readonly string[];
  serverDownAlert: string;
}

/** Where the dialogue stands. */
type State =
  | { at: "command" }
  /** A SASL mechanism of our own waits for the client's next message. */
  | { at: "mechanism"; tag: Octets; server: SaslServer }
  /** A login is under way; nothing is read. */
  | { at: "login"; tag: Octets }
  /** The store waits for the client's next message. */
  | { at: "exchange"; tag: Octets }
  | { at: "closed" };

/** The client's side of IMAP before login (RFC 9051 sections 6.1 and 6.2). */
export function createImapFront(profile: ImapFrontProfile): Front {
  return new ImapFront(profile);
}

class ImapFront implements Front {
  readonly #profile: ImapFrontProfile;
  #reader: CommandReader;
  #state: State = { at: "command" };
  #tls = false;
  #badCommands = 0;
  #failedLogins = 0;

  constructor(profile: ImapFrontProfile) {
    this.#profile = profile;
    this.#reader = new CommandReader(profile.limits);
  }

  open(tls: boolean): FrontAction[] {
    this.#tls = tls;
    return [this.#send(`* OK [CAPABILITY ${this.#capabilities()}] ${this.#profile.banner}\r\n`)];
  }

  secured(): FrontAction[] {
    this.#tls = true;
    return [];
  }

  receive(bytes: Uint8Array): FrontAction[] {
    this.#reader.append(bytes);
    return this.#read();
  }

  answer(outcome: LoginOutcome): FrontAction[] {
    if (this.#state.at !== "login" && this.#state.at !== "exchange") return [];
    const { tag } = this.#state;
    if (outcome.ok) {
      this.#state = { at: "closed" };
      return [this.#send(`${outcome.untagged}${tag} OK ${outcome.text}\r\n`)];
    }
    this.#state = { at: "command" };
    const alert =
      outcome.failure === "store-down" && this.#profile.serverDownAlert !== ""
        ? `* NO [ALERT] ${this.#profile.serverDownAlert}\r\n`
        : "";
    const actions = [this.#send(`${alert}${tag} NO ${FAILURES[outcome.failure]}\r\n`)];
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
    while (this.#state.at !== "login" && this.#state.at !== "closed") {
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
        return [{ do: "respond", message: text === "*" ? undefined : new SecretOctets(text) }];
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
        if (!scanner.space() || scanner.idFields() === undefined || !scanner.atEnd()) break;
        return [this.#send(`* ID NIL\r\n${tag} OK ID completed\r\n`)];
      case "CAPABILITY":
        if (!scanner.atEnd()) break;
        return [this.#send(`* CAPABILITY ${this.#capabilities()}\r\n${tag} OK CAPABILITY completed\r\n`)];
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

  #startTls(tag: Octets): FrontAction[] {
    if (this.#tls || !this.#profile.startTls) return this.#bad(`${tag} BAD STARTTLS is not available`);
    // What came in clear behind STARTTLS must not be taken for the client's word under TLS.
    this.#reader = new CommandReader(this.#profile.limits);
    return [this.#send(`${tag} OK Begin TLS negotiation now\r\n`), { do: "startTls" }];
  }

  #login(tag: Octets, scanner: Scanner): FrontAction[] {
    const user = scanner.space() ? scanner.astring() : undefined;
    const password = user !== undefined && scanner.space() ? scanner.astring() : undefined;
    if (user === undefined || password === undefined || !scanner.atEnd()) {
      return this.#bad(`${tag} BAD Wrong arguments to LOGIN`);
    }
    if (this.#plaintextRefused()) return this.#privacyRequired(tag);
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
    const server = this.#profile.mechanisms.includes(name) ? startMechanism(name) : undefined;
    if (server === undefined) return this.#bad(`${tag} NO [CANNOT] Unsupported authentication mechanism`);
    if (isPlaintextMechanism(name) && this.#plaintextRefused()) return this.#privacyRequired(tag);
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

  #plaintextRefused(): boolean {
    return !this.#tls && !this.#profile.allowPlaintextLogin;
  }

  #privacyRequired(tag: Octets): FrontAction[] {
    return this.#bad(`${tag} NO [PRIVACYREQUIRED] Passwords are not accepted without TLS`);
  }

  #capabilities(): string {
    const { capabilities, mechanisms, startTls } = this.#profile;
    const refused = this.#plaintextRefused();
    return [
      ...capabilities,
      ...(startTls && !this.#tls ? ["STARTTLS"] : []),
      ...(refused ? ["LOGINDISABLED"] : []),
      "SASL-IR",
      ...mechanisms.filter((name) => !(refused && isPlaintextMechanism(name))).map((name) => `AUTH=${name}`),
    ].join(" ");
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

/** What the client hears (RFC 5530); one text for all that concerns name and password. */
const FAILURES: Record<LoginFailure, string> = {
  credentials: "[AUTHENTICATIONFAILED] Authentication failed",
  unavailable: "[UNAVAILABLE] Temporary failure, please try again later",
  "store-down": "[UNAVAILABLE] Temporary failure, please try again later",
  limit: "[LIMIT] Too many connections",
  expired: "[EXPIRED] Password expired",
  "contact-admin": "[CONTACTADMIN] Please contact your administrator",
};

const FAREWELLS: Record<CloseReason, string> = {
  logout: "Logging out",
  "bad-commands": "Too many bad commands",
  "failed-logins": "Too many failed logins",
  "line-too-long": "Command line too long",
  "literal-too-large": "[TOOBIG] Literal too large",
  "login-timeout": "Login timed out",
  draining: "Server is shutting down, please reconnect",
};
