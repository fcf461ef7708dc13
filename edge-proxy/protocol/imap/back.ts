import {
  type Attempt,
  answered,
  begun,
  continued,
  mayAccept,
  mayGoOn,
  mayJudge,
  type Way,
} from "../attempt.ts";
import type {
  Alert,
  Back,
  BackAction,
  BackTask,
  LoginFailure,
  Progress,
  StoreFailure,
  StoreOutcome,
} from "../dialogue.ts";
import { encodeOctets, type Octets, type SecretOctets } from "../octets.ts";
import { failed, refused } from "../refusals.ts";
import { printable } from "../store-lines.ts";
import { StoreTranscript } from "../store-transcript.ts";
import type { Transcript } from "../transcript.ts";
import { alertOf, withAlert } from "./alerts.ts";
import { forwardedFields, idArguments } from "./id.ts";
import { isBye, isOthers, isUntagged, StoreResponses, statusOf, textOf } from "./responses.ts";
import { byeMeaning, type Heard, hearing, NOTHING_HEARD, refusalMeaning, welcome } from "./verdicts.ts";
import { nothingInCommon, waysToLogIn } from "./ways.ts";

/** What the next response of the store answers. */
type State =
  | { at: "greeting" }
  | { at: "starttls" }
  | { at: "tls" }
  | { at: "capability" }
  | LoggingIn
  | { at: "over" };

const GREETING: State = { at: "greeting" };
const OVER: State = { at: "over" };

interface LoggingIn {
  at: "login";
  tag: Octets;
  attempt: Attempt;
  /** The ways that are left. */
  ways: Iterator<Way, undefined>;
  heard: Heard;
}

/** The store's side of IMAP login (RFC 9051 section 6.2). */
export function createImapBack(task: BackTask, transcript?: Transcript): Back {
  return new ImapBack(task, transcript);
}

/** A tag a command, so that a late answer is not taken for another's; a further login adds a number. */
const TAGS = { startTls: "S", capability: "C", id: "I", login: "M" } as const;

const nextTag = (tag: Octets): Octets => `${TAGS.login}${Number(tag.slice(TAGS.login.length) || 1) + 1}`;

class ImapBack implements Back {
  progress: Progress = "connect";
  readonly #task: BackTask;
  readonly #responses = new StoreResponses();
  #state: State = GREETING;
  /** What the store offers before login, in upper case, between spaces. */
  #capabilities: Octets | undefined;
  #alerts: readonly Alert[] = [];
  readonly #transcript: StoreTranscript | undefined;

  constructor(task: BackTask, transcript: Transcript | undefined) {
    this.#task = task;
    this.#transcript = transcript && new StoreTranscript(transcript, task.credentials);
  }

  receive(bytes: Uint8Array): BackAction[] {
    this.#responses.append(bytes);
    return this.#state.at === "tls" ? [this.#clearBytes()] : this.#read();
  }

  secured(): BackAction[] {
    this.progress = "capability";
    // What the store said in clear about its capabilities no longer counts (RFC 9051 section 6.2.1).
    this.#capabilities = undefined;
    return this.#askOrLogIn();
  }

  respond(message: SecretOctets | undefined): BackAction[] {
    if (this.#state.at !== "login" || this.#state.attempt.is !== "asked") return [];
    this.#state = { ...this.#state, attempt: answered(this.#state.attempt, message === undefined) };
    this.#transcript?.answered(message === undefined);
    return [send(`${message?.reveal() ?? "*"}\r\n`)];
  }

  ended(): StoreOutcome | undefined {
    if (this.#state.at !== "login") return undefined;
    const { attempt, heard } = this.#state;
    const { credentials } = this.#task;
    if (attempt.is === "cancelled")
      return failed("cancelled", "refused", "the client cancelled", credentials);
    const { bye } = heard;
    return bye === undefined ? undefined : refused(byeMeaning(bye), bye, credentials, this.#alerts);
  }

  rest(): Uint8Array {
    return this.#responses.rest();
  }

  #read(): BackAction[] {
    let actions: BackAction[] | undefined;
    while (this.#state.at !== "over" && this.#state.at !== "tls") {
      const response = this.#responses.next();
      const fault = this.#responses.fault();
      if (fault !== undefined) return [...(actions ?? []), this.#fail("unavailable", "protocol", fault)];
      if (response === undefined) break;
      // Mostly there is one response.
      const taken = this.#response(response, this.#state);
      if (actions === undefined) actions = taken;
      else for (const action of taken) actions.push(action);
    }
    return actions ?? [];
  }

  #response(response: Octets, state: State): BackAction[] {
    this.#transcript?.heard(response);
    this.#alerts = withAlert(this.#alerts, alertOf(response));
    this.#capabilities = capabilitiesIn(response) ?? this.#capabilities;
    if (state.at === "login") return this.#loginResponse(response, state);
    if (isBye(response))
      return [this.#settle(refused(byeMeaning(response), response, this.#task.credentials, this.#alerts))];
    switch (state.at) {
      case "greeting":
        return this.#greeting(response);
      case "starttls":
        return this.#startTls(response);
      case "capability":
        if (isOthers(response, TAGS.capability)) return [];
        if (statusOf(response, TAGS.capability) === "OK") return this.#logIn();
        return [this.#fail("unavailable", "protocol", `no capabilities: ${this.#printed(response)}`)];
      default:
        return [];
    }
  }

  #greeting(response: Octets): BackAction[] {
    if (PREAUTH.test(response))
      return [this.#fail("unavailable", "protocol", "the store greets with PREAUTH")];
    if (!OK.test(response))
      return [this.#fail("unavailable", "protocol", `no greeting: ${this.#printed(response)}`)];
    this.progress = "banner";
    if (!this.#task.startTls) return this.#askOrLogIn();
    this.#state = { at: "starttls" };
    return [this.#say(`${TAGS.startTls} STARTTLS\r\n`)];
  }

  #startTls(response: Octets): BackAction[] {
    if (isOthers(response, TAGS.startTls)) return [];
    if (statusOf(response, TAGS.startTls) !== "OK") {
      return [this.#fail("unavailable", "unsupported", `STARTTLS refused: ${this.#printed(response)}`)];
    }
    if (this.#responses.hasMore()) return [this.#clearBytes()];
    this.#state = { at: "tls" };
    this.progress = "tls";
    return [{ do: "startTls" }];
  }

  /** An attacker in between may have added them in clear: they must not count as the store's under TLS. */
  #clearBytes(): BackAction {
    return this.#fail("unavailable", "protocol", "data in clear after the store's answer to STARTTLS");
  }

  #askOrLogIn(): BackAction[] {
    if (this.#capabilities !== undefined) return this.#logIn();
    this.progress = "capability";
    this.#state = { at: "capability" };
    return [this.#say(`${TAGS.capability} CAPABILITY\r\n`)];
  }

  #logIn(): BackAction[] {
    this.progress = "auth";
    const { client, clientId } = this.#task;
    const ways = waysToLogIn(this.#task, (capability) => this.#can(capability));
    const way = ways.next().value;
    if (way === undefined) return [this.#fail("unavailable", "unsupported", nothingInCommon(this.#task))];
    const fields = this.#can("ID") ? forwardedFields(client, clientId) : [];
    if (fields.length === 0) return [this.#try(TAGS.login, way, ways)];
    // In one go with the login: nobody waits for the answer.
    return [this.#introduction(fields), this.#try(TAGS.login, way, ways)];
  }

  #introduction(fields: ReturnType<typeof forwardedFields>): BackAction {
    this.#transcript?.introduced(`${TAGS.id} ID `, fields);
    return send(`${TAGS.id} ID ${idArguments(fields)}\r\n`);
  }

  #try(tag: Octets, way: Way, ways: LoggingIn["ways"]): BackAction {
    this.#state = { at: "login", tag, attempt: begun(way), ways, heard: NOTHING_HEARD };
    this.#transcript?.began(`${tag} `, way.command);
    return send(`${tag} ${way.command}`);
  }

  #loginResponse(response: Octets, state: LoggingIn): BackAction[] {
    const { tag, attempt } = state;
    if (response.startsWith("+")) return [this.#continuation(response.slice(1).trimStart(), state)];
    if (isUntagged(response)) {
      this.#state = { ...state, heard: hearing(state.heard, response, attempt) };
      return [];
    }
    if (isOthers(response, tag)) return [];
    const status = statusOf(response, tag);
    if (status === "OK") return [this.#success(textOf(response, tag), state)];
    if (status !== undefined) return [this.#refusal(response, state)];
    return [this.#fail("unavailable", "protocol", `not an answer to the login: ${this.#printed(response)}`)];
  }

  #continuation(message: Octets, state: LoggingIn): BackAction {
    const next = continued(state.attempt, message);
    if (next.is === "violation") return this.#violation(next.detail, state);
    this.#state = { ...state, attempt: next.attempt };
    if (next.is === "challenge") return { do: "challenge", message };
    this.#transcript?.answered(false);
    return send(next.part);
  }

  #success(text: Octets, state: LoggingIn): BackAction {
    const { attempt, heard } = state;
    const { credentials } = this.#task;
    if (!mayAccept(attempt)) return this.#violation("success before the credentials were sent", state);
    // The session would end as it begins.
    if (heard.bye !== undefined)
      return this.#settle(refused(byeMeaning(heard.bye), heard.bye, credentials, this.#alerts));
    this.progress = "done";
    return this.#settle(welcome(text, heard.capability, this.#alerts, credentials));
  }

  /** The store said NO or BAD. Where it has judged nobody, another way may do. */
  #refusal(response: Octets, { tag, attempt, ways, heard }: LoggingIn): BackAction {
    const { credentials } = this.#task;
    if (attempt.is === "cancelled")
      return this.#settle(failed("cancelled", "refused", this.#printed(response), credentials));
    const meaning = refusalMeaning(statusOf(response, tag), textOf(response, tag), heard.alert);
    const actual = meaning === "wrong-credentials" && !mayJudge(attempt) ? "method-refused" : meaning;
    const way = actual === "method-refused" && mayGoOn(attempt) ? ways.next().value : undefined;
    if (way !== undefined) return this.#try(nextTag(tag), way, ways);
    return this.#settle(refused(actual, response, credentials, this.#alerts));
  }

  #violation(what: string, { attempt }: LoggingIn): BackAction {
    return this.#fail(attempt.is === "cancelled" ? "cancelled" : "unavailable", "protocol", what);
  }

  #can(capability: string): boolean {
    return this.#capabilities?.includes(` ${capability} `) === true;
  }

  #printed(response: Octets): string {
    return printable(response, this.#task.credentials);
  }

  #fail(failure: LoginFailure, code: StoreFailure, detail: string): BackAction {
    return this.#settle(failed(failure, code, detail, this.#task.credentials, this.#alerts));
  }

  #say(text: Octets): BackAction {
    this.#transcript?.said(text);
    return send(text);
  }

  #settle(outcome: StoreOutcome): BackAction {
    this.#state = OVER;
    return { do: "outcome", outcome };
  }
}

const OK = /^\* OK/i;
const PREAUTH = /^\* PREAUTH/i;
const CAPABILITIES = /^\* (?:OK \[)?CAPABILITY ([^\]]*)/i;

function capabilitiesIn(response: Octets): Octets | undefined {
  const list = CAPABILITIES.exec(response)?.[1];
  return list === undefined ? undefined : ` ${list.toUpperCase()} `;
}

const send = (text: Octets): BackAction => ({ do: "write", bytes: encodeOctets(text) });
