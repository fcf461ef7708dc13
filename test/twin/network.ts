import { joinMachines, type Machine, makeMachine } from "./namespaces.ts";

/** Addresses of the twin; they are in namespaces of our own, and nowhere else. */
export const ADDRESSES = {
  /** The balancer's, which clients connect to. */
  balancer: "10.77.0.1",
  client: "10.77.0.2",
  gateway: "10.77.1.1",
  routeApi: "10.77.1.50",
  stores: ["10.77.1.51", "10.77.1.52"],
} as const;

const hostAddress = (index: number): string => `10.77.1.${10 + index}`;
const PREFIX_BITS = 24;

/** A machine that edges run on, in an availability zone of its own. */
export interface Host {
  machine: Machine;
  address: string;
  /** Takes the zone's cables away, or brings them back. */
  link(state: "up" | "down"): void;
}

export interface Network {
  clients: Machine;
  balancer: Machine;
  /** Where route API, sync and stores are. */
  core: Machine;
  /** The next host: host1, host2, … */
  addHost(): Host;
}

/**
 * Clients on one side of the balancer; on its other side a switch with the core and the hosts. Hosts answer clients by way
 * of the balancer, as an NLB's targets do.
 */
export function makeNetwork(): Network {
  const clients = makeMachine("clients");
  const balancer = makeMachine("balancer");
  const core = makeMachine("core");
  const inPrefix = (address: string): string => `${address}/${PREFIX_BITS}`;

  joinMachines(balancer, "clients", clients, "eth0");
  balancer.ip("addr", "add", inPrefix(ADDRESSES.balancer), "dev", "clients");
  balancer.ip("link", "set", "clients", "up");
  configure(clients, [ADDRESSES.client], ADDRESSES.balancer);

  balancer.ip("link", "add", "switch", "type", "bridge");
  balancer.ip("addr", "add", inPrefix(ADDRESSES.gateway), "dev", "switch");
  balancer.ip("link", "set", "switch", "up");
  balancer.sysctl("net.ipv4.ip_forward=1");
  const plug = (machine: Machine, addresses: readonly string[]): void => {
    joinMachines(balancer, machine.name, machine, "eth0");
    balancer.ip("link", "set", machine.name, "master", "switch", "up");
    configure(machine, addresses, ADDRESSES.gateway);
  };
  plug(core, [ADDRESSES.routeApi, ...ADDRESSES.stores]);

  let hosts = 0;
  return {
    clients,
    balancer,
    core,
    addHost() {
      hosts++;
      const machine = makeMachine(`host${hosts}`);
      const address = hostAddress(hosts);
      plug(machine, [address]);
      return { machine, address, link: (state) => balancer.ip("link", "set", machine.name, state) };
    },
  };

  function configure(machine: Machine, addresses: readonly string[], gateway: string): void {
    for (const address of addresses) machine.ip("addr", "add", inPrefix(address), "dev", "eth0");
    machine.ip("link", "set", "eth0", "up");
    machine.ip("route", "add", "default", "via", gateway);
  }
}
