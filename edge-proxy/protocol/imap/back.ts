import type {
  Back,
  BackAction,
  BackTask,
  ExchangeTurn,
  LoginFailure,
  Progress,
  StoreFailure,
} from "../dialogue.ts";
import { encodeOctets, isBase64, type Octets, type SecretOctets } from "../octets.ts";
import { type RefusalCodes, refusalOf } from "../refusal.ts";
import { plainResponse } from "../sasl.ts";
import { printable, StoreLines } from "../store-lines.ts";
import { forwardedId } from "./id.ts";
import { loginCommand } from "./login-command.ts";

/** What the next line of the store answers. */
type State =
  | { at: "greeting" }
  | { at: "starttls" }
  | { at: "tls" }
  | { at: "capability" }
  /** `pending`: what follows the store's continuation requests, in order. */
  | { at: "login"; pending: Uint8Array[]; exchange: ExchangeTurn }
  | { at: "done" };

/** The store's side of IMAP login (RFC 9051 section 6.2). */
export function createImapBack(task: BackTask): Back {
  return new ImapBack(task);
}

const TAG = "M";
/** Of the ID command, whose answer nobody waits for. */
const ID_TAG = "I";

class ImapBack implements Back {
  progress: Progress = "connect";
  readonly #task: BackTask;
  readonly #lines = new StoreLines();
  #state: State = { at: "greeting" };
  #capabilities: Octets | undefined;
  /** Untagged CAPABILITY of the store while it logs in: the client must learn it. */
  #untagged = "";

  constructor(task: BackTask) {
    this.#task = task;
  }

  receive(bytes: Uint8Array): BackAction[] {
    this.#lines.append(bytes);
    return this.#state.at === "tls" ? [this.#clearBytes()] : this.#read();
  }

  secured(): BackAction[] {
    this.progress = "capability";
    // What the store said in clear about its capabilities no longer counts (RFC 9051 section 6.2.1).
    this.#capabilities = undefined;
    return this.#askOrLogin();
  }

  respond(message: SecretOctets | undefined): BackAction[] {
    if (this.#state.at !== "login" || this.#state.exchange !== "client") return [];
    this.#state = { ...this.#state, exchange: message === undefined ? "cancelled" : "store" };
    return [send(`${message?.reveal() ?? "*"}\r\n`)];
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
      actions.push(...this.#line(line));
    }
    return actions;
  }

  #line(line: Octets): BackAction[] {
    const bye = /^\* BYE/i.test(line);
    if (bye) return [this.#fail("unavailable", "not-ready", `the store said: ${this.#printed(line)}`)];
    const capabilities = /^\* (?:OK \[)?CAPABILITY ([^\]]*)/i.exec(line)?.[1];
    if (capabilities !== undefined) this.#capabilities = ` ${capabilities} `;
    switch (this.#state.at) {
      case "greeting":
        return this.#greeting(line);
      case "starttls":
        return this.#startTls(line);
      case "capability":
        if (line.startsWith("* ")) return [];
        if (this.#isTagged(line, "OK")) return this.#login();
        return [this.#fail("unavailable", "protocol", `no capabilities: ${this.#printed(line)}`)];
      case "login":
        return this.#loginLine(line, this.#state);
      default:
        return [];
    }
  }

  #greeting(line: Octets): BackAction[] {
    if (/^\* PREAUTH/i.test(line))
      return [this.#fail("unavailable", "protocol", "the store greets with PREAUTH")];
    if (!/^\* OK/i.test(line))
      return [this.#fail("unavailable", "protocol", `no greeting: ${this.#printed(line)}`)];
    this.progress = "banner";
    if (!this.#task.startTls) return this.#askOrLogin();
    this.#state = { at: "starttls" };
    return [send(`${TAG} STARTTLS\r\n`)];
  }

  #startTls(line: Octets): BackAction[] {
    if (line.startsWith("* ")) return [];
    if (!this.#isTagged(line, "OK")) {
      return [this.#fail("unavailable", "unsupported", `the store refuses STARTTLS: ${this.#printed(line)}`)];
    }
    if (this.#lines.hasMore()) return [this.#clearBytes()];
    this.#state = { at: "tls" };
    this.progress = "tls";
    return [{ do: "startTls" }];
  }

  /** Whoever sits in between may have added lines in clear: they must not count as the store's under TLS. */
  #clearBytes(): BackAction {
    return this.#fail("unavailable", "protocol", "bytes behind the answer to STARTTLS");
  }

  #askOrLogin(): BackAction[] {
    if (this.#capabilities !== undefined) return this.#login();
    this.progress = "capability";
    this.#state = { at: "capability" };
    return [send(`${TAG} CAPABILITY\r\n`)];
  }

  #login(): BackAction[] {
    this.progress = "auth";
    this.#capabilities ??= " ";
    const { client } = this.#task;
    const login = this.#loginCommand();
    if (client === undefined || !this.#can("ID")) return login;
    // One write: the store answers both in turn.
    return [send(`${ID_TAG} ID ${forwardedId(client)}\r\n`), ...login];
  }

  #loginCommand(): BackAction[] {
    const { credentials, replay } = this.#task;
    if (credentials.kind === "exchange") {
      return this.#authenticate(credentials.mechanism, credentials.initial.reveal(), "store");
    }
    const { user, authorizationId, password } = credentials;
    if (
      authorizationId !== undefined ||
      replay === "plain" ||
      (replay === "auto" && this.#can("AUTH=PLAIN"))
    ) {
      return this.#authenticate("PLAIN", plainResponse(credentials), "none");
    }
    if (this.#can("LOGINDISABLED")) {
      return [this.#fail("unavailable", "unsupported", "the store offers neither LOGIN nor AUTH=PLAIN")];
    }
    const literals = { plus: this.#can("LITERAL+"), minus: this.#can("LITERAL-") };
    const [first, ...pending] = loginCommand(TAG, user, password.reveal(), literals);
    this.#state = { at: "login", pending, exchange: "none" };
    return first === undefined ? [] : [{ do: "write", bytes: first }];
  }

  #authenticate(mechanism: string, initial: Octets, exchange: ExchangeTurn): BackAction[] {
    if (!this.#can(`AUTH=${mechanism}`)) {
      return [this.#fail("unavailable", "unsupported", `the store does not offer AUTH=${mechanism}`)];
    }
    if (this.#can("SASL-IR")) {
      this.#state = { at: "login", pending: [], exchange };
      return [send(`${TAG} AUTHENTICATE ${mechanism} ${initial === "" ? "=" : initial}\r\n`)];
    }
    this.#state = { at: "login", pending: [encodeOctets(`${initial}\r\n`)], exchange };
    return [send(`${TAG} AUTHENTICATE ${mechanism}\r\n`)];
  }

  #loginLine(line: Octets, state: State & { at: "login" }): BackAction[] {
    if (line.startsWith("+")) {
      const next = state.pending.shift();
      if (next !== undefined) return [{ do: "write", bytes: next }];
      if (state.exchange === "store") return this.#challenge(line.slice(1).trimStart(), state);
      return [this.#fail("unavailable", "protocol", "a continuation request that nothing asked for")];
    }
    if (line.startsWith("* ")) {
      if (/^\* CAPABILITY /i.test(line)) this.#untagged = `${line}\r\n`;
      return [];
    }
    if (line.startsWith(`${ID_TAG} `) && this.#task.client !== undefined) return [];
    if (this.#isTagged(line, "OK")) return [this.#welcome(line.slice(TAG.length + 4))];
    if (state.exchange === "cancelled") return [this.#fail("cancelled", "refused", this.#printed(line))];
    if (this.#isTagged(line, "NO")) return [this.#refused(line)];
    return [this.#fail("unavailable", "protocol", `not an answer to the login: ${this.#printed(line)}`)];
  }

  #challenge(message: Octets, state: State & { at: "login" }): BackAction[] {
    if (!isBase64(message)) return [this.#fail("unavailable", "protocol", "a challenge that is not base64")];
    this.#state = { ...state, exchange: "client" };
    return [{ do: "challenge", message }];
  }

  #welcome(text: Octets): BackAction {
    this.#state = { at: "done" };
    this.progress = "done";
    const told = this.#untagged !== "" || /^\[CAPABILITY /i.test(text);
    const outcome = { ok: true, text: text === "" ? "Logged in" : text, untagged: this.#untagged } as const;
    const offered = this.#capabilities?.trim().split(/ +/) ?? [];
    return { do: "outcome", outcome: told ? outcome : { ...outcome, offered } };
  }

  #refused(line: Octets): BackAction {
    const code = /^\S+ NO \[([A-Z-]+)/i.exec(line)?.[1]?.toUpperCase() ?? "";
    const refusal = refusalOf(code, REFUSALS, this.#task.credentials);
    return this.#fail(refusal.failure, refusal.code, this.#printed(line));
  }

  #isTagged(line: Octets, status: "OK" | "NO"): boolean {
    const head = line.slice(0, TAG.length + 4).toUpperCase();
    return head === `${TAG} ${status} ` || head === `${TAG} ${status}`;
  }

  #can(capability: string): boolean {
    return this.#capabilities?.toUpperCase().includes(` ${capability} `) === true;
  }

  #printed(line: Octets): string {
    return printable(line, this.#task.credentials);
  }

  #fail(failure: LoginFailure, code: StoreFailure, detail: string): BackAction {
    this.#state = { at: "done" };
    return { do: "outcome", outcome: { ok: false, failure, code, detail } };
  }
}

/** Response codes of a refused login (RFC 5530) that are more than a wrong password. */
const REFUSALS: RefusalCodes = {
  UNAVAILABLE: { failure: "unavailable", code: "not-ready" },
  SERVERBUG: { failure: "unavailable", code: "not-ready" },
  // The store wants TLS and has judged nobody: the edge's configuration is wrong.
  PRIVACYREQUIRED: { failure: "unavailable", code: "unsupported" },
  INUSE: { failure: "in-use", code: "refused" },
  LIMIT: { failure: "limit", code: "refused" },
  EXPIRED: { failure: "expired", code: "refused" },
  CONTACTADMIN: { failure: "contact-admin", code: "refused" },
};

const send = (text: Octets): BackAction => ({ do: "write", bytes: encodeOctets(text) });
