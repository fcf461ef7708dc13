import type { InstanceContext } from "./context.ts";
import type { Instance } from "./instance.ts";

/** What a process remembers, by what it is, added up over its instances: for a metric by which leaks show. */
export function entriesOf(
  { sessions, wheel, relayBudget, loginBudget, stores, kicks, history }: InstanceContext,
  instances: Iterable<Instance>,
): Record<string, number> {
  const guards = { clients: 0, users: 0, "login-rates": 0, failures: 0 };
  for (const { guard } of instances) {
    const { clients, users, "login-rates": rates, failures } = guard.entries;
    guards.clients += clients;
    guards.users += users;
    guards["login-rates"] += rates;
    guards.failures += failures;
  }
  return {
    sessions: sessions.size,
    timers: wheel.size,
    "held-bytes": relayBudget.holders + loginBudget.holders,
    stores: stores.places.size,
    "failing-hosts": stores.health.size,
    ...guards,
    kicks: kicks.size,
    history: history.size,
  };
}
