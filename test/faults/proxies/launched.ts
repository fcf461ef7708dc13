import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { processTree } from "../../support/process-tree.ts";
import { accepting, eventually } from "../../support/wait.ts";
import { freePort, PROJECT } from "../../support/workspace.ts";
import type { MailProxy } from "./proxy.ts";

/** How to run a proxy, and to have it read its file again. */
export interface Launch {
  name: string;
  logFile: string;
  /** More in its environment. */
  environment?: Record<string, string>;
  command(ports: { plain: number; tls: number }): readonly [string, ...string[]];
  /** Writes its configuration, right or with a mistake. */
  write(ports: { plain: number; tls: number }, isRight: boolean): void;
  /** Of all that it started, what serves clients. */
  workers?(pids: number[]): number[];
  /** What its log says when it has refused or taken a configuration. */
  refused: RegExp;
  taken: RegExp;
}

/** A proxy whose log is a file, on two free ports. */
export async function launched(launch: Launch): Promise<MailProxy> {
  const { name, logFile } = launch;
  const ports = { plain: await freePort(), tls: await freePort() };
  let pid = 0;
  let exited: Promise<unknown> = Promise.resolve();
  const log = (): string => readFileSync(logFile, "utf8");
  const read = async (isRight: boolean, told: RegExp): Promise<void> => {
    const before = log().length;
    launch.write(ports, isRight);
    process.kill(pid, "SIGHUP");
    await eventually(() => told.exec(log().slice(before)) ?? undefined, `${name} telling ${told}`);
  };
  return {
    name,
    ports: [ports.plain, ports.tls],
    doors: [
      { host: "127.0.0.1", port: ports.plain, tls: false },
      { host: "127.0.0.1", port: ports.tls, tls: true },
    ],
    async start() {
      launch.write(ports, true);
      const output = openSync(logFile, "a");
      const [program, ...args] = launch.command(ports);
      const child = spawn(program, args, {
        cwd: PROJECT,
        env: {
          ...process.env,
          PATH: `${PROJECT}/node_modules/.bin:${process.env.PATH}`,
          NO_COLOR: "1",
          ...launch.environment,
        },
        stdio: ["ignore", output, output],
      });
      closeSync(output);
      pid = child.pid ?? 0;
      exited = once(child, "exit");
      await Promise.all([accepting(ports.plain), accepting(ports.tls)]);
    },
    pid: () => pid,
    workers() {
      const started = processTree(pid).slice(1);
      return launch.workers?.(started) ?? started;
    },
    exited: () => exited,
    readMistake: () => read(false, launch.refused),
    readRight: () => read(true, launch.taken),
  };
}
