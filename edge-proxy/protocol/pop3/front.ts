import type { Channel, CloseReason, Front, FrontAction, LoginOutcome } from "../dialogue.ts";
import { LineBuffer } from "../line-buffer.ts";
import { isFailedLogin, LOGIN_FAILURES } from "../login-failures.ts";
import { decodeOctets, encodeOctets, isBase64, type Octets, octetsBase64, SecretOctets } from "../octets.ts";
import { offers } from "../offer.ts";
import {
  feedMechanism,
  isPlaintextMechanism,
  type SaslServer,
  type SaslStep,
  startMechanism,
} from "../sasl.ts";
import type { Transcript } from "../transcript.ts";
import { FAREWELLS, languageAnswer } from "./answers.ts";
import { type Pop3Command, parseCommand } from "./commands.ts";
import { type Pop3FrontProfile, type Pop3Offer, pop3Offer } from "./offer.ts";
import { SpoofedMaildrop } from "./spoofed-maildrop.ts";
import { Pop3FrontTranscript } from "./transcript.ts";

/** Where the dialogue stands. */
type State =
  | { at: "command" }
  /** TLS is about to begin. */
  | { at: "tls" }
  | { at: "mechanism"; server: SaslServer }
  | { at: "login" }
  | { at: "exchange" }
  /** The store is down, and the edge shows a message of its own. */
  | { at: "spoofed"; maildrop: SpoofedMaildrop }
  | { at: "closed" };

/** Makes the fronts of one listener: the client's side of POP3 before login (RFC 1939 section 4, RFC 2449, RFC 2595, RFC 5034). */
export function pop3Fronts(profile: Pop3FrontProfile): (transcript?: Transcript) => Front {
  const made = offers((channel) => pop3Offer(profile, channel));
  return (transcript) => new Pop3Front(profile, made, transcript);
}

class Pop3Front implements Front {
  readonly #profile: Pop3FrontProfile;
  #buffer = new LineBuffer();
  #state: State = { at: "command" };
  #offer: Pop3Offer;
  readonly #offers: Readonly<Record<Channel, Pop3Offer>>;
  #user: Octets | undefined;
  #badCommands = 0;
  #failedLogins = 0;
  readonly #transcript: Pop3FrontTranscript | undefined;

  constructor(
    profile: Pop3FrontProfile,
    made: Readonly<Record<Channel, Pop3Offer>>,
    transcript: Transcript | undefined,
  ) {
    this.#transcript = transcript && new Pop3FrontTranscript(transcript);
    this.#profile = profile;
    this.#offers = made;
    this.#offer = made.clear;
  }

  get heldBytes(): number {
    return this.#buffer.length;
  }

  open(channel: Channel): FrontAction[] {
    this.#offer = this.#offers[channel];
    this.#transcript?.said(decodeOctets(this.#offer.greeting).trimEnd());
    return [{ do: "write", bytes: this.#offer.greeting }];
  }

  secured(channel: Channel): FrontAction[] {
    this.#offer = this.#offers[channel];
    if (this.#state.at === "tls") this.#state = { at: "command" };
    return [];
  }

  receive(bytes: Uint8Array): FrontAction[] {
    // What still comes in clear behind STLS may be somebody else's.
    if (this.#state.at === "tls") return [];
    this.#buffer.append(bytes);
    return this.#read();
  }

  answer(outcome: LoginOutcome): FrontAction[] {
    if (this.#state.at !== "login" && this.#state.at !== "exchange") return [];
    if (outcome.ok) {
      this.#state = { at: "closed" };
      return [this.#send(`+OK ${outcome.text}`)];
    }
    const { failure } = outcome;
    const { spoofMessage } = this.#profile;
    if (failure === "store-down" && spoofMessage !== undefined) {
      this.#state = { at: "spoofed", maildrop: new SpoofedMaildrop(spoofMessage) };
      return [this.#send("+OK Logged in"), ...this.#read()];
    }
    this.#state = { at: "command" };
    const actions = [this.#send(`-ERR ${LOGIN_FAILURES[failure].pop3}`)];
    if (isFailedLogin(failure)) this.#failedLogins++;
    if (this.#failedLogins >= this.#profile.limits.wrongPasswords)
      return [...actions, this.#close("failed-logins")];
    return [...actions, ...this.#read()];
  }

  challenge(message: Octets): FrontAction[] {
    if (this.#state.at !== "login") return [];
    this.#state = { at: "exchange" };
    return [this.#send(`+ ${message}`), ...this.#read()];
  }

  farewell(reason: CloseReason): Uint8Array {
    const text = `-ERR ${FAREWELLS[reason]}`;
    this.#transcript?.said(text);
    return encodeOctets(`${text}\r\n`);
  }

  rest(): Uint8Array {
    return this.#buffer.rest();
  }

  #read(): FrontAction[] {
    const actions: FrontAction[] = [];
    while (this.#state.at !== "login" && this.#state.at !== "tls" && this.#state.at !== "closed") {
      const end = this.#buffer.lineEnd();
      if ((end < 0 ? this.#buffer.length : end) > this.#lineLimit()) {
        this.#transcript?.refused(this.#buffer.length, "line-too-long");
        return [...actions, this.#close("line-too-long")];
      }
      const line = this.#buffer.takeLine();
      if (line === undefined) break;
      actions.push(...this.#line(line));
    }
    return actions;
  }

  /** Tokens may be longer than commands. */
  #lineLimit(): number {
    const { lineBytes, tokenLineBytes } = this.#profile.limits;
    if (this.#state.at === "mechanism" || this.#state.at === "exchange") return tokenLineBytes;
    if (this.#buffer.length <= lineBytes) return lineBytes;
    return /^AUTH /i.test(decodeOctets(this.#buffer.bytes(), 0, 5)) ? tokenLineBytes : lineBytes;
  }

  #line(text: Octets): FrontAction[] {
    switch (this.#state.at) {
      case "mechanism": {
        this.#transcript?.message(text);
        const { server } = this.#state;
        this.#state = { at: "command" };
        if (text === "*") return [this.#send(`-ERR ${LOGIN_FAILURES.cancelled.pop3}`)];
        return this.#step(server, feedMechanism(server, text));
      }
      case "exchange":
        this.#transcript?.message(text);
        this.#state = { at: "login" };
        return [{ do: "respond", message: isBase64(text) ? new SecretOctets(text) : undefined }];
      case "spoofed": {
        this.#transcript?.spoofed(text);
        const { lines, quit } = this.#state.maildrop.command(text);
        if (!quit) return [this.#send(lines.join("\r\n"))];
        this.#state = { at: "closed" };
        return [this.#send(lines.join("\r\n")), { do: "close", reason: "logout" }];
      }
      default: {
        const parsed = parseCommand(text);
        this.#transcript?.command(text, parsed);
        return "fault" in parsed ? this.#bad(parsed.fault) : this.#command(parsed.command);
      }
    }
  }

  #command(command: Pop3Command): FrontAction[] {
    switch (command.name) {
      case "USER":
        if (this.#offer.plaintextRefused) return this.#privacyRequired();
        this.#user = command.user;
        return [this.#send("+OK")];
      case "PASS":
        return this.#pass(command.password);
      case "AUTH":
        return this.#auth(command);
      case "CAPA":
        return [this.#send(["+OK Capability list follows", ...this.#offer.capabilities, "."].join("\r\n"))];
      case "NOOP":
        return [this.#send("+OK")];
      case "STLS":
        return this.#stls();
      case "UTF8":
        // It would have to be said to the store as well; RFC 6856 clients go on without.
        return [this.#send("-ERR UTF8 is not available here")];
      case "LANG":
        return [this.#send(languageAnswer(command.wanted))];
      case "QUIT":
        this.#state = { at: "closed" };
        return [this.#send(`+OK ${FAREWELLS.logout}`), { do: "close", reason: "logout" }];
    }
  }

  #pass(password: SecretOctets): FrontAction[] {
    const user = this.#user;
    this.#user = undefined;
    if (user === undefined) return this.#bad("USER first");
    this.#state = { at: "login" };
    return [{ do: "login", credentials: { kind: "password", mechanism: "USER", user, password } }];
  }

  #auth({ mechanism, initial }: Pop3Command & { name: "AUTH" }): FrontAction[] {
    this.#user = undefined;
    if (mechanism === undefined) return [this.#send(["+OK", ...this.#offer.mechanisms, "."].join("\r\n"))];
    if (isPlaintextMechanism(mechanism) && this.#offer.plaintextRefused) return this.#privacyRequired();
    const server = this.#offer.accepted.has(mechanism) ? startMechanism(mechanism) : undefined;
    if (server === undefined) return [this.#send("-ERR Unsupported authentication mechanism")];
    return this.#step(server, initial === "" ? server(undefined) : feedMechanism(server, initial));
  }

  #step(server: SaslServer, step: SaslStep): FrontAction[] {
    switch (step.next) {
      case "challenge":
        this.#state = { at: "mechanism", server };
        return [this.#send(`+ ${octetsBase64(step.message)}`)];
      case "credentials":
        this.#transcript?.credentials(step.credentials);
        this.#state = { at: "login" };
        return [{ do: "login", credentials: step.credentials }];
      case "malformed":
        return this.#bad("Malformed authentication exchange");
    }
  }

  #stls(): FrontAction[] {
    if (!this.#offer.startTls) return this.#bad("STLS is not available");
    // What came in clear, a USER included, must not be taken for the client's word under TLS.
    this.#buffer = new LineBuffer();
    this.#user = undefined;
    this.#state = { at: "tls" };
    return [this.#send("+OK Begin TLS negotiation now"), { do: "startTls" }];
  }

  #privacyRequired(): FrontAction[] {
    return [this.#send("-ERR [AUTH] Passwords are not accepted without TLS")];
  }

  /** Answers a malformed command, and hangs up after too many. */
  #bad(text: string): FrontAction[] {
    this.#badCommands++;
    const answer = this.#send(`-ERR ${text}`);
    return this.#badCommands < this.#profile.limits.badCommands
      ? [answer]
      : [answer, this.#close("bad-commands")];
  }

  #close(reason: CloseReason): FrontAction {
    this.#state = { at: "closed" };
    return { do: "close", reason };
  }

  #send(line: Octets): FrontAction {
    this.#transcript?.said(line);
    return { do: "write", bytes: encodeOctets(`${line}\r\n`) };
  }
}
