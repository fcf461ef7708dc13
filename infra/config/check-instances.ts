import type { Fault } from "../../bin/config/mistakes.ts";
import { TARGET_GROUPS_PER_SERVICE } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";

/** First port that a task's own connections to stores use. */
export const LOCAL_PORTS_FROM = 10_240;

/** Checks that load balancers and instances fit each other, and that an NLB can do what they ask. */
export const checkInstances = (config: DeploymentConfig): Fault[] => [
  ...Object.keys(config.loadBalancers).flatMap((name) => checkBalancer(config, name)),
  ...Object.keys(config.instances).flatMap((name) => checkInstance(config, name)),
];

function checkBalancer({ loadBalancers, instances }: DeploymentConfig, name: string): Fault[] {
  const seen = new Set<number>();
  return (loadBalancers[name]?.listeners ?? []).flatMap(({ port, instance, to }, index) => {
    const path = ["loadBalancers", name, "listeners", index];
    const faults: Fault[] = [];
    if (seen.has(port))
      faults.push({ path: [...path, "port"], text: `${port} is already used by another listener` });
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

    if (ports.indexOf(port) !== index) fault("port", `${port} is already used by another listener`);
    if (port < 1 || port >= LOCAL_PORTS_FROM) fault("port", `must be between 1 and ${LOCAL_PORTS_FROM - 1}`);
    else if (leading === 0) fault("port", "no load balancer forwards to this port");
    if (leading > TARGET_GROUPS_PER_SERVICE)
      fault(
        "port",
        `${leading} load balancer listeners forward here; at most ${TARGET_GROUPS_PER_SERVICE} can`,
      );
    if (!served.has(protocol)) fault("protocol", `no entry in stores has ${protocol}`);
    if (address !== "0.0.0.0") fault("address", "must be 0.0.0.0: each task has its own address");
    if (tls !== "none" && instance?.tls === undefined)
      fault("tls", `needs a certificate in instances.${name}.tls`);
    if (proxyProtocol !== "none") {
      if (proxyProtocol !== "v2")
        fault("proxyProtocol", "must be v2 or none: an NLB sends no other PROXY header");
      // The NLB sends it with the client's first bytes; on other ports the client waits for the server to speak.
      if (tls !== "implicit")
        fault(
          "proxyProtocol",
          "needs tls: implicit: an NLB sends the header only once the client has spoken",
        );
    }
    return faults;
  });
}
