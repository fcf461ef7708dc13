import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import type { EdgeListener } from "../../edge-proxy/main.ts";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import type { SiblingMessage } from "../../edge-proxy/siblings.ts";
import type { ConfigurationFor } from "../config/needs.ts";

/** What the supervisor sends to a worker. The configuration itself is sent so that all workers have the same one. */
export type Order =
  | { do: "run"; configuration: ConfigurationFor<"mmp edge">; workers: number; salt: string }
  /** Another worker has come or gone, or says something. */
  | { do: "meet" | "part"; worker: number }
  | { do: "hear"; from: number; message: SiblingMessage }
  /** Its metrics are wanted. */
  | { do: "measure"; question: number }
  | { do: "drain" };

/** What a worker sends to the supervisor: first that it takes orders, then one report for each `run`. */
export type Report =
  | { is: "ready" }
  | RunReport
  /** How many live sessions it has: told now and then, so that it is known what ends with it. */
  | { is: "sessions"; count: number }
  /** Its metrics: the answer to a question, or the last ones, when its sessions have ended. */
  | { is: "measured"; question?: number; metrics: MetricReading[] }
  /** For the other workers. */
  | { is: "saying"; message: SiblingMessage };

export type RunReport =
  | { is: "running"; listeners: EdgeListener[]; faults: InstanceFault[] }
  /** No part of the configuration can be used; the old one stays in force. */
  | { is: "refused"; text: string };
