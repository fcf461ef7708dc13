import { makeFolder } from "../support/workspace.ts";
import type { BalancerSettings } from "./balancer/settings.ts";
import { LOGINS, writeConfigurations } from "./configuration.ts";
import type { ContainerCheck } from "./container-check-settings.ts";
import { type RunningEdge, register, startEdge } from "./edges.ts";
import { type JsonProcess, startOn } from "./json-process.ts";
import type { LoadSettings } from "./load/settings.ts";
import { removeMachines } from "./namespaces.ts";
import { ADDRESSES, type Host, makeNetwork, type Network } from "./network.ts";
import { STORE_PORT } from "./store-port.ts";

/** As the deployment's, with times that a test can wait for. */
export const BALANCER: BalancerSettings = {
  address: ADDRESSES.balancer,
  groups: [
    { name: "imap", port: 143, mode: "preserve", checkWithHeader: false },
    { name: "imaps", port: 993, mode: "proxy", checkWithHeader: true },
    { name: "imaps-bare-check", port: 1993, mode: "proxy", checkWithHeader: false },
    { name: "wrong", port: 1143, mode: "proxy", checkWithHeader: true },
    { name: "quiet", port: 2143, mode: "preserve", checkWithHeader: false },
  ],
  checkMs: 250,
  checkLimitMs: 500,
  threshold: 2,
  propagationMs: 400,
  drainMs: 1000,
  idleSeconds: 8,
};

const LOAD: LoadSettings = {
  doors: [
    { host: ADDRESSES.balancer, port: 143, tls: false },
    { host: ADDRESSES.balancer, port: 993, tls: true },
  ],
  users: LOGINS,
  sessions: 30,
  pollMs: 300,
  // Longer than the balancer remembers: only keep-alive holds such a session.
  idleMs: 11_000,
  loginMs: 40,
  answerMs: 4000,
  limitMs: 240_000,
};

/** Sessions of the load that stay. */
export const STAYING = LOAD.sessions * LOAD.doors.length;

/** The whole deployment in network namespaces: balancer, hosts with two edges each, route API, sync, stores. */
export interface Twin {
  network: Network;
  balancer: JsonProcess;
  hosts: Host[];
  /** The edges that run. */
  edges: RunningEdge[];
  /** Starts an edge that is not yet behind the balancer. */
  newEdge(host: Host): Promise<RunningEdge>;
  /** A host with two edges, behind the balancer. */
  newHost(): Promise<Host>;
  /** Clients; `change` are settings other than usual. */
  startLoad(change?: Partial<LoadSettings>): JsonProcess;
  /** What watches an edge as ECS does, as often as `check` says. */
  watchContainer(edge: RunningEdge, check: ContainerCheck): JsonProcess;
  /** A client of its own at a port of the balancer. */
  client(port: number): JsonProcess;
  /** A mail store on a host, behind the group `quiet`: it never sends keep-alives. */
  quietStore(host: Host): Promise<void>;
  /** Ends everything that was started, and removes the namespaces. */
  remove(): Promise<void>;
}

/** Starts it; `change` are settings of the balancer other than usual. */
export async function startTwin(change: Partial<BalancerSettings> = {}): Promise<Twin> {
  removeMachines();
  const folder = makeFolder("twin");
  const processes: JsonProcess[] = [];
  const started = (child: JsonProcess): JsonProcess => {
    processes.push(child);
    return child;
  };
  const atExit = (): void => removeMachines();
  process.once("exit", atExit);
  const remove = async (): Promise<void> => {
    await Promise.all(processes.map((child) => child.stop("SIGKILL")));
    removeMachines();
    process.off("exit", atExit);
    folder.remove();
  };

  try {
    const network = makeNetwork();
    const configOf = await writeConfigurations(folder.path);
    const node = (file: string, argument: string) => ["node", [`test/twin/${file}`, argument]] as const;
    const { core } = network;
    const stores = ADDRESSES.stores.map((address) => started(startOn(core, ...node("store.ts", address))));
    const config = configOf("core");
    const sync = started(startOn(core, "bun", ["bin/mmp.ts", "sync", "--config", config]));
    const balancer = started(
      startOn(network.balancer, ...node("balancer.ts", JSON.stringify({ ...BALANCER, ...change }))),
    );
    await sync.hear("that it read the directory", ({ msg }) => msg === "full read complete");
    const api = started(startOn(core, "bun", ["bin/mmp.ts", "route-api", "--config", config]));
    await api.hear("that it listens", ({ msg }) => msg === "listening");
    for (const child of [...stores, balancer])
      await child.hear("that it listens", ({ event }) => event === "listening");

    const generations = new Map<Host, number>();
    const twin: Twin = {
      network,
      balancer,
      hosts: [],
      edges: [],
      async newEdge(host) {
        const generation = (generations.get(host) ?? 0) + 1;
        generations.set(host, generation);
        const name = `${host.machine.name}-${generation}`;
        const edge = await startEdge(name, host, configOf(name));
        started(edge.process);
        twin.edges.push(edge);
        return edge;
      },
      async newHost() {
        const host = network.addHost();
        twin.hosts.push(host);
        for (let index = 0; index < EDGES_A_HOST; index++) await register(balancer, await twin.newEdge(host));
        return host;
      },
      startLoad: (change) =>
        started(startOn(network.clients, ...node("load/main.ts", JSON.stringify({ ...LOAD, ...change })))),
      watchContainer({ host, targets }, { intervalSeconds, timeoutSeconds }) {
        const target = targets.find(({ group }) => group === "imap")?.target;
        const settings = JSON.stringify({ ...target, intervalSeconds, timeoutSeconds });
        return started(startOn(host.machine, ...node("container-check.ts", settings)));
      },
      client: (port) => {
        const door = { host: ADDRESSES.balancer, port, tls: false };
        return started(startOn(network.clients, ...node("one-client.ts", JSON.stringify(door))));
      },
      async quietStore(host) {
        const store = started(startOn(host.machine, ...node("store.ts", host.address)));
        await store.hear("that it listens", ({ event }) => event === "listening");
        const target = { address: host.address, port: STORE_PORT };
        balancer.tell({ do: "register", group: "quiet", target });
        await balancer.hear(
          "that the quiet store is well",
          ({ group, state }) => group === "quiet" && state === "healthy",
        );
      },
      remove,
    };
    for (let index = 0; index < FIRST_HOSTS; index++) await twin.newHost();
    return twin;
  } catch (error) {
    await remove();
    throw error;
  }
}

const FIRST_HOSTS = 2;
const EDGES_A_HOST = 2;
