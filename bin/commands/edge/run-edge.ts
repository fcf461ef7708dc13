import type { Logger } from "pino";
import type { InstanceFault } from "../../../edge-proxy/instances/instance-set.ts";
import type { PortSharing } from "../../../edge-proxy/transport/transport.ts";
import type { ConfigurationFor } from "../../config/needs.ts";
import { requireStartable } from "../../config/startable.ts";
import { Failure } from "../../failure.ts";
import { edgeOptions, runEdge } from "../../run/edge.ts";
import { reportEdgeMetrics } from "../../run/edge-metrics.ts";
import { createLog } from "../../run/logger.ts";
import { type RunningEdge, requireRunning } from "../../run/running-edge.ts";
import { serveEdge } from "../../run/serve-edge.ts";
import { exitOnSignalDuring } from "../../run/signals.ts";
import { warmUpFor } from "../../run/warm-up.ts";
import { bringSecretFiles } from "../../secret-files/secret-files.ts";
import { askToHandOver } from "../../take-over/ask.ts";
import { type HandOver, offerHandOver } from "../../take-over/hand-over.ts";
import { socketPath } from "../../take-over/place.ts";
import { succession } from "../../take-over/successor.ts";
import { keepWaitingConnections } from "../../take-over/waiting-connections.ts";
import { processesFor } from "../../workers/share.ts";
import { Supervisor } from "../../workers/supervisor.ts";
import { isWorker, runWorker } from "../../workers/worker.ts";

export interface EdgeOptions {
  config: string;
  instance?: string;
  logLevel: string;
  drainSeconds: number;
  watch: boolean;
  runFolder?: string;
  takeOver?: boolean;
}

/** Runs the edge until a signal ends it; in a worker, until its supervisor ends it. */
export async function runEdgeCommand(options: EdgeOptions): Promise<void> {
  if (isWorker()) return await runWorker(options);
  const place = socketPath(options);
  if (options.takeOver === true) return await takeOver(place, options.config);
  const { config, instance, logLevel, watch } = options;
  const successor = succession();
  const secrets = await bringSecretFiles(config);
  const { configuration, faults } = requireStartable(config, "mmp edge", instance);
  const log = createLog(logLevel);
  if (successor !== undefined) keepWaitingConnections(log);
  const ports = successor === undefined ? "claimed" : "joined";
  const edge = await exitOnSignalDuring(startEdge(configuration, log, options, ports));
  await requireRunning(edge, instance);
  if (successor !== undefined) await requireWhole(edge, faults);
  const handOver = await offered(place, log);
  successor?.announce();
  await serveEdge({
    file: config,
    command: "mmp edge",
    only: instance,
    configuration,
    faults,
    edge,
    log,
    watch,
    secrets,
    replaced: handOver?.replaced,
  });
  handOver?.close();
}

/** Has the running edge replaced, and says so. */
async function takeOver(path: string, config: string): Promise<void> {
  const { pid, before } = await askToHandOver(path, config, "--take-over");
  console.log(`mmp edge runs as process ${pid}; process ${before} ends its sessions, then itself`);
}

/** An edge that cannot be taken over serves as well as any other. */
async function offered(path: string, log: Logger): Promise<HandOver | undefined> {
  try {
    return await offerHandOver(path, log);
  } catch (error) {
    log.warn({ detail: (error as Error).message }, "mmp edge --take-over will not find this edge");
    return undefined;
  }
}

/** Rejects with a Failure, and ends the edge, if an instance could not start: the edge before may have it running. */
async function requireWhole(edge: RunningEdge, faults: readonly InstanceFault[]): Promise<void> {
  const texts = [...faults, ...edge.faults].map(({ instance, text }) => `${instance}: ${text}`);
  if (texts.length === 0) return;
  await edge.drain();
  throw new Failure(texts.join("\n"));
}

/** In this process if one is enough, else in workers. */
async function startEdge(
  configuration: ConfigurationFor<"mmp edge">,
  log: Logger,
  { drainSeconds, instance }: EdgeOptions,
  ports: PortSharing,
): Promise<RunningEdge> {
  if (processesFor(configuration.instances) > 1) {
    const supervisor = new Supervisor(log, ports);
    await supervisor.reload(configuration);
    return supervisor;
  }
  await warmUpFor(edgeOptions(configuration), log);
  const edge = await runEdge(configuration, log, drainSeconds, ports);
  reportEdgeMetrics(log, instance, edge);
  return {
    get listeners() {
      return edge.listeners;
    },
    get faults() {
      return edge.faults;
    },
    metrics: edge.metrics,
    drain: edge.drain,
    reload(next) {
      if (processesFor(next.instances) > 1) log.warn("restart mmp edge to run several workers");
      return edge.reload(next);
    },
  };
}
