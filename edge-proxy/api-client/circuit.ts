/** Whether requests go to the route API at all. */
type State =
  /** They do; `failures` have failed in a row. */
  | { is: "closed"; failures: number }
  /** They fail at once, until then. */
  | { is: "open"; untilMs: number }
  /** One request tries whether the API answers again; another may try where that one has no result by then. */
  | { is: "probing"; untilMs: number };

export interface RouteCircuit {
  /** May a request begin? Its result must be reported, unless it is abandoned. */
  admits(nowMs: number): boolean;
  /** True where the circuit closes: the API answers again. */
  succeeded(): boolean;
  /** True where the circuit opens: the API gets no requests for a while. */
  failed(nowMs: number): boolean;
}

/** Each pause differs from `openMs` by up to this share, so that edges which lost the API together do not come back together. */
const JITTER = 0.2;

/**
 * A circuit breaker: keeps logins from waiting, each for the whole time-out, for an API that does not answer. After
 * `failures` failures in a row no request begins for `openMs`; then one tries, and its result decides.
 */
export function routeCircuit(failures: number, openMs: number, random: () => number): RouteCircuit {
  let state: State = { is: "closed", failures: 0 };
  const pauseMs = (): number => openMs * (1 + JITTER * (2 * random() - 1));
  return {
    admits(nowMs) {
      if (state.is === "closed") return true;
      if (nowMs < state.untilMs) return false;
      state = { is: "probing", untilMs: nowMs + openMs };
      return true;
    },
    succeeded() {
      const wasOpen = state.is !== "closed";
      state = { is: "closed", failures: 0 };
      return wasOpen;
    },
    failed(nowMs) {
      if (state.is === "open") return false;
      const count = state.is === "closed" ? state.failures + 1 : failures;
      const opens = count >= failures;
      const wasClosed = state.is === "closed";
      state = opens ? { is: "open", untilMs: nowMs + pauseMs() } : { is: "closed", failures: count };
      return opens && wasClosed;
    },
  };
}
