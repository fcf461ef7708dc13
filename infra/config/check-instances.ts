import type { Fault } from "../../bin/config/mistakes.ts";
import { zonesOf } from "./demand.ts";
import { overlap } from "./ip-networks.ts";
import { TARGET_GROUPS_PER_SERVICE } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";
import { sizeOf } from "./sizes.ts";
import { balancerNetworks, subnetNetworks } from "./subnets.ts";

/** First port that a task's own connections to stores use. */
export const LOCAL_PORTS_FROM = 10_240;

/** First port that is not for root alone. Docker lifts this on hosts, Fargate does not. */
const UNPRIVILEGED_FROM = 1024;
/** Every address of a task, with or without IPv6. */
const ANY_ADDRESSES = ["::", "0.0.0.0"];

/** Checks that load balancers and instances fit each other, and that an NLB can do what they ask. */
export const checkInstances = (config: DeploymentConfig): Fault[] => [
  ...checkAddresses(config),
  ...checkSnapshots(config),
  ...Object.keys(config.loadBalancers).flatMap((name) => checkBalancer(config, name)),
  ...Object.keys(config.instances).flatMap((name) => checkInstance(config, name)),
];

/** Where routes are saved is the deployment's own: nothing else in a task can be written, or outlives it. */
const checkSnapshots = ({ edge: { snapshotFile } }: DeploymentConfig): Fault[] =>
  snapshotFile === undefined
    ? []
    : [{ path: ["edge", "snapshotFile"], text: "is set by the deployment, on hosts; leave it out" }];

/** Fixed addresses fit the scheme, and there is one per zone. */
function checkAddresses(config: DeploymentConfig): Fault[] {
  const { loadBalancers } = config;
  const zones = zonesOf(config);
  const schemes = { addresses: "internet-facing", privateAddresses: "internal" } as const;
  return Object.entries(loadBalancers).flatMap(([name, balancer]) =>
    (["addresses", "privateAddresses"] as const).flatMap((field) => {
      const given = balancer[field];
      if (given === undefined) return [];
      const fault = (text: string): Fault[] => [{ path: ["loadBalancers", name, field], text }];
      if (balancer.scheme !== schemes[field]) return fault(`needs scheme: ${schemes[field]}`);
      if (given.length !== zones || new Set(given).size !== zones)
        return fault(`must have one entry per zone, ${zones}`);
      return field === "privateAddresses" ? checkPlaces(config, name, given) : [];
    }),
  );
}

/** Fixed addresses of an internal load balancer are in the subnets of a VPC whose subnets are known. */
function checkPlaces({ network }: DeploymentConfig, name: string, addresses: readonly string[]): Fault[] {
  if ("vpc" in network) return [];
  const subnets = subnetNetworks(network).private;
  return addresses.flatMap((address, index) => {
    const subnet = subnets[index] ?? "";
    if (overlap(address, subnet)) return [];
    const path = ["loadBalancers", name, "privateAddresses", index];
    return [{ path, text: `is not in the private subnet of its zone, ${subnet}` }];
  });
}

function checkBalancer({ loadBalancers, instances }: DeploymentConfig, name: string): Fault[] {
  const seen = new Set<number>();
  const headers = new Map<string, boolean>();
  return (loadBalancers[name]?.listeners ?? []).flatMap(({ port, instance, to, proxyHeader }, index) => {
    const path = ["loadBalancers", name, "listeners", index];
    const fault = (field: string, text: string): Fault[] => [{ path: [...path, field], text }];
    if (seen.has(port)) return fault("port", `${port} is already used by another listener`);
    seen.add(port);
    const listeners = instances[instance]?.listeners;
    if (listeners === undefined) {
      const names = Object.keys(instances).join(", ");
      return fault("instance", `there is no instance ${instance}; there are: ${names}`);
    }
    const listener = listeners.find((one) => one.port === to);
    if (listener === undefined) return fault("to", `instances.${instance} has no listener with port ${to}`);
    const { proxyProtocol } = listener;
    const header = proxyHeader ?? proxyProtocol === "v2";
    if (header !== (proxyProtocol === "v2") && proxyProtocol !== "optional") {
      const text = `proxyProtocol of the listener with port ${to} is ${proxyProtocol}; optional takes connections with a header and without`;
      return fault("proxyHeader", text);
    }
    const place = `${instance} ${to}`;
    if ((headers.get(place) ?? header) !== header)
      return fault("proxyHeader", `must be the same for all ports that lead to ${to}`);
    headers.set(place, header);
    return [];
  });
}

function checkInstance(config: DeploymentConfig, name: string): Fault[] {
  const { loadBalancers, instances, stores, sizes } = config;
  const served = new Set(Object.values(stores).flatMap(({ imap, pop3 }) => [imap && "imap", pop3 && "pop3"]));
  const instance = instances[name];
  const ports = (instance?.listeners ?? []).map(({ port }) => port);
  return (instance?.listeners ?? []).flatMap((listener, index) => {
    const { port, protocol, address, tls, proxyProtocol, trustedProxies } = listener;
    const path = ["instances", name, "listeners", index];
    const faults: Fault[] = [];
    const fault = (field: string, text: string) => faults.push({ path: [...path, field], text });
    const leading = Object.values(loadBalancers).filter(({ listeners }) =>
      listeners.some((outer) => outer.instance === name && outer.to === port),
    ).length;

    if (ports.indexOf(port) !== index) fault("port", `${port} is already used by another listener`);
    const isPrivileged = port < UNPRIVILEGED_FROM && sizeOf(sizes, name).capacity === "fargate";
    if (isPrivileged)
      fault(
        "port",
        `must be at least ${UNPRIVILEGED_FROM}: on Fargate a task that is not root can have no lower port`,
      );
    if (port < 1 || port >= LOCAL_PORTS_FROM) fault("port", `must be between 1 and ${LOCAL_PORTS_FROM - 1}`);
    else if (leading === 0) fault("port", "no load balancer forwards to this port");
    if (leading > TARGET_GROUPS_PER_SERVICE)
      fault("port", `${leading} load balancers forward here; at most ${TARGET_GROUPS_PER_SERVICE} can`);
    if (!served.has(protocol)) fault("protocol", `no entry in stores has ${protocol}`);
    if (!ANY_ADDRESSES.includes(address))
      fault("address", "must be :: or 0.0.0.0: each task has its own address");
    if (tls !== "none" && instance?.tls === undefined)
      fault("tls", `needs a certificate in instances.${name}.tls`);
    if (proxyProtocol === "none") return faults;
    if (proxyProtocol !== "v2" && proxyProtocol !== "optional")
      fault("proxyProtocol", "must be v2, optional or none: an NLB sends no other PROXY header");
    // The NLB sends it with the client's first bytes; on other ports the client waits for the server to speak.
    if (tls !== "implicit")
      fault("proxyProtocol", "needs tls: implicit: an NLB sends the header only once the client has spoken");
    if (trustedProxies.length === 0 && balancerNetworks(config, name, listener) === undefined)
      fault("proxyProtocol", "needs trustedProxies: the networks of the load balancer's subnets in this VPC");
    return faults;
  });
}
