import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "./child.ts";
import { accepting } from "./wait.ts";
import { freePort, makeFolder } from "./workspace.ts";

/** A pipe through HAProxy: how it is entered, and how it goes on. */
export interface Pipe {
  /** Behind `bind address:port`. */
  bind?: string;
  toPort: number;
  /** Behind `server s address:port`. */
  server?: string;
}

/** A real HAProxy in TCP mode, with a free port for each pipe. */
export async function startHaproxy(pipes: Pipe[]): Promise<{ ports: number[]; remove(): Promise<void> }> {
  const folder = makeFolder("haproxy");
  const ports: number[] = [];
  for (const _pipe of pipes) ports.push(await freePort());
  const sections = pipes.map(
    ({ bind = "", toPort, server = "" }, index) =>
      `listen pipe${index}
  bind 127.0.0.1:${ports[index]} ${bind}
  server s 127.0.0.1:${toPort} ${server}
`,
  );
  const file = join(folder.path, "haproxy.cfg");
  writeFileSync(
    file,
    `global
  maxconn 1000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
${sections.join("")}`,
  );
  const child = start("/usr/sbin/haproxy", ["-db", "-f", file]);
  await Promise.race([
    Promise.all(ports.map(accepting)),
    child.exited.then((code) => {
      throw new Error(`haproxy ended with ${code}: ${child.lines.join("\n")}`);
    }),
  ]);
  return {
    ports,
    async remove() {
      await child.stop();
      folder.remove();
    },
  };
}
