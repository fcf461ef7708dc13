import { execFileSync } from "node:child_process";

/** Which process serves a connection to these ports: its client's address and port to a process. */
export function servers(ports: readonly number[]): Map<string, number> {
  const filter = ports.map((port) => `sport = :${port}`).join(" or ");
  const list = execFileSync("ss", ["-tnpH", "state", "established", `( ${filter} )`], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return new Map(
    list.split("\n").flatMap((line) => {
      const [, client, pid] = /(\S+:\d+)\s+users:\(\("[^"]*",pid=(\d+)/.exec(line) ?? [];
      return client === undefined ? [] : [[client, Number(pid)] as const];
    }),
  );
}
