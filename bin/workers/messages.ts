import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { SiblingMessage } from "../../edge-proxy/siblings.ts";
import type { ConfigurationFor } from "../config/needs.ts";

/** What the supervisor tells a worker. It sends the configuration itself: all workers have the same one in force. */
export type Order =
  | { do: "run"; configuration: ConfigurationFor<"mmp edge">; workers: number; salt: string }
  /** Another worker is there, or no longer; what it says. */
  | { do: "meet" | "part"; worker: number }
  | { do: "hear"; from: number; message: SiblingMessage }
  | { do: "drain" };

/** What a worker tells the supervisor: once that it listens to orders, then one report for each `run`. */
export type Report =
  | { is: "ready" }
  | RunReport
  /** To the other workers. */
  | { is: "saying"; message: SiblingMessage };

export type RunReport =
  | { is: "running"; listeners: EdgeListener[]; faults: InstanceFault[] }
  /** The configuration cannot be used at all; what was in force stays. */
  | { is: "refused"; text: string };
