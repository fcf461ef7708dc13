import { readFileSync, writeFileSync } from "node:fs";
import type { Logger } from "pino";

/** Whether Linux gives connections that wait at a closing listener to the other listeners of its port; by default it resets them. */
const SETTING = "/proc/sys/net/ipv4/tcp_migrate_req";

/**
 * Has the kernel keep connections that are being opened while one of several listeners of a port closes (Linux 5.14).
 * Turns the setting on where this process may, else warns.
 */
export function keepWaitingConnections(log: Logger): void {
  const name = "net.ipv4.tcp_migrate_req";
  try {
    if (readFileSync(SETTING, "utf8").trim() === "1") return;
    writeFileSync(SETTING, "1");
    log.info(`${name} turned on`);
  } catch (error) {
    const detail = (error as Error).message;
    log.warn({ detail }, `connections that are just being opened may be reset: set ${name} to 1`);
  }
}
