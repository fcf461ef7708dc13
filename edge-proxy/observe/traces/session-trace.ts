import type { TraceEvent, TraceStep } from "../../../route-api/contract/traces.ts";
import type { Octets } from "../../protocol/octets.ts";
import type { Direction, Transcript } from "../../protocol/transcript.ts";
import type { SessionRecord } from "../session-record.ts";
import type { OpenTrace } from "./open-trace.ts";
import { shownText } from "./shown-text.ts";

/** Events that are kept of a session until its user is known; the first ones say most. */
const KEPT_EVENTS = 200;
/** Secrets that are looked for, the latest ones: logins are bounded by `wrongPasswords`. */
const SECRETS_KEPT = 60;

/** Steps in the edge's own words: to withhold one would only tell that it has the user's password in it, as a word. */
const OWN_WORDS: ReadonlySet<TraceStep> = new Set([
  "accept",
  "tls",
  "connect",
  "connected",
  "store-tls",
  "banner",
  "replay",
  "first-bytes",
  "end",
]);

/** What a session does, for the traces that it fits, or may fit once its user is known. */
export class SessionTrace implements Transcript {
  readonly #record: SessionRecord;
  /** Whom it may concern. */
  #candidates: OpenTrace[];
  #traces: OpenTrace[] = [];
  #kept: { event: Omit<TraceEvent, "number">; line: Octets }[] = [];
  #secrets: Octets[] = [];
  #login: string | undefined;
  readonly #decided: () => void;
  #isDecided = false;

  /** `decided` is called once, when it is known which traces the session concerns. */
  constructor(record: SessionRecord, candidates: readonly OpenTrace[], decided: () => void) {
    this.#record = record;
    this.#candidates = [...candidates];
    this.#decided = decided;
  }

  /** True where nobody wants to hear of the session. */
  get isOver(): boolean {
    return this.#candidates.length === 0 && this.#traces.length === 0;
  }

  step(step: TraceStep, text: string): void {
    if (this.isOver) return;
    const { login, mechanism } = this.#record;
    if (login !== undefined && login !== this.#login) {
      this.#login = login;
      this.#note("name", mechanism === undefined ? login : `${login} (${mechanism})`);
    }
    this.#note(step, text);
  }

  line(direction: Direction, text: Octets): void {
    this.step(direction, text);
  }

  secret(octets: Octets): void {
    if (this.isOver || octets === "" || this.#secrets.includes(octets)) return;
    this.#secrets.push(octets);
    if (this.#secrets.length > SECRETS_KEPT) this.#secrets.shift();
  }

  /** Who it is will not be known any more, or no longer matters: it has logged in, or has ended. */
  settle(): void {
    this.#sort();
    this.#candidates = [];
    this.#kept = [];
    if (!this.#isDecided) this.#decided();
    this.#isDecided = true;
  }

  #note(step: TraceStep, line: Octets): void {
    const event = {
      at: new Date().toISOString(),
      sid: this.#record.sid,
      ms: Math.round((performance.now() - this.#record.startedMs) * 10) / 10,
      step,
      text: "",
    };
    for (const trace of this.#traces) this.#tell(trace, event, line);
    if (this.#candidates.length === 0) return;
    if (this.#kept.length < KEPT_EVENTS) this.#kept.push({ event, line });
    this.#sort();
  }

  /** Tells those that it fits what has happened so far. */
  #sort(): void {
    if (this.#candidates.length === 0) return;
    const candidates: OpenTrace[] = [];
    for (const trace of this.#candidates) {
      const fit = trace.fits(this.#record);
      if (fit === "perhaps") candidates.push(trace);
      if (fit !== "yes") continue;
      this.#traces.push(trace);
      for (const { event, line } of this.#kept) this.#tell(trace, event, line);
    }
    this.#candidates = candidates;
    if (candidates.length === 0) this.settle();
  }

  #tell(trace: OpenTrace, event: Omit<TraceEvent, "number">, line: Octets): void {
    const secrets = OWN_WORDS.has(event.step) ? [] : this.#secrets;
    trace.tell({ ...event, text: shownText(line, secrets) });
  }
}
