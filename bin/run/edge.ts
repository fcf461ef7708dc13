import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { type Edge, type EdgeOptions, startEdge } from "../../edge-proxy/main.ts";
import type { PortSharing } from "../../edge-proxy/transport/transport.ts";
import manifest from "../../package.json" with { type: "json" };
import type { ConfigurationFor } from "../config/needs.ts";
import { readSecret } from "../config/read-secret.ts";
import { watchDescriptors } from "./descriptors.ts";
import type { MeasuredEdge } from "./edge-metrics.ts";
import { edgeReadings } from "./edge-readings.ts";
import type { RunningEdge } from "./running-edge.ts";

/** Starts the configured instances in this process. */
export async function runEdge(
  configuration: ConfigurationFor<"mmp edge">,
  log: Logger,
  drainSeconds: number,
  ports?: PortSharing,
): Promise<RunningEdge & MeasuredEdge> {
  const edge: Edge = await startEdge(edgeOptions(configuration), log, undefined, ports);
  if (edge.listeners.length > 0) watchDescriptors(log, configuration.instances);
  let current = configuration;
  return {
    readings: () => edgeReadings(edge),
    get instances() {
      return current.instances;
    },
    get listeners() {
      return edge.listeners;
    },
    get faults() {
      return edge.faults;
    },
    async reload(next) {
      await edge.reload(edgeOptions(next));
      current = next;
    },
    metrics: async () => [edgeReadings(edge)],
    drain: () => edge.drain(drainSeconds),
  };
}

/** The options of the edge, with the route API's secrets read from their files. Throws Failure. */
export function edgeOptions(configuration: ConfigurationFor<"mmp edge">): EdgeOptions {
  const { edge, history, stores, routeApi, instances } = configuration;
  return {
    version: manifest.version,
    edge,
    keepsHistory: history.days > 0,
    stores,
    instances,
    routeApi: {
      urls: routeApi.url,
      ca: routeApi.caFile === undefined ? undefined : readFileSync(routeApi.caFile, "utf8"),
      certificate: clientCertificate(routeApi),
      token: readSecret(routeApi.tokenFile),
    },
  };
}

const clientCertificate = ({
  clientCertFile,
  clientKeyFile,
}: ConfigurationFor<"mmp edge">["routeApi"]): EdgeOptions["routeApi"]["certificate"] =>
  clientCertFile === undefined || clientKeyFile === undefined
    ? undefined
    : { cert: readFileSync(clientCertFile, "utf8"), key: readFileSync(clientKeyFile, "utf8") };
