import { execFileSync } from "node:child_process";

/** Which process serves a connection to these ports: its client's port to a process. */
export function servers(ports: readonly number[]): Map<number, number> {
  const filter = ports.map((port) => `sport = :${port}`).join(" or ");
  const list = execFileSync("ss", ["-tnpH", "state", "established", `( ${filter} )`], { encoding: "utf8" });
  return new Map(
    list.split("\n").flatMap((line) => {
      const [, port, pid] = /:(\d+)\s+users:\(\("[^"]*",pid=(\d+)/.exec(line) ?? [];
      return port === undefined ? [] : [[Number(port), Number(pid)] as const];
    }),
  );
}
