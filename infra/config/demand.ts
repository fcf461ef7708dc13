import type { Path } from "../../bin/config/mistakes.ts";
import { clientsOf } from "./load-balancers.ts";
import { rangesOf } from "./network.ts";
import type { QuotaName } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";
import { sizeOf } from "./sizes.ts";

/** How much of a quota a deployment needs at most. */
export interface Demand {
  quota: QuotaName;
  needed: number;
  /** The setting that asks for it. */
  path: Path;
  /** What it is needed for. */
  use: string;
}

/** What a deployment needs of each quota. */
export const demands = (config: DeploymentConfig): Demand[] => [
  ...addresses(config),
  ...Object.keys(config.loadBalancers).flatMap((name) => [targets(config, name), listeners(config, name)]),
  ...rules(config),
];

export const zonesOf = ({ network }: DeploymentConfig): number =>
  "vpc" in network ? network.availabilityZones.length : network.zones;

function addresses(config: DeploymentConfig): Demand[] {
  const { loadBalancers, network } = config;
  const own = Object.values(loadBalancers).filter(
    ({ scheme, addresses: given }) => scheme === "internet-facing" && given === undefined,
  ).length;
  const gateways = "vpc" in network ? 0 : network.natGateways;
  const needed = own * zonesOf(config) + gateways;
  return [{ quota: "elasticIps", needed, path: ["loadBalancers"], use: "load balancers and NAT gateways" }];
}

/** Each task is a target of each of its ports; during a deployment old and new tasks are. */
function targets(config: DeploymentConfig, balancer: string): Demand {
  const { loadBalancers, instances, sizes } = config;
  const { listeners: outer = [], crossZone = false } = loadBalancers[balancer] ?? {};
  const registered = Object.keys(instances).map((instance) => {
    const ports = new Set(outer.filter((one) => one.instance === instance).map(({ to }) => to));
    const { tasks, maximumPercent } = sizeOf(sizes, instance);
    return ports.size * Math.ceil((tasks.max * maximumPercent) / 100);
  });
  const all = registered.reduce((sum, count) => sum + count, 0);
  return {
    quota: "targetsPerZone",
    // Across zones every node has every target.
    needed: Math.ceil(crossZone ? all : all / zonesOf(config)),
    path: ["loadBalancers", balancer],
    use: "tasks.max × ports × maximumPercent, in each zone",
  };
}

const listeners = ({ loadBalancers }: DeploymentConfig, balancer: string): Demand => ({
  quota: "listeners",
  needed: loadBalancers[balancer]?.listeners.length ?? 0,
  path: ["loadBalancers", balancer, "listeners"],
  use: "ports for clients",
});

/** Rules of the security groups that grow with the configuration. */
function rules(config: DeploymentConfig): Demand[] {
  const { loadBalancers, stores, storeNetworks, directory, directoryNetworks, routeApi, network } = config;
  const storePorts = new Set(
    Object.values(stores).flatMap(({ imap, pop3 }) => [imap?.port ?? [], pop3?.port ?? []].flat()),
  );
  const ranges = rangesOf(network).length;
  const directoryUrls = "ldif" in directory ? [] : directory.url;
  /** HTTPS, and DNS servers by two protocols. */
  const others = 1 + ("vpc" in network ? 2 * network.dnsServers.length : 0);
  const demand = (path: Path, needed: number, use: string): Demand => ({
    quota: "rulesPerGroup",
    needed,
    path,
    use,
  });
  return [
    ...Object.entries(loadBalancers).map(([name, balancer]) => {
      const needed = clientsOf(balancer).length * balancer.listeners.length;
      return demand(["loadBalancers", name, "clients"], needed, "clients × ports");
    }),
    demand(
      ["storeNetworks"],
      (storeNetworks.length || ranges) * storePorts.size + others,
      "networks × ports",
    ),
    demand(
      ["directoryNetworks"],
      (directoryNetworks.length || ranges) * directoryUrls.length + others,
      "networks × ports",
    ),
    demand(["routeApi", "clients"], routeApi.clients.length + 1, "clients"),
  ];
}
