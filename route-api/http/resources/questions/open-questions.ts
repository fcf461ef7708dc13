import type { Question } from "../../../contract/questions.ts";
import { positionOf } from "../../../store/feed.ts";

/** A question that edges may answer. */
export interface OpenQuestion {
  readonly question: Question;
  /** Edges that poll from here on have read it. */
  readonly position: number;
  /** Edges that have read it, and whose answers, if they had any, were accepted. */
  readonly acknowledged: ReadonlySet<string>;
}

/** Answers are accepted for this long beyond a question's time, in milliseconds. */
const GRACE_MS = 2000;

/**
 * The questions that this process has read in the feed and whose time is not over, and which edges have acknowledged
 * them: a poll from a question's position on does so, since an edge polls on only when its answers were accepted.
 */
export class OpenQuestions {
  readonly #open = new Map<string, OpenQuestion & { acknowledged: Set<string>; closesMs: number }>();
  /** How far each edge has read; an edge may be ahead of this process. */
  readonly #positions = new Map<string, { position: number; atMs: number }>();
  readonly #nowMs: () => number;
  readonly #onAcknowledged: (id: string) => void;

  /** `onAcknowledged` is called whenever further edges have acknowledged a question. */
  constructor(nowMs: () => number, onAcknowledged: (id: string) => void) {
    this.#nowMs = nowMs;
    this.#onAcknowledged = onAcknowledged;
  }

  get(id: string): OpenQuestion | undefined {
    this.#forget();
    return this.#open.get(id);
  }

  /** Questions were read; undefined: any may have been missed, and positions have lost their meaning. */
  read(questions: readonly Question[] | undefined, cursor: string): void {
    if (questions === undefined) return this.#positions.clear();
    const position = positionOf(cursor);
    if (position === undefined) return;
    for (const question of questions) {
      const acknowledged = new Set(
        [...this.#positions].filter(([, reached]) => reached.position >= position).map(([edge]) => edge),
      );
      const closesMs = this.#nowMs() + question.ttlMs + GRACE_MS;
      this.#open.set(question.id, { question, position, acknowledged, closesMs });
      this.#onAcknowledged(question.id);
    }
  }

  /** An edge polls from the cursor on. */
  polled(edge: string, cursor: string): void {
    const position = positionOf(cursor);
    if (position === undefined) return;
    this.#forget();
    this.#positions.set(edge, { position, atMs: this.#nowMs() });
    for (const [id, { position: asked, acknowledged }] of this.#open) {
      if (position < asked || acknowledged.has(edge)) continue;
      acknowledged.add(edge);
      this.#onAcknowledged(id);
    }
  }

  #forget(): void {
    const now = this.#nowMs();
    for (const [id, { closesMs }] of this.#open) if (closesMs <= now) this.#open.delete(id);
    for (const [edge, { atMs }] of this.#positions) {
      if (now - atMs > POSITION_KEPT_MS) this.#positions.delete(edge);
    }
  }
}

/** An edge polls at least once a minute; one that has not for longer is gone, or polls another process. */
const POSITION_KEPT_MS = 120_000;
