import type {
  Back,
  BackAction,
  BackTask,
  ExchangeTurn,
  ForwardedClient,
  LoginFailure,
  Progress,
  StoreFailure,
} from "../dialogue.ts";
import { encodeOctets, isBase64, type Octets, type SecretOctets } from "../octets.ts";
import { type RefusalCodes, refusalOf } from "../refusal.ts";
import { plainResponse } from "../sasl.ts";
import { printable, StoreLines } from "../store-lines.ts";

/** What the next line of the store answers. */
type State =
  | { at: "greeting" }
  | { at: "stls" }
  | { at: "tls" }
  | { at: "xclient" }
  | { at: "capa" }
  | { at: "capability-list" }
  | { at: "user" }
  /** `initial`: what the store's first continuation asks for, where it did not go with the command. */
  | { at: "login"; initial: Octets | undefined; exchange: ExchangeTurn }
  | { at: "done" };

/** Longest AUTH command with its initial response, in bytes (RFC 5034 section 4). */
const AUTH_LINE_BYTES = 255;

/** The store's side of POP3 login (RFC 1939 section 4, RFC 5034). */
export function createPop3Back(task: BackTask): Back {
  return new Pop3Back(task);
}

class Pop3Back implements Back {
  progress: Progress = "connect";
  readonly #task: BackTask;
  readonly #lines = new StoreLines();
  #state: State = { at: "greeting" };
  #mechanisms: readonly string[] = [];
  /** Dovecot offers XCLIENT in its greeting, to those whom it trusts. */
  #takesXclient = false;

  constructor(task: BackTask) {
    this.#task = task;
  }

  receive(bytes: Uint8Array): BackAction[] {
    this.#lines.append(bytes);
    return this.#state.at === "tls" ? [this.#clearBytes()] : this.#read();
  }

  secured(): BackAction[] {
    return this.#askCapabilities();
  }

  respond(message: SecretOctets | undefined): BackAction[] {
    if (this.#state.at !== "login" || this.#state.exchange !== "client") return [];
    this.#state = { ...this.#state, exchange: message === undefined ? "cancelled" : "store" };
    return [send(message?.reveal() ?? "*")];
  }

  rest(): Uint8Array {
    return this.#lines.rest();
  }

  #read(): BackAction[] {
    const actions: BackAction[] = [];
    while (this.#state.at !== "done" && this.#state.at !== "tls") {
      const line = this.#lines.next();
      const fault = this.#lines.fault();
      if (fault !== undefined) return [...actions, this.#fail("unavailable", "protocol", fault)];
      if (line === undefined) break;
      actions.push(...this.#line(line, this.#state));
    }
    return actions;
  }

  #line(line: Octets, state: State): BackAction[] {
    const ok = /^\+OK\b/i.test(line);
    switch (state.at) {
      case "greeting":
        if (!ok) return [this.#fail("unavailable", "not-ready", `no greeting: ${this.#printed(line)}`)];
        this.progress = "banner";
        this.#takesXclient = /^\+OK \[XCLIENT\]/i.test(line);
        if (!this.#task.startTls) return this.#askCapabilities();
        this.#state = { at: "stls" };
        return [send("STLS")];
      case "stls":
        return this.#stls(line, ok);
      case "xclient":
        if (!ok)
          return [
            this.#fail("unavailable", "unsupported", `the store refuses XCLIENT: ${this.#printed(line)}`),
          ];
        this.#state = { at: "capa" };
        return [];
      case "capa":
        // A store without CAPA knows USER and PASS.
        if (!ok) return this.#login();
        this.#state = { at: "capability-list" };
        return [];
      case "capability-list":
        return this.#capability(line);
      case "user":
        if (!ok) return [this.#refused(line)];
        return this.#pass();
      case "login":
        return this.#loginLine(line, ok, state);
      default:
        return [];
    }
  }

  #stls(line: Octets, ok: boolean): BackAction[] {
    if (!ok)
      return [this.#fail("unavailable", "unsupported", `the store refuses STLS: ${this.#printed(line)}`)];
    if (this.#lines.hasMore()) return [this.#clearBytes()];
    this.#state = { at: "tls" };
    this.progress = "tls";
    return [{ do: "startTls" }];
  }

  /** Whoever sits in between may have added lines in clear: they must not count as the store's under TLS. */
  #clearBytes(): BackAction {
    return this.#fail("unavailable", "protocol", "bytes behind the answer to STLS");
  }

  #askCapabilities(): BackAction[] {
    this.progress = "capability";
    const { client } = this.#task;
    if (client === undefined || !this.#takesXclient) {
      this.#state = { at: "capa" };
      return [send("CAPA")];
    }
    // One write: the store answers both in turn.
    this.#state = { at: "xclient" };
    return [send(`${xclient(client)}\r\nCAPA`)];
  }

  #capability(line: Octets): BackAction[] {
    if (line === ".") return this.#login();
    const words = line.toUpperCase().split(" ");
    if (words[0] === "SASL") this.#mechanisms = words.slice(1);
    return [];
  }

  #login(): BackAction[] {
    this.progress = "auth";
    const { credentials, replay } = this.#task;
    if (credentials.kind === "exchange") {
      return this.#auth(credentials.mechanism, credentials.initial.reveal(), "store");
    }
    const { user, authorizationId } = credentials;
    const offersPlain = this.#mechanisms.includes("PLAIN");
    if (authorizationId !== undefined || replay === "plain" || (replay === "auto" && offersPlain)) {
      return this.#auth("PLAIN", plainResponse(credentials), "none");
    }
    this.#state = { at: "user" };
    return [send(`USER ${user}`)];
  }

  #pass(): BackAction[] {
    const { credentials } = this.#task;
    if (credentials.kind !== "password") return [];
    this.#state = { at: "login", initial: undefined, exchange: "none" };
    return [send(`PASS ${credentials.password.reveal()}`)];
  }

  #auth(mechanism: string, initial: Octets, exchange: ExchangeTurn): BackAction[] {
    if (!this.#mechanisms.includes(mechanism)) {
      return [this.#fail("unavailable", "unsupported", `the store does not offer SASL ${mechanism}`)];
    }
    const command = `AUTH ${mechanism} ${initial === "" ? "=" : initial}`;
    const fits = command.length + 2 <= AUTH_LINE_BYTES;
    this.#state = { at: "login", initial: fits ? undefined : initial, exchange };
    return [send(fits ? command : `AUTH ${mechanism}`)];
  }

  #loginLine(line: Octets, ok: boolean, state: State & { at: "login" }): BackAction[] {
    if (/^\+( |$)/.test(line)) {
      if (state.initial !== undefined) {
        this.#state = { ...state, initial: undefined };
        return [send(state.initial)];
      }
      if (state.exchange === "store") return this.#challenge(line.slice(2), state);
      return [this.#fail("unavailable", "protocol", "a continuation request that nothing asked for")];
    }
    if (!ok && state.exchange === "cancelled")
      return [this.#fail("cancelled", "refused", this.#printed(line))];
    if (!ok) return [this.#refused(line)];
    this.#state = { at: "done" };
    this.progress = "done";
    const text = line.slice(4);
    return [{ do: "outcome", outcome: { ok: true, text: text === "" ? "Logged in" : text, untagged: "" } }];
  }

  #challenge(message: Octets, state: State & { at: "login" }): BackAction[] {
    if (!isBase64(message)) return [this.#fail("unavailable", "protocol", "a challenge that is not base64")];
    this.#state = { ...state, exchange: "client" };
    return [{ do: "challenge", message }];
  }

  #refused(line: Octets): BackAction {
    if (!/^-ERR\b/i.test(line)) {
      return this.#fail("unavailable", "protocol", `not an answer to the login: ${this.#printed(line)}`);
    }
    const code = /^-ERR \[([A-Z/-]+)/i.exec(line)?.[1]?.toUpperCase() ?? "";
    const refusal = refusalOf(code, REFUSALS, this.#task.credentials);
    return this.#fail(refusal.failure, refusal.code, this.#printed(line));
  }

  #printed(line: Octets): string {
    return printable(line, this.#task.credentials);
  }

  #fail(failure: LoginFailure, code: StoreFailure, detail: string): BackAction {
    this.#state = { at: "done" };
    return { do: "outcome", outcome: { ok: false, failure, code, detail } };
  }
}

/** Response codes (RFC 2449, RFC 3206) that are more than a wrong password. */
const REFUSALS: RefusalCodes = {
  "SYS/TEMP": { failure: "unavailable", code: "not-ready" },
  "SYS/PERM": { failure: "contact-admin", code: "refused" },
  "IN-USE": { failure: "in-use", code: "refused" },
  "LOGIN-DELAY": { failure: "login-delay", code: "refused" },
};

const send = (line: Octets): BackAction => ({ do: "write", bytes: encodeOctets(`${line}\r\n`) });

/** Who the client is, in the words of Dovecot's pop3-login. */
const xclient = ({ sid, address, port, hopsLeft }: ForwardedClient): string =>
  `XCLIENT ADDR=${address} PORT=${port} SESSION=${sid} TTL=${hopsLeft}`;
