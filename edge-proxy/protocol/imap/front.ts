import type { Channel, CloseReason, Front, FrontAction, LoginOutcome } from "../dialogue.ts";
import { isFailedLogin, LOGIN_FAILURES } from "../login-failures.ts";
import { decodeOctets, encodeOctets, isBase64, type Octets, SecretOctets } from "../octets.ts";
import { offers } from "../offer.ts";
import {
  feedMechanism,
  isPlaintextMechanism,
  type SaslServer,
  type SaslStep,
  startMechanism,
} from "../sasl.ts";
import type { Transcript } from "../transcript.ts";
import { alertLines } from "./alerts.ts";
import { FAREWELLS } from "./answers.ts";
import { CommandReader, type ReadResult } from "./command-reader.ts";
import { type ImapCommand, parseCommand } from "./commands.ts";
import { hopsOf } from "./id.ts";
import { type ImapFrontProfile, type ImapOffer, imapOffer } from "./offer.ts";
import { ImapFrontTranscript, LITERAL_WANTED } from "./transcript.ts";

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

const COMMAND: State = { at: "command" };
const CLOSED: State = { at: "closed" };

/** Makes the fronts of one listener: the client's side of IMAP before login (RFC 9051 sections 6.1 and 6.2). */
export function imapFronts(profile: ImapFrontProfile): (transcript?: Transcript) => Front {
  const made = offers((channel) => imapOffer(profile, channel));
  return (transcript) => new ImapFront(profile, made, transcript);
}

class ImapFront implements Front {
  readonly #profile: ImapFrontProfile;
  #reader: CommandReader;
  #state: State = COMMAND;
  #offer: ImapOffer;
  readonly #offers: Readonly<Record<Channel, ImapOffer>>;
  #badCommands = 0;
  #failedLogins = 0;
  readonly #transcript: ImapFrontTranscript | undefined;

  constructor(
    profile: ImapFrontProfile,
    made: Readonly<Record<Channel, ImapOffer>>,
    transcript: Transcript | undefined,
  ) {
    this.#transcript = transcript && new ImapFrontTranscript(transcript);
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
    this.#transcript?.said(decodeOctets(this.#offer.greeting));
    return [{ do: "write", bytes: this.#offer.greeting }];
  }

  secured(channel: Channel): FrontAction[] {
    this.#offer = this.#offers[channel];
    if (this.#state.at === "tls") this.#state = COMMAND;
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
      this.#state = CLOSED;
      return [this.#send(`${outcome.untagged}${tag} OK ${outcome.text}\r\n`)];
    }
    this.#state = COMMAND;
    const { failure } = outcome;
    const { serverDownAlert } = this.#profile;
    const down = failure === "store-down" && serverDownAlert !== "" ? [`NO [ALERT] ${serverDownAlert}`] : [];
    const alerts = alertLines([...outcome.alerts, ...down]);
    const actions = [this.#send(`${alerts}${tag} ${LOGIN_FAILURES[failure].imap}\r\n`)];
    if (isFailedLogin(failure)) this.#failedLogins++;
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
    const text = `* BYE ${FAREWELLS[reason]}\r\n`;
    this.#transcript?.said(text);
    return encodeOctets(text);
  }

  rest(): Uint8Array {
    return this.#reader.rest();
  }

  #read(): FrontAction[] {
    let actions: FrontAction[] | undefined;
    while (this.#state.at !== "login" && this.#state.at !== "tls" && this.#state.at !== "closed") {
      const result = this.#state.at === "command" ? this.#reader.next() : this.#reader.nextLine();
      if (result === undefined) break;
      // Mostly there is one command.
      const taken = this.#take(result);
      if (actions === undefined) actions = taken;
      else for (const action of taken) actions.push(action);
    }
    return actions ?? [];
  }

  #take(result: ReadResult): FrontAction[] {
    switch (result.got) {
      case "command":
        return this.#line(result.text);
      case "literal-wanted":
        return [this.#send(`${LITERAL_WANTED}\r\n`)];
      case "literal-refused": {
        const { tag } = parseCommand(result.text);
        this.#transcript?.command(result.text, { tag, fault: "literal too large" });
        return this.#bad(`${tag} NO [TOOBIG] Literal too large`);
      }
      case "literal-too-large":
      case "line-too-long":
        this.#transcript?.refused(this.#reader.heldBytes, result.got);
        return [this.#close(result.got)];
    }
  }

  #line(text: Octets): FrontAction[] {
    switch (this.#state.at) {
      case "mechanism": {
        const { tag, server } = this.#state;
        this.#transcript?.message(text);
        this.#state = COMMAND;
        if (text === "*") return [this.#send(`${tag} ${LOGIN_FAILURES.cancelled.imap}\r\n`)];
        return this.#step(tag, server, feedMechanism(server, text));
      }
      case "exchange":
        this.#transcript?.message(text);
        this.#state = { at: "login", tag: this.#state.tag };
        return [{ do: "respond", message: isBase64(text) ? new SecretOctets(text) : undefined }];
      default: {
        const parsed = parseCommand(text);
        this.#transcript?.command(text, parsed);
        return "fault" in parsed
          ? this.#bad(`${parsed.tag} BAD ${parsed.fault}`)
          : this.#command(parsed.tag, parsed.command);
      }
    }
  }

  #command(tag: Octets, command: ImapCommand): FrontAction[] {
    switch (command.name) {
      case "CAPABILITY":
        return [this.#send(`* CAPABILITY ${this.#offer.capabilities}\r\n${tag} OK CAPABILITY completed\r\n`)];
      case "NOOP":
        return [this.#send(`${tag} OK NOOP completed\r\n`)];
      case "ID":
        return [
          { do: "identify", client: { id: command.fields, hops: hopsOf(command.fields) } },
          this.#send(`* ID NIL\r\n${tag} OK ID completed\r\n`),
        ];
      case "LOGOUT":
        this.#state = CLOSED;
        return [
          this.#send(`* BYE ${FAREWELLS.logout}\r\n${tag} OK LOGOUT completed\r\n`),
          { do: "close", reason: "logout" },
        ];
      case "STARTTLS":
        return this.#startTls(tag);
      case "LOGIN": {
        if (this.#offer.plaintextRefused) return this.#privacyRequired(tag);
        const { user, password } = command;
        this.#state = { at: "login", tag };
        return [{ do: "login", credentials: { kind: "password", mechanism: "LOGIN", user, password } }];
      }
      case "AUTHENTICATE":
        return this.#authenticate(tag, command);
    }
  }

  #startTls(tag: Octets): FrontAction[] {
    if (!this.#offer.startTls) return this.#bad(`${tag} BAD STARTTLS is not available`);
    // What came in clear behind STARTTLS must not be taken for the client's word under TLS.
    this.#reader = new CommandReader(this.#profile.limits);
    this.#state = { at: "tls" };
    return [this.#send(`${tag} OK Begin TLS negotiation now\r\n`), { do: "startTls" }];
  }

  #authenticate(tag: Octets, { mechanism, initial }: ImapCommand & { name: "AUTHENTICATE" }): FrontAction[] {
    const known = this.#profile.mechanisms.includes(mechanism);
    if (known && isPlaintextMechanism(mechanism) && this.#offer.plaintextRefused)
      return this.#privacyRequired(tag);
    const server = this.#offer.accepted.has(mechanism) ? startMechanism(mechanism) : undefined;
    if (server === undefined)
      return [this.#send(`${tag} NO [CANNOT] Unsupported authentication mechanism\r\n`)];
    return this.#step(tag, server, initial === "" ? server(undefined) : feedMechanism(server, initial));
  }

  #step(tag: Octets, server: SaslServer, step: SaslStep): FrontAction[] {
    switch (step.next) {
      case "challenge":
        this.#state = { at: "mechanism", tag, server };
        return [this.#send(`+ ${Buffer.from(step.message, "latin1").toString("base64")}\r\n`)];
      case "credentials":
        this.#transcript?.credentials(step.credentials);
        this.#state = { at: "login", tag };
        return [{ do: "login", credentials: step.credentials }];
      case "malformed":
        return this.#bad(`${tag} BAD Malformed authentication exchange`);
    }
  }

  #privacyRequired(tag: Octets): FrontAction[] {
    return [this.#send(`${tag} NO [PRIVACYREQUIRED] Passwords are not accepted without TLS\r\n`)];
  }

  /** Answers a malformed command, and hangs up after too many. */
  #bad(line: Octets): FrontAction[] {
    this.#badCommands++;
    const answer = this.#send(`${line}\r\n`);
    return this.#badCommands < this.#profile.limits.badCommands
      ? [answer]
      : [answer, this.#close("bad-commands")];
  }

  #close(reason: CloseReason): FrontAction {
    this.#state = CLOSED;
    return { do: "close", reason };
  }

  #send(text: Octets): FrontAction {
    this.#transcript?.said(text);
    return { do: "write", bytes: encodeOctets(text) };
  }
}
