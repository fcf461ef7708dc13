import { closeSync, openSync, readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { InstanceConfig } from "../../edge-proxy/config/instance.ts";

/** Descriptors of a session: of the client's connection, and of the store's. */
const PER_SESSION = 2;
/** Of listeners, the route API, files and the runtime itself. */
const OTHERS = 200;
/** How often it is checked that there are descriptors left, in milliseconds. */
const LOOK_MS = 1000;

let exhaustions = 0;

/** How often this process has run out of file descriptors. */
export const descriptorExhaustions = (): number => exhaustions;

/**
 * Warns if this process may not open as many files as `limits.connections` needs, and logs when it has run out of them:
 * the runtimes tell nobody that connections wait.
 */
export function watchDescriptors(log: Logger, instances: Readonly<Record<string, InstanceConfig>>): void {
  const connections = Object.values(instances).reduce((sum, { limits }) => sum + limits.connections, 0);
  const needed = connections * PER_SESSION + OTHERS;
  const limit = descriptorLimit();
  if (limit !== undefined && limit < needed)
    log.warn(
      { limit, needed },
      "file descriptor limit too low for limits.connections; raise it (LimitNOFILE=, ulimit -n)",
    );
  let isOut = false;
  const look = (): void => {
    const before = isOut;
    isOut = !canOpen();
    if (isOut === before) return;
    if (!isOut) return log.info("file descriptors available again");
    exhaustions++;
    log.error({ limit }, "out of file descriptors; new connections wait, and logins fail");
  };
  setInterval(look, LOOK_MS).unref();
}

function canOpen(): boolean {
  try {
    closeSync(openSync("/dev/null", "r"));
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return code !== "EMFILE" && code !== "ENFILE";
  }
}

/** How many files this process may have open; undefined where the system does not say. */
function descriptorLimit(): number | undefined {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
