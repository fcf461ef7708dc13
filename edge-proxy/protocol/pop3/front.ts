import type {
  CloseReason,
  Front,
  FrontAction,
  FrontProfile,
  LoginFailure,
  LoginOutcome,
} from "../dialogue.ts";
import { LineBuffer } from "../line-buffer.ts";
import { decodeOctets, encodeOctets, type Octets, octetsBase64, SecretOctets } from "../octets.ts";
import {
  feedMechanism,
  isPlaintextMechanism,
  type SaslServer,
  type SaslStep,
  startMechanism,
} from "../sasl.ts";

export type Pop3FrontProfile = FrontProfile;

/** Where the dialogue stands. */
type State =
  | { at: "command" }
  | { at: "mechanism"; server: SaslServer }
  | { at: "login" }
  | { at: "exchange" }
  | { at: "closed" };

/** The client's side of POP3 before login (RFC 1939 section 4, RFC 2449, RFC 2595, RFC 5034). */
export function createPop3Front(profile: Pop3FrontProfile): Front {
  return new Pop3Front(profile);
}

class Pop3Front implements Front {
  readonly #profile: Pop3FrontProfile;
  #buffer = new LineBuffer();
  #state: State = { at: "command" };
  #tls = false;
  #user: Octets | undefined;
  #badCommands = 0;
  #failedLogins = 0;

  constructor(profile: Pop3FrontProfile) {
    this.#profile = profile;
  }

  open(tls: boolean): FrontAction[] {
    this.#tls = tls;
    return [this.#send(`+OK ${this.#profile.banner}`)];
  }

  secured(): FrontAction[] {
    this.#tls = true;
    return [];
  }

  receive(bytes: Uint8Array): FrontAction[] {
    this.#buffer.append(bytes);
    return this.#read();
  }

  answer(outcome: LoginOutcome): FrontAction[] {
    if (this.#state.at !== "login" && this.#state.at !== "exchange") return [];
    if (outcome.ok) {
      this.#state = { at: "closed" };
      return [this.#send(`+OK ${outcome.text}`)];
    }
    this.#state = { at: "command" };
    const actions = [this.#send(`-ERR ${FAILURES[outcome.failure]}`)];
    if (outcome.failure === "credentials") this.#failedLogins++;
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
    return encodeOctets(`-ERR ${FAREWELLS[reason]}\r\n`);
  }

  rest(): Uint8Array {
    return this.#buffer.rest();
  }

  #read(): FrontAction[] {
    const actions: FrontAction[] = [];
    while (this.#state.at !== "login" && this.#state.at !== "closed") {
      const end = this.#buffer.lineEnd();
      if ((end < 0 ? this.#buffer.length : end) > this.#lineLimit())
        return [...actions, this.#close("line-too-long")];
      const line = this.#buffer.takeLine();
      if (line === undefined) break;
      actions.push(...this.#line(decodeOctets(line)));
    }
    return actions;
  }

  /** Tokens may be longer than commands. */
  #lineLimit(): number {
    const { lineBytes, tokenLineBytes } = this.#profile.limits;
    if (this.#state.at !== "command") return tokenLineBytes;
    if (this.#buffer.length <= lineBytes) return lineBytes;
    return /^AUTH /i.test(decodeOctets(this.#buffer.bytes().subarray(0, 5))) ? tokenLineBytes : lineBytes;
  }

  #line(text: Octets): FrontAction[] {
    switch (this.#state.at) {
      case "mechanism": {
        const { server } = this.#state;
        this.#state = { at: "command" };
        if (text === "*") return this.#bad("Authentication cancelled");
        return this.#step(server, feedMechanism(server, text));
      }
      case "exchange":
        this.#state = { at: "login" };
        return [{ do: "respond", message: text === "*" ? undefined : new SecretOctets(text) }];
      default:
        return this.#command(text);
    }
  }

  #command(text: Octets): FrontAction[] {
    const [, name = "", argument] = /^([A-Za-z]+)(?: (.*))?$/s.exec(text) ?? [];
    switch (name.toUpperCase()) {
      case "USER":
        return this.#userCommand(argument);
      case "PASS":
        return this.#pass(argument);
      case "AUTH":
        return this.#auth(argument);
      case "CAPA":
        return [this.#send(["+OK Capability list follows", ...this.#capabilities(), "."].join("\r\n"))];
      case "NOOP":
        return [this.#send("+OK")];
      case "STLS":
        return this.#stls();
      case "QUIT":
        this.#state = { at: "closed" };
        return [this.#send(`+OK ${FAREWELLS.logout}`), { do: "close", reason: "logout" }];
      default:
        return this.#bad("Unknown command, or not allowed before login");
    }
  }

  #userCommand(argument: Octets | undefined): FrontAction[] {
    if (!argument) return this.#bad("USER needs a name");
    if (this.#plaintextRefused()) return this.#privacyRequired();
    this.#user = argument;
    return [this.#send("+OK")];
  }

  #pass(argument: Octets | undefined): FrontAction[] {
    const user = this.#user;
    this.#user = undefined;
    if (user === undefined) return this.#bad("USER first");
    if (!argument) return this.#bad("PASS needs a password");
    this.#state = { at: "login" };
    const password = new SecretOctets(argument);
    return [{ do: "login", credentials: { kind: "password", mechanism: "USER", user, password } }];
  }

  #auth(argument: Octets | undefined): FrontAction[] {
    this.#user = undefined;
    const offered = this.#offeredMechanisms();
    // RFC 1734's predecessor of CAPA: some clients ask for the list so.
    if (!argument) return [this.#send(["+OK", ...offered, "."].join("\r\n"))];
    const [, word = "", initial] = /^([^ ]+)(?: (.*))?$/s.exec(argument) ?? [];
    const name = word.toUpperCase();
    if (isPlaintextMechanism(name) && this.#plaintextRefused()) return this.#privacyRequired();
    const server = offered.includes(name) ? startMechanism(name) : undefined;
    if (server === undefined) return this.#bad("Unsupported authentication mechanism");
    return this.#step(server, initial === undefined ? server(undefined) : feedMechanism(server, initial));
  }

  #step(server: SaslServer, step: SaslStep): FrontAction[] {
    switch (step.next) {
      case "challenge":
        this.#state = { at: "mechanism", server };
        return [this.#send(`+ ${octetsBase64(step.message)}`)];
      case "credentials":
        this.#state = { at: "login" };
        return [{ do: "login", credentials: step.credentials }];
      case "malformed":
        return this.#bad("Malformed authentication exchange");
    }
  }

  #stls(): FrontAction[] {
    if (this.#tls || !this.#profile.startTls) return this.#bad("STLS is not available");
    // What came in clear, a USER included, must not be taken for the client's word under TLS.
    this.#buffer = new LineBuffer();
    this.#user = undefined;
    return [this.#send("+OK Begin TLS negotiation now"), { do: "startTls" }];
  }

  #capabilities(): string[] {
    const mechanisms = this.#offeredMechanisms();
    return [
      "TOP",
      "UIDL",
      "RESP-CODES",
      "AUTH-RESP-CODE",
      "PIPELINING",
      ...(this.#plaintextRefused() ? [] : ["USER"]),
      ...(this.#profile.startTls && !this.#tls ? ["STLS"] : []),
      ...(mechanisms.length === 0 ? [] : [`SASL ${mechanisms.join(" ")}`]),
    ];
  }

  #offeredMechanisms(): string[] {
    const refused = this.#plaintextRefused();
    return this.#profile.mechanisms.filter((name) => !(refused && isPlaintextMechanism(name)));
  }

  #plaintextRefused(): boolean {
    return !this.#tls && !this.#profile.allowPlaintextLogin;
  }

  #privacyRequired(): FrontAction[] {
    return this.#bad("[AUTH] Passwords are not accepted without TLS");
  }

  /** Answers a bad command, and hangs up after too many. */
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
    return { do: "write", bytes: encodeOctets(`${line}\r\n`) };
  }
}

/** What the client hears (RFC 2449 section 8, RFC 3206); one text for all that concerns name and password. */
const FAILURES: Record<LoginFailure, string> = {
  credentials: "[AUTH] Authentication failed",
  unavailable: "[SYS/TEMP] Temporary failure, please try again later",
  "store-down": "[SYS/TEMP] Temporary failure, please try again later",
  limit: "[SYS/TEMP] Too many connections",
  expired: "[AUTH] Password expired",
  "contact-admin": "[SYS/PERM] Please contact your administrator",
};

const FAREWELLS: Record<CloseReason, string> = {
  logout: "Logging out",
  "bad-commands": "Too many bad commands",
  "failed-logins": "Too many failed logins",
  "line-too-long": "Command line too long",
  "literal-too-large": "Command too large",
  "login-timeout": "Login timed out",
  draining: "[SYS/TEMP] Server is shutting down, please reconnect",
};
