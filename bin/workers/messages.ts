import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { ConfigurationFor } from "../config/needs.ts";

/** What the supervisor tells a worker. It sends the configuration itself: all workers have the same one in force. */
export type Order = { do: "run"; configuration: ConfigurationFor<"mmp edge"> } | { do: "drain" };

/** What a worker tells the supervisor: once that it listens to orders, then one report for each `run`. */
export type Report = { is: "ready" } | RunReport;

export type RunReport =
  | { is: "running"; listeners: EdgeListener[]; faults: InstanceFault[] }
  /** The configuration cannot be used at all; what was in force stays. */
  | { is: "refused"; text: string };
