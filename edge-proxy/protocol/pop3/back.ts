import { type Attempt, answered, begun, continued, mayAccept, mayGoOn, type Way } from "../attempt.ts";
import type {
  Back,
  BackAction,
  BackTask,
  ForwardedClient,
  LoginFailure,
  Progress,
  StoreEnd,
  StoreFailure,
  StoreOutcome,
} from "../dialogue.ts";
import { encodeOctets, type Octets, type SecretOctets } from "../octets.ts";
import { failed, isFitForClient, refused, serviceMeaning } from "../refusals.ts";
import { printable, StoreLines } from "../store-lines.ts";
import { StoreTranscript } from "../store-transcript.ts";
import type { Transcript } from "../transcript.ts";
import { refusalMeaning } from "./verdicts.ts";
import { isDecided, nothingInCommon, waysToLogIn } from "./ways.ts";

/** What the next line of the store answers. */
type State =
  | { at: "greeting" }
  | { at: "stls" }
  | { at: "tls" }
  | { at: "xclient" }
  | { at: "capa" }
  | { at: "capability-list" }
  | LoggingIn
  /** A refusal that gives no reason: QUIT shows whether the store has hung up with it. */
  | { at: "doubt"; refusal: Octets }
  | { at: "over" };

interface LoggingIn {
  at: "login";
  attempt: Attempt;
  /** The ways that are left. */
  ways: readonly Way[];
}

/** What the store has answered to CAPA. */
type Capa = "unasked" | "asked" | "refused" | "answered";

/** The store's side of POP3 login (RFC 1939 section 4, RFC 5034). */
export function createPop3Back(task: BackTask, transcript?: Transcript): Back {
  return new Pop3Back(task, transcript);
}

class Pop3Back implements Back {
  progress: Progress = "connect";
  readonly #task: BackTask;
  readonly #lines = new StoreLines();
  #state: State = { at: "greeting" };
  #capa: Capa = "unasked";
  #mechanisms: readonly string[] = [];
  /** AUTH-RESP-CODE: what is about the credentials has [AUTH]. */
  #marksCredentials = false;
  /** Dovecot offers XCLIENT in its greeting, to those whom it trusts. */
  #takesXclient = false;

  readonly #transcript: StoreTranscript | undefined;

  constructor(task: BackTask, transcript: Transcript | undefined) {
    this.#task = task;
    this.#transcript = transcript && new StoreTranscript(transcript, task.credentials);
  }

  receive(bytes: Uint8Array): BackAction[] {
    this.#lines.append(bytes);
    return this.#state.at === "tls" ? [this.#clearBytes()] : this.#read();
  }

  secured(): BackAction[] {
    return this.#introduce();
  }

  respond(message: SecretOctets | undefined): BackAction[] {
    if (this.#state.at !== "login" || this.#state.attempt.is !== "asked") return [];
    this.#state = { ...this.#state, attempt: answered(this.#state.attempt, message === undefined) };
    this.#transcript?.answered(message === undefined);
    return [send(`${message?.reveal() ?? "*"}\r\n`)];
  }

  ended(how: StoreEnd): StoreOutcome | undefined {
    const state = this.#state;
    const { credentials } = this.#task;
    if (state.at === "doubt")
      return refused(how === "closed" ? "unavailable" : "wrong-credentials", state.refusal, credentials);
    if (state.at === "login" && state.attempt.is === "cancelled")
      return failed("cancelled", "refused", "the client cancelled", credentials);
    const hungUpOnCapa = how === "closed" && (this.#capa === "asked" || this.#isCapaLast(state));
    return hungUpOnCapa
      ? failed("store-down", "no-capa", "the store hung up when it was asked CAPA", credentials)
      : undefined;
  }

  rest(): Uint8Array {
    return this.#lines.rest();
  }

  /** Whether the refusal of CAPA is the last that the store has said. */
  #isCapaLast(state: State): boolean {
    return this.#capa === "refused" && state.at === "login";
  }

  #read(): BackAction[] {
    const actions: BackAction[] = [];
    while (this.#state.at !== "over" && this.#state.at !== "tls") {
      const line = this.#lines.next();
      const fault = this.#lines.fault();
      if (fault !== undefined) return [...actions, this.#fail("unavailable", "protocol", fault)];
      if (line === undefined) break;
      // Some stores send blank lines; taken for answers, they would put all later ones out of step.
      if (line === "") continue;
      actions.push(...this.#line(line, this.#state));
    }
    return actions;
  }

  #line(line: Octets, state: State): BackAction[] {
    this.#transcript?.heard(line);
    const ok = /^\+OK\b/i.test(line);
    switch (state.at) {
      case "greeting":
        return this.#greeting(line, ok);
      case "stls":
        return [this.#stls(line, ok)];
      case "xclient":
        if (!ok) return [this.#fail("unavailable", "unsupported", `XCLIENT refused: ${this.#printed(line)}`)];
        if (this.#capa === "unasked") return [this.#logIn()];
        this.#state = { at: "capa" };
        return [];
      case "capa":
        this.#capa = ok ? "answered" : "refused";
        // A store without CAPA knows USER and PASS.
        if (!ok) return [this.#logIn()];
        this.#state = { at: "capability-list" };
        return [];
      case "capability-list":
        return this.#capability(line);
      case "login":
        this.#capa = "answered";
        return [this.#loginLine(line, ok, state)];
      case "doubt":
        return [this.#settle(refused("wrong-credentials", state.refusal, this.#task.credentials))];
      default:
        return [];
    }
  }

  #greeting(line: Octets, ok: boolean): BackAction[] {
    if (!ok) {
      const meaning = serviceMeaning("pop3", afterStatus(line));
      return [this.#settle(refused(meaning, line, this.#task.credentials))];
    }
    this.progress = "banner";
    this.#takesXclient = /^\+OK \[XCLIENT\]/i.test(line);
    if (!this.#task.startTls) return this.#introduce();
    this.#state = { at: "stls" };
    return [this.#say("STLS\r\n")];
  }

  #stls(line: Octets, ok: boolean): BackAction {
    if (!ok) return this.#fail("unavailable", "unsupported", `STLS refused: ${this.#printed(line)}`);
    if (this.#lines.hasMore()) return this.#clearBytes();
    this.#state = { at: "tls" };
    this.progress = "tls";
    return { do: "startTls" };
  }

  /** An attacker in between may have added them in clear: they must not count as the store's under TLS. */
  #clearBytes(): BackAction {
    return this.#fail("unavailable", "protocol", "data in clear after the store's answer to STLS");
  }

  /** Tells the store who the client is, and asks what it can do, as far as that is of use. */
  #introduce(): BackAction[] {
    this.progress = "capability";
    const { client, asksCapabilities } = this.#task;
    const asks = asksCapabilities && !isDecided(this.#task);
    if (asks) this.#capa = "asked";
    if (client !== undefined && this.#takesXclient) {
      // One write: the store answers both in turn.
      this.#state = { at: "xclient" };
      return [this.#say(`${xclient(client)}\r\n${asks ? "CAPA\r\n" : ""}`)];
    }
    if (!asks) return [this.#logIn()];
    this.#state = { at: "capa" };
    return [this.#say("CAPA\r\n")];
  }

  #capability(line: Octets): BackAction[] {
    if (line === ".") return [this.#logIn()];
    const words = line.toUpperCase().split(" ");
    if (words[0] === "SASL") this.#mechanisms = words.slice(1);
    if (words[0] === "AUTH-RESP-CODE") this.#marksCredentials = true;
    return [];
  }

  #logIn(): BackAction {
    this.progress = "auth";
    const [way, ...ways] = waysToLogIn(this.#task, this.#mechanisms);
    return way === undefined
      ? this.#fail("unavailable", "unsupported", nothingInCommon(this.#task))
      : this.#try(way, ways);
  }

  #try(way: Way, ways: readonly Way[]): BackAction {
    this.#state = { at: "login", attempt: begun(way), ways };
    this.#transcript?.began("", way.command);
    return send(way.command);
  }

  #loginLine(line: Octets, ok: boolean, state: LoggingIn): BackAction {
    const { attempt } = state;
    const asks = attempt.is === "unsent" && attempt.way.prompt === "+OK" ? ok : /^\+(?: |$)/.test(line);
    if (asks) return this.#continuation(line.slice(2), state);
    if (ok) return this.#success(line, state);
    if (/^-ERR\b/i.test(line)) return this.#refusal(line, state);
    return this.#violation(`not an answer to the login: ${this.#printed(line)}`, state);
  }

  #continuation(message: Octets, state: LoggingIn): BackAction {
    const { way } = state.attempt;
    const next = continued(state.attempt, message);
    if (next.is === "violation") return this.#violation(next.detail, state);
    this.#state = { ...state, attempt: next.attempt };
    if (next.is === "challenge") return { do: "challenge", message };
    this.#transcript?.answered(false, way.prompt === "+OK" ? "PASS " : "");
    return send(next.part);
  }

  #success(line: Octets, state: LoggingIn): BackAction {
    if (!mayAccept(state.attempt)) return this.#violation("success before the credentials were sent", state);
    this.progress = "done";
    const text = afterStatus(line);
    const isFit = text !== "" && isFitForClient(text, this.#task.credentials);
    return this.#settle({ ok: true, text: isFit ? text : "Logged in", untagged: "" });
  }

  /** Where the store has judged nobody, another way may do. */
  #refusal(line: Octets, { attempt, ways }: LoggingIn): BackAction {
    const { credentials } = this.#task;
    if (attempt.is === "cancelled")
      return this.#settle(failed("cancelled", "refused", this.#printed(line), credentials));
    const meaning = refusalMeaning(afterStatus(line), attempt, this.#marksCredentials);
    const [way, ...rest] = ways;
    if (meaning === "method-refused" && way !== undefined && mayGoOn(attempt)) return this.#try(way, rest);
    if (meaning !== undefined) return this.#settle(refused(meaning, line, credentials));
    this.#state = { at: "doubt", refusal: line };
    return this.#say("QUIT\r\n");
  }

  #violation(what: string, { attempt }: LoggingIn): BackAction {
    return this.#fail(attempt.is === "cancelled" ? "cancelled" : "unavailable", "protocol", what);
  }

  #printed(line: Octets): string {
    return printable(line, this.#task.credentials);
  }

  #fail(failure: LoginFailure, code: StoreFailure, detail: string): BackAction {
    return this.#settle(failed(failure, code, detail, this.#task.credentials));
  }

  #say(text: Octets): BackAction {
    this.#transcript?.said(text);
    return send(text);
  }

  #settle(outcome: StoreOutcome): BackAction {
    this.#state = { at: "over" };
    return { do: "outcome", outcome };
  }
}

/** What follows +OK or -ERR. */
const afterStatus = (line: Octets): Octets => line.replace(/^\S+ ?/, "");

const send = (text: Octets): BackAction => ({ do: "write", bytes: encodeOctets(text) });

/** Who the client is, in the words of Dovecot's pop3-login. */
const xclient = ({ sid, address, port, hopsLeft }: ForwardedClient): string =>
  `XCLIENT ADDR=${address} PORT=${port} SESSION=${sid} TTL=${hopsLeft}`;
