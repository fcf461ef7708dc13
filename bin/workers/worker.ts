import { type Edge, startEdge } from "../../edge-proxy/main.ts";
import { Siblings } from "../../edge-proxy/siblings.ts";
import type { ConfigurationFor } from "../config/needs.ts";
import { Failure } from "../failure.ts";
import { watchDescriptors } from "../run/descriptors.ts";
import { edgeOptions } from "../run/edge.ts";
import { type MeasuredEdge, reportEdgeMetrics } from "../run/edge-metrics.ts";
import { edgeReadings } from "../run/edge-readings.ts";
import { createLog } from "../run/logger.ts";
import { warmUpFor } from "../run/warm-up.ts";
import type { Order, Report, RunReport } from "./messages.ts";
import { WORKER_VARIABLE } from "./own-command.ts";

/** How often a worker reports its number of sessions, in milliseconds. */
const SESSIONS_MS = 1000;

/** How often a worker looks whether its supervisor still runs, in milliseconds: on Deno, `disconnect` may never come. */
const SUPERVISOR_MS = 1000;

/** True in a process that a supervisor started. */
export const isWorker = (): boolean => process.env[WORKER_VARIABLE] !== undefined;

/** Runs what the supervisor orders, until it orders a drain or is gone. */
export async function runWorker({
  logLevel,
  drainSeconds,
  instance,
}: {
  logLevel: string;
  drainSeconds: number;
  instance?: string;
}) {
  if (process.send === undefined)
    throw new Failure(`${WORKER_VARIABLE} is set, but no supervisor started this process`);
  const supervisorPid = process.ppid;
  const isSupervised = (): boolean => process.connected && process.ppid === supervisorPid;
  const report = (message: Report): void => {
    if (isSupervised()) process.send?.(message);
  };
  const log = createLog(logLevel);
  let edge: Edge | undefined;
  let instances: ConfigurationFor<"mmp edge">["instances"] = {};
  const measured: MeasuredEdge = {
    readings: () => (edge === undefined ? [] : edgeReadings(edge)),
    get instances() {
      return instances;
    },
  };

  let told = 0;
  const telling = setInterval(() => {
    const count = edge?.sessions ?? 0;
    if (count === told) return;
    told = count;
    report({ is: "sessions", count });
  }, SESSIONS_MS);
  telling.unref();

  const siblings = new Siblings((message) => report({ is: "saying", message }));
  const run = async ({ configuration, workers, salt }: Order & { do: "run" }): Promise<RunReport> => {
    const place = { index: Number(process.env[WORKER_VARIABLE]), workers };
    try {
      const options = edgeOptions(configuration);
      const isFirst = edge === undefined;
      if (edge === undefined) {
        // After a crash too: meanwhile the siblings get the connections.
        await warmUpFor(options, log);
        edge = await startEdge(options, log, { place, siblings, salt });
      } else await edge.reload(options);
      instances = configuration.instances;
      if (isFirst) {
        reportEdgeMetrics(log, instance, measured);
        watchDescriptors(log, instances);
      }
      return { is: "running", listeners: edge.listeners, faults: edge.faults };
    } catch (error) {
      return { is: "refused", text: (error as Error).message };
    }
  };

  // Terminals and service managers signal the workers too. A second signal does not hurry a worker: the supervisor kills
  // it if need be.
  process.on("SIGHUP", () => {});
  await new Promise<void>((resolve) => {
    process.on("message", (order: Order) => {
      switch (order.do) {
        case "run":
          return void run(order).then(report);
        case "meet":
          return siblings.joined(order.worker);
        case "part":
          return siblings.left(order.worker);
        case "hear":
          return siblings.received(order.message, order.from);
        case "measure":
          return report({
            is: "measured",
            question: order.question,
            metrics: measured.readings(),
          });
        case "drain":
          return resolve();
        default:
          order satisfies never;
      }
    });
    process.on("SIGINT", resolve);
    process.on("SIGTERM", resolve);
    const lookForSupervisor = (): void => {
      if (isSupervised()) return;
      clearInterval(looking);
      log.error("the supervisor is gone");
      resolve();
    };
    const looking = setInterval(lookForSupervisor, SUPERVISOR_MS);
    looking.unref();
    process.once("disconnect", lookForSupervisor);
    report({ is: "ready" });
  });
  await edge?.drain(drainSeconds);
  if (isSupervised()) await reported({ is: "measured", metrics: measured.readings() });
}

/** Resolves when the supervisor has a message, or cannot get it any more. */
const reported = (message: Report): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, () => resolve());
  });
