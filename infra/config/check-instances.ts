import type { Fault } from "../../bin/config/checks/files.ts";
import { TARGET_GROUPS_PER_SERVICE } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Ports from here on are those that a task's connections to stores come from. */
export const LOCAL_PORTS_FROM = 10_240;

/** Checks that load balancers and instances fit each other, and what an NLB can do. */
export const checkInstances = (config: DeploymentConfig): Fault[] => [
  ...Object.keys(config.loadBalancers).flatMap((name) => checkBalancer(config, name)),
  ...Object.keys(config.instances).flatMap((name) => checkInstance(config, name)),
];

function checkBalancer({ loadBalancers, instances }: DeploymentConfig, name: string): Fault[] {
  const seen = new Set<number>();
  return (loadBalancers[name]?.listeners ?? []).flatMap(({ port, instance, to }, index) => {
    const path = ["loadBalancers", name, "listeners", index];
    const faults: Fault[] = [];
    if (seen.has(port)) faults.push({ path: [...path, "port"], text: `${port} is taken already` });
    seen.add(port);
    const listeners = instances[instance]?.listeners;
    if (listeners === undefined) {
      const names = Object.keys(instances).join(", ");
      faults.push({
        path: [...path, "instance"],
        text: `there is no instance ${instance}; there are: ${names}`,
      });
    } else if (!listeners.some((listener) => listener.port === to)) {
      faults.push({ path: [...path, "to"], text: `instances.${instance} has no listener with port ${to}` });
    }
    return faults;
  });
}

function checkInstance({ loadBalancers, instances, stores }: DeploymentConfig, name: string): Fault[] {
  const served = new Set(Object.values(stores).flatMap(({ imap, pop3 }) => [imap && "imap", pop3 && "pop3"]));
  const instance = instances[name];
  const ports = (instance?.listeners ?? []).map(({ port }) => port);
  return (instance?.listeners ?? []).flatMap(({ port, protocol, address, tls, proxyProtocol }, index) => {
    const path = ["instances", name, "listeners", index];
    const faults: Fault[] = [];
    const fault = (field: string, text: string) => faults.push({ path: [...path, field], text });
    const leading = Object.values(loadBalancers)
      .flatMap(({ listeners }) => listeners)
      .filter((outer) => outer.instance === name && outer.to === port).length;

    if (ports.indexOf(port) !== index) fault("port", `${port} is taken by another listener`);
    if (port < 1 || port >= LOCAL_PORTS_FROM) fault("port", `must be between 1 and ${LOCAL_PORTS_FROM - 1}`);
    else if (leading === 0) fault("port", "no load balancer leads here");
    if (leading > TARGET_GROUPS_PER_SERVICE)
      fault("port", `${leading} load balancers lead here, ${TARGET_GROUPS_PER_SERVICE} can`);
    if (!served.has(protocol)) fault("protocol", `no entry of stores serves ${protocol}`);
    if (address !== "0.0.0.0") fault("address", "must be 0.0.0.0: a task has an address of its own");
    if (tls !== "none" && instance?.tls === undefined)
      fault("tls", `needs a certificate in instances.${name}.tls`);
    if (proxyProtocol !== "none") {
      if (proxyProtocol !== "v2") fault("proxyProtocol", "must be v2 or none: an NLB sends no other header");
      // It sends the header with the client's first bytes, and on other ports the client waits for the server's.
      if (tls !== "implicit")
        fault("proxyProtocol", "needs tls: implicit: an NLB's header waits for the client to speak first");
    }
    return faults;
  });
}
