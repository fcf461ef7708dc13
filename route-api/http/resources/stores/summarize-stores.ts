import type { Edge } from "../../../contract/edges.ts";
import type { StoreList, StoreSummary } from "../../../contract/stores.ts";

/** Stands for no store in heartbeats: logins that failed before one was known. */
const NO_STORE = "";

/** Shortest time over which a rate is told: a heartbeat may follow another at once, in seconds. */
const RATE_SECONDS = 1;

/** What the heartbeats of edges say of each store, together. */
export function summarizeStores(edges: readonly Edge[]): StoreList {
  const stores = new Map<string, StoreSummary>();
  const current = edges.filter(({ state }) => state !== "silent");
  for (const { edge, periodSeconds, stores: lines } of current) {
    const perSecond = (count: number): number => (periodSeconds < RATE_SECONDS ? 0 : count / periodSeconds);
    for (const { store, sessions, logins, failures, failing } of lines) {
      const summary = stores.get(store) ?? {
        store,
        sessions: 0,
        loginsPerSecond: 0,
        failuresPerSecond: 0,
        failing: [],
      };
      stores.set(store, summary);
      summary.sessions += sessions;
      summary.loginsPerSecond += perSecond(logins);
      summary.failuresPerSecond += perSecond(failures);
      for (const host of failing) {
        const known = summary.failing.find((each) => each.host === host);
        if (known === undefined) summary.failing.push({ host, edges: [edge] });
        else known.edges.push(edge);
      }
    }
  }
  const other = stores.get(NO_STORE);
  stores.delete(NO_STORE);
  return {
    stores: [...stores.values()].sort((a, b) => (a.store < b.store ? -1 : 1)),
    otherFailuresPerSecond: other?.failuresPerSecond ?? 0,
    silent: edges.filter(({ state }) => state === "silent").map(({ edge }) => edge),
  };
}
