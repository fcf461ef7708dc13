import type { FoundPenalty } from "../../../route-api/contract/penalties.ts";
import { formatTable } from "./table.ts";

/** Penalties as a table, in their order. */
export const penaltyTable = (penalties: readonly FoundPenalty[]): string =>
  formatTable({
    heading: ["CLIENT", "USER", "FAILURES", "NEXT LOGIN WAITS", "INSTANCE", "EDGES"],
    rows: penalties.map(({ client, user, failures, delaySeconds, instance, edges }) => [
      client ?? "any that has failed",
      user ?? "any",
      String(failures),
      `${delaySeconds} s`,
      instance,
      String(edges.length),
    ]),
  });
