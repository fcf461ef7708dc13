import type { FoundPenalty } from "../../../contract/penalties.ts";
import { type Html, table } from "../html.ts";

/** Failed logins that delay later ones. */
export const penaltiesTable = (penalties: readonly FoundPenalty[]): Html =>
  table({
    label: "Penalties",
    heading: ["Delay", "User", "Client", "Failures", "Instance", "Edges"],
    rows: penalties.map(({ delaySeconds, user, client, failures, instance, edges }) => [
      `${delaySeconds.toFixed(1)} s`,
      user ?? "any",
      client ?? "any that has failed itself",
      failures.toFixed(1),
      instance,
      edges.join(", "),
    ]),
    empty: "No login is delayed.",
  });
