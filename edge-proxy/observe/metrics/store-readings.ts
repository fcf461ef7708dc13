import { hostPortText } from "../../../route-api/contract/host-port.ts";
import type { StoreHost } from "../../guard/store-health.ts";
import type { StoreUse } from "../../guard/store-places.ts";
import { LabelledCounter } from "./instruments.ts";
import { gauge, type MetricReading } from "./reading.ts";

const USES: readonly [name: string, help: string, field: Exclude<keyof StoreUse, "store">][] = [
  ["mmp_edge_store_sessions", "Live sessions at each store.", "sessions"],
  ["mmp_edge_store_logins", "Logins in progress at each store.", "attempts"],
  [
    "mmp_edge_store_logins_waiting",
    "Logins waiting because the store has `attempts` in progress.",
    "waiting",
  ],
];

/** What stores have of this process, and the hosts that logins avoid. A store or host that had some once goes on with 0. */
export function createStoreReadings(): (
  inUse: readonly StoreUse[],
  failing: readonly StoreHost[],
) => MetricReading[] {
  const uses = USES.map(([name, help, field]) => ({
    name,
    help,
    field,
    count: new LabelledCounter(["store"]),
  }));
  const hosts = new LabelledCounter(["store", "host"]);
  return (inUse, failing) => {
    hosts.reset();
    for (const { store, host, port } of failing) hosts.add([store, hostPortText(host, port)]);
    return [
      ...uses.map(({ name, help, field, count }) => {
        count.reset();
        for (const use of inUse) count.add([use.store], use[field]);
        return gauge(name, help, count.read());
      }),
      gauge(
        "mmp_edge_store_host_failing",
        "1 for each host that logins avoid because it has failed, 0 once it serves again.",
        hosts.read(),
        "max",
      ),
    ];
  };
}
