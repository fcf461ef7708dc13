import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { killTree, signal } from "../support/process-tree.ts";
import { eventuallyAsync } from "../support/wait.ts";
import { liftDescriptors, limitDescriptors, limitMemory } from "./limits.ts";
import type { Trouble } from "./link.ts";
import { openUnread } from "./load/unread.ts";
import { dropPackets, restoreNetwork } from "./network.ts";
import { moves, PASSWORD, type Site, type Table } from "./site.ts";

/** Whose sessions or logins a fault may cost. */
export type Toll = "nobody" | "store1" | "worker" | "strangers" | "everybody";

/** What does the same work. nginx asks its auth server where the edge asks the route API; Dovecot has a file. */
export type Peer = "nginx" | "dovecot";

export interface Scenario {
  /** As in the table of docs/reliability.md. */
  fault: string;
  /** Whose sessions may end, and whose logins may fail. */
  sessions: Toll;
  logins: Toll;
  /** Where it makes sense besides the edge. */
  peers: readonly Peer[];
  /** Where the short form has it as well. */
  isShort: boolean;
  table?: Table;
  /** Brings the fault, holds it for a time, and takes it away; `victim` is told of a process that is killed. */
  run(site: Site, hold: () => Promise<void>, victim: (pid: number) => void): Promise<void>;
}

const BOTH = ["nginx", "dovecot"] as const;
/** What the route API answers, whatever it is asked. */
const SERVER_ERROR = Buffer.from("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
const RUBBISH = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 151 + 7) % 256));
const MIB = 1024 * 1024;

/** Troubles these links for a time. */
const troubling =
  (names: readonly (keyof Site["links"])[], trouble: Trouble): Scenario["run"] =>
  ({ links }, hold) =>
    during(
      () => names.map((name) => links[name].trouble(trouble)),
      hold,
      () => names.map((name) => links[name].trouble({})),
    );

export const SCENARIOS: readonly Scenario[] = [
  {
    fault: "kill -9 of the route API",
    sessions: "nobody",
    logins: "strangers",
    peers: ["nginx"],
    isShort: true,
    async run({ api }, hold) {
      await api.kill();
      await hold();
      await api.start();
    },
  },
  {
    fault: "the route API answers 500",
    sessions: "nobody",
    logins: "strangers",
    peers: ["nginx"],
    isShort: true,
    run: troubling(["api"], { answer: SERVER_ERROR }),
  },
  {
    fault: "the route API answers rubbish",
    sessions: "nobody",
    logins: "strangers",
    peers: ["nginx"],
    isShort: false,
    run: troubling(["api"], { answer: RUBBISH }),
  },
  {
    fault: "the route API answers one second late",
    sessions: "nobody",
    logins: "strangers",
    peers: ["nginx"],
    isShort: false,
    run: troubling(["api"], { delayMs: 500 }),
  },
  {
    fault: "the route API sends half of each answer",
    sessions: "nobody",
    logins: "strangers",
    peers: ["nginx"],
    isShort: true,
    run: troubling(["api"], { halves: true }),
  },
  {
    fault: "kill -9 of the table",
    sessions: "nobody",
    logins: "strangers",
    peers: [],
    isShort: true,
    async run({ table }, hold) {
      await table.kill();
      await hold();
      await table.start();
    },
  },
  {
    fault: "the table is throttled to 2 KiB a second",
    sessions: "nobody",
    logins: "strangers",
    peers: [],
    isShort: false,
    run: troubling(["table"], { bytesPerSecond: 2048 }),
  },
  {
    fault: "the connections to the table are cut in each answer",
    sessions: "nobody",
    logins: "strangers",
    peers: [],
    isShort: false,
    run: troubling(["table"], { halves: true }),
  },
  {
    fault: "kill -9 of the directory",
    sessions: "nobody",
    logins: "nobody",
    peers: [],
    isShort: true,
    async run({ slapd }, hold) {
      await slapd.stop("SIGKILL");
      await hold();
      await slapd.start();
    },
  },
  {
    fault: "kill -9 of the sync, amid its work",
    sessions: "nobody",
    logins: "nobody",
    peers: [],
    isShort: false,
    async run(site, hold) {
      const { sync, users } = site;
      const changes = change(site, moves(users.movers, "store2"));
      await arrived(site, users.movers.length / 4, "store2");
      await sync.kill();
      await changes;
      await hold();
      await sync.start();
      await arrived(site, users.movers.length, "store2");
    },
  },
  {
    fault: "kill -9 of one store",
    sessions: "store1",
    logins: "store1",
    peers: BOTH,
    isShort: true,
    async run({ stores: { store1 } }, hold) {
      await store1.kill();
      await hold();
      await store1.restart();
    },
  },
  {
    fault: "one store accepts and never speaks",
    sessions: "nobody",
    logins: "store1",
    peers: BOTH,
    isShort: true,
    run: troubling(["store1"], { silent: true }),
  },
  {
    fault: "one store is cut off: all of its packets are lost",
    sessions: "nobody",
    logins: "store1",
    peers: BOTH,
    isShort: true,
    run: ({ links: { store1 } }, hold) => during(() => dropPackets([store1.port], 100), hold, restoreNetwork),
  },
  {
    fault: "the route API is cut off: all of its packets are lost",
    sessions: "nobody",
    logins: "strangers",
    peers: ["nginx"],
    isShort: false,
    run: ({ links: { api } }, hold) => during(() => dropPackets([api.port], 100), hold, restoreNetwork),
  },
  {
    fault: "one packet in 20 is lost, between all parts",
    sessions: "nobody",
    logins: "nobody",
    peers: BOTH,
    isShort: false,
    run: ({ proxy, links }, hold) =>
      during(
        () => dropPackets([...proxy.ports, ...Object.values(links).map(({ port }) => port)], 5),
        hold,
        restoreNetwork,
      ),
  },
  {
    fault: "100 ms of delay to stores and route API",
    sessions: "nobody",
    logins: "nobody",
    peers: BOTH,
    isShort: false,
    run: troubling(["api", "store1", "store2"], { delayMs: 100 }),
  },
  {
    fault: "kill -9 of one worker",
    sessions: "worker",
    logins: "everybody",
    peers: BOTH,
    isShort: true,
    async run({ proxy }, hold, victim) {
      const [pid = 0] = proxy.workers();
      victim(pid);
      signal(pid, "SIGKILL");
      await hold();
    },
  },
  {
    fault: "no descriptor left in any worker",
    sessions: "nobody",
    logins: "everybody",
    peers: ["nginx"],
    isShort: true,
    run: ({ proxy }, hold) =>
      during(
        () => limitDescriptors(proxy.workers()),
        hold,
        () => liftDescriptors(proxy.workers()),
      ),
  },
  {
    fault: "the log's disk is full",
    sessions: "nobody",
    logins: "nobody",
    peers: BOTH,
    isShort: true,
    run: ({ disk }, hold) =>
      during(
        () => disk.fill(),
        hold,
        () => disk.free(),
      ),
  },
  {
    fault: "memory for 128 MiB more, and 200 clients that do not read",
    sessions: "nobody",
    logins: "nobody",
    peers: [],
    isShort: false,
    async run({ proxy, users }, hold) {
      const memory = limitMemory([proxy.pid(), ...proxy.workers()], 128 * MIB);
      const unread = await openUnread(proxy.doors, users.visitors, PASSWORD, 200);
      await hold();
      for (const close of unread) close();
      memory.lift();
    },
  },
  {
    fault: "SIGHUP, with a mistake in the configuration",
    sessions: "nobody",
    logins: "nobody",
    peers: BOTH,
    isShort: true,
    async run({ proxy }, hold) {
      await proxy.readMistake();
      await hold();
      await proxy.readRight();
    },
  },
  {
    fault: "SIGTERM: a drain, and a start after it",
    sessions: "everybody",
    logins: "everybody",
    peers: BOTH,
    isShort: true,
    async run({ proxy }) {
      signal(proxy.pid(), "SIGTERM");
      await proxy.exited();
      await proxy.start();
    },
  },
  {
    fault: "kill -9 of the process that watches the workers, and a start",
    sessions: "everybody",
    logins: "everybody",
    peers: BOTH,
    isShort: true,
    async run({ proxy }, hold) {
      const workers = proxy.workers();
      signal(proxy.pid(), "SIGKILL");
      await hold();
      // Whoever starts it again ends what is left, as systemd does with a control group.
      for (const pid of workers) killTree(pid);
      await proxy.start();
    },
  },
  {
    fault: "the clock of edge, route API and sync jumps 20 hours ahead, and back",
    sessions: "nobody",
    logins: "nobody",
    peers: [],
    isShort: false,
    table: "sqlite",
    async run(site, hold) {
      for (const [hours, store] of [
        [20, "store2"],
        [0, "store1"],
      ] as const) {
        site.clock.jump(hours * 3600);
        await change(site, moves(site.users.movers, store));
        await arrived(site, site.users.movers.length, store);
        await hold();
      }
    },
  },
  {
    fault: "the disk under SQLite is full",
    sessions: "nobody",
    logins: "nobody",
    peers: [],
    isShort: false,
    table: "sqlite",
    async run(site, hold) {
      site.disk.fill();
      await change(site, moves(site.users.movers, "store2"));
      await hold();
      site.disk.free();
      await arrived(site, site.users.movers.length, "store2");
    },
  },
];

async function during(begin: () => unknown, hold: () => Promise<void>, end: () => unknown): Promise<void> {
  begin();
  await hold();
  end();
}

/** Makes changes in the directory; resolves when it has taken them. */
async function change({ slapd }: Site, ldif: string): Promise<void> {
  const args = ["-x", "-H", slapd.url, "-D", slapd.bindDn, "-w", slapd.bindPassword];
  const child = spawn("ldapmodify", args, { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(ldif);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`ldapmodify ended with ${code}`);
}

const LOOK_MS = 50;

/** Resolves when the API names this store for the first so many of the users that move. */
async function arrived(site: Site, count: number, store: string): Promise<void> {
  for (const { login } of site.users.movers.slice(0, count))
    await eventuallyAsync(async () => {
      if ((await site.storeOf(login).catch(() => undefined)) === store) return true;
      await pause(LOOK_MS);
      return undefined;
    }, `${store} for ${login}`);
}
