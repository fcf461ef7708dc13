import { hash } from "node:crypto";

/** A step that may come next: what happens, and what it changes in the state. */
export type Step<S> = [name: string, change: (draft: S) => void];

/** A protocol as a graph of states. A state is plain JSON; whatever may come in between is a step of its own. */
export interface Model<S> {
  initial: S;
  steps(state: Readonly<S>): Step<S>[];
  /** Completes every step: notes what invariants must remember, brings states that are alike to one form. */
  complete?(draft: S): void;
  /** The invariant that the step from `before` to `after` broke. */
  broken(before: Readonly<S>, after: Readonly<S>, step: string): string | undefined;
}

/** What came of it: how many states there are, or the shortest way to one that must not be. */
export interface Exploration {
  states: number;
  /** Every state was seen. */
  isComplete: boolean;
  violation?: { invariant: string; trace: string[] };
}

/** Walks through every interleaving, nearest states first, up to `limit` states. */
export function explore<S>(model: Model<S>, limit = Number.POSITIVE_INFINITY): Exploration {
  const digest = (text: string): string => hash("md5", text, "base64");
  const initial = JSON.stringify(model.initial);
  const found = new Set([digest(initial)]);
  /** For each state the one that it was first reached from, and how. */
  const origins: { from: number; step: string }[] = [{ from: 0, step: "" }];
  const traceTo = (last: number, step: string): string[] => {
    const trace = [step];
    for (let at = last; at > 0; at = origins[at]?.from ?? 0) trace.unshift(origins[at]?.step ?? "");
    return trace;
  };
  let nearest = [{ text: initial, number: 0 }];
  while (nearest.length > 0) {
    const next: typeof nearest = [];
    for (const { text, number } of nearest) {
      const before = JSON.parse(text) as S;
      for (const [step, change] of model.steps(before)) {
        const after = JSON.parse(text) as S;
        change(after);
        model.complete?.(after);
        const invariant = model.broken(before, after, step);
        if (invariant !== undefined)
          return {
            states: found.size,
            isComplete: false,
            violation: { invariant, trace: traceTo(number, step) },
          };
        const reached = JSON.stringify(after);
        const key = digest(reached);
        if (found.has(key)) continue;
        if (found.size >= limit) return { states: found.size, isComplete: false };
        next.push({ text: reached, number: found.size });
        found.add(key);
        origins.push({ from: number, step });
      }
    }
    nearest = next;
  }
  return { states: found.size, isComplete: true };
}
