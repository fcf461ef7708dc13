/** Whether the route API is asked at all. */
type State =
  /** It is; as many look-ups in a row have failed. */
  | { is: "closed"; failures: number }
  /** It is not, until then. */
  | { is: "open"; untilMs: number }
  /** One look-up tries whether it answers again; another one does, where nothing has come of it by then. */
  | { is: "probing"; untilMs: number };

export interface RouteCircuit {
  /** May a look-up begin? Whoever is let in tells what came of it, unless it was broken off. */
  admits(nowMs: number): boolean;
  /** True where the API answers again. */
  succeeded(): boolean;
  /** True where it is left alone from now on. */
  failed(nowMs: number): boolean;
}

/**
 * Keeps logins from waiting, each for the whole time, for an API that does not answer: after `failures` look-ups in a
 * row that failed, none is begun for `openMs`; then one, and what comes of it decides.
 */
export function routeCircuit(failures: number, openMs: number): RouteCircuit {
  let state: State = { is: "closed", failures: 0 };
  return {
    admits(nowMs) {
      if (state.is === "closed") return true;
      if (nowMs < state.untilMs) return false;
      state = { is: "probing", untilMs: nowMs + openMs };
      return true;
    },
    succeeded() {
      const wasOut = state.is !== "closed";
      state = { is: "closed", failures: 0 };
      return wasOut;
    },
    failed(nowMs) {
      if (state.is === "open") return false;
      const count = state.is === "closed" ? state.failures + 1 : failures;
      const opens = count >= failures;
      const wasClosed = state.is === "closed";
      state = opens ? { is: "open", untilMs: nowMs + openMs } : { is: "closed", failures: count };
      return opens && wasClosed;
    },
  };
}
