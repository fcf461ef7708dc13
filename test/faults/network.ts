import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/** Set in the process that runs in a network of its own. */
const INSIDE = "MMP_FAULTS_INSIDE";

/** True in a network of its own, where packets may be dropped. */
export const isInside = (): boolean => process.env[INSIDE] !== undefined;

/** Why there can be no such network here; undefined where there can. */
export function networkObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "a network of its own needs root";
  const probe = "nft add table inet probe && nft delete table inet probe && mount -t tmpfs tmpfs /mnt";
  const { status, stderr } = spawnSync("unshare", ["--net", "--mount", "sh", "-c", probe], {
    encoding: "utf8",
    env: { ...process.env, PATH: `/usr/sbin:${process.env.PATH}` },
  });
  return status === 0 ? undefined : `a network of its own cannot be made here: ${stderr.split("\n")[0]}`;
}

/** Runs this program again in a network of its own; resolves with its exit code. */
export async function runInside(): Promise<number> {
  const command = `ip link set lo up && exec "$@"`;
  const child = spawn(
    "unshare",
    ["--net", "sh", "-c", command, "sh", process.execPath, ...process.argv.slice(1)],
    { stdio: "inherit", env: { ...process.env, [INSIDE]: "1" } },
  );
  const [code] = await once(child, "exit");
  return (code as number | null) ?? 1;
}

const nft = (rules: string): void =>
  void execFileSync("/usr/sbin/nft", ["-f", "-"], { input: rules, stdio: ["pipe", "ignore", "pipe"] });

/** Drops of the packets from and to these ports so many in a hundred, until `restoreNetwork`. */
export function dropPackets(ports: readonly number[], percent: number): void {
  const set = `{ ${ports.join(", ")} }`;
  const some = percent >= 100 ? "" : `numgen random mod 100 < ${percent}`;
  nft(`
    table inet faults {
      chain input {
        type filter hook input priority 0;
        tcp dport ${set} ${some} drop
        tcp sport ${set} ${some} drop
      }
    }`);
}

export const restoreNetwork = (): void => nft("delete table inet faults");
