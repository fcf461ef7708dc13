import { setTimeout as pause } from "node:timers/promises";
import { Held, Released } from "../../../route-api/contract/holds.ts";
import { EXIT, Failure } from "../../failure.ts";
import type { SupportApi } from "../support/api.ts";
import { matching, userHoldPath } from "../support/hold.ts";

export interface HoldTerms {
  why: string;
  seconds: number;
}

/** A hold that is renewed each third of its time. */
export interface KeptHold {
  readonly id: string;
  /** When it ends unless it is renewed, as the API has said last. */
  readonly until: string;
  /** Aborts, with a Failure as reason, when the hold is not in force any more, or may not be: nothing may be copied then. */
  readonly lost: AbortSignal;
  /** Renews it no longer; it ends by itself. */
  leave(): void;
  /** Ends it. Rejects with a Failure. */
  release(): Promise<void>;
}

/** Shares of its time after which a hold is renewed, and after which that is tried again. */
const RENEW_SHARE = 1 / 3;
const RETRY_SHARE = 1 / 15;

/** Begins a hold, or goes on with the one of `resumed`. Rejects with a Failure. */
export async function keepHold(
  api: SupportApi,
  login: string,
  terms: HoldTerms,
  resumed: string | undefined,
): Promise<KeptHold> {
  const path = userHoldPath(login);
  const lost = new AbortController();
  const left = new AbortController();
  // The API's clock may be another one; this one has run since before the request.
  let untilMs = 0;
  const ask = async (id: string | undefined): Promise<Held> => {
    const askedMs = performance.now();
    const held = await api.send("POST", path, terms, Held, matching(id));
    untilMs = askedMs + terms.seconds * 1000;
    return held;
  };
  let held = await ask(resumed);

  const renew = async (): Promise<void> => {
    let share = RENEW_SHARE;
    for (;;) {
      const leftMs = untilMs - performance.now();
      await pause(Math.max(0, Math.min(terms.seconds * 1000 * share, leftMs)), undefined, {
        signal: left.signal,
      });
      if (performance.now() >= untilMs)
        return lost.abort(new Failure(`the hold could not be renewed, and has ended at ${held.until}`));
      try {
        held = await ask(held.id);
        share = RENEW_SHARE;
      } catch (error) {
        // An answer of the API's, not a failure to reach it.
        if (error instanceof Failure && error.exitCode === EXIT.failure) return lost.abort(error);
        share = RETRY_SHARE;
      }
    }
  };
  // Ends with `left`, else with `lost`.
  void renew().catch(() => undefined);

  return {
    get id() {
      return held.id;
    },
    get until() {
      return held.until;
    },
    lost: lost.signal,
    leave: () => left.abort(),
    async release() {
      left.abort();
      await api.send("DELETE", path, { why: terms.why }, Released, matching(held.id));
    },
  };
}
