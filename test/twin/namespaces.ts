import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Names of our namespaces begin so, and go on with the process that made them. */
const PREFIX = "mmp-twin-";

/** Why the twin cannot be had here; undefined where it can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  for (const tool of ["/usr/sbin/ip", "/usr/sbin/nft"]) if (!existsSync(tool)) return `${tool} is not here`;
  const probe = `${PREFIX}${process.pid}-probe`;
  try {
    ip("netns", "add", probe);
    run(
      "ip",
      "netns",
      "exec",
      probe,
      "nft",
      "add table ip probe { chain nat { type nat hook prerouting priority dstnat ; } ; }",
    );
    return undefined;
  } catch (error) {
    return `network namespaces cannot be made here: ${(error as Error).message.split("\n").slice(0, 2).join(" ")}`;
  } finally {
    if (existsSync(`/run/netns/${probe}`)) ip("netns", "del", probe);
  }
}

/** A machine of the twin: what runs in it sees only its own addresses and links. */
export interface Machine {
  name: string;
  namespace: string;
  /** The command line that runs a program there; it ends with whoever started it. */
  command(program: string, args: readonly string[]): [string, string[]];
  /** Runs a program there to its end; gives what it printed. */
  run(program: string, ...args: string[]): string;
  ip(...args: string[]): void;
  sysctl(...settings: string[]): void;
}

export function makeMachine(name: string): Machine {
  const namespace = `${PREFIX}${process.pid}-${name}`;
  const inside = ["netns", "exec", namespace];
  ip("netns", "add", namespace);
  ip("-n", namespace, "link", "set", "lo", "up");
  return {
    name,
    namespace,
    command: (program, args) => ["ip", [...inside, "setpriv", "--pdeathsig", "KILL", program, ...args]],
    run: (program, ...args) => run("ip", ...inside, program, ...args),
    ip: (...args) => ip("-n", namespace, ...args),
    sysctl: (...settings) => void run("ip", ...inside, "sysctl", "-q", "-w", ...settings),
  };
}

/** Joins two machines by a cable; each end has its name there. */
export const joinMachines = (one: Machine, oneEnd: string, other: Machine, otherEnd: string): void =>
  ip(
    ...["link", "add", oneEnd, "netns", one.namespace, "type", "veth"],
    ...["peer", "name", otherEnd, "netns", other.namespace],
  );

/** Removes the namespaces of this process, and of earlier ones that died. */
export function removeMachines(): void {
  const list = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
  for (const line of list.split("\n")) {
    const name = line.split(" ")[0] ?? "";
    if (!name.startsWith(PREFIX)) continue;
    const owner = Number(name.slice(PREFIX.length).split("-")[0]);
    if (owner === process.pid || !existsSync(`/proc/${owner}`)) ip("netns", "del", name);
  }
}

const ip = (...args: string[]): void => void run("ip", ...args);

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
