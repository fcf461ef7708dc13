import { spawn } from "node:child_process";
import type { Logger } from "pino";

/**
 * Tells systemd that this process serves, and is the main process of its service: by `systemd-notify`, since no runtime
 * has datagram sockets of its kind. Does nothing where systemd does not wait for it (Type=notify).
 */
export function notifyReady(log: Logger): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const failed = (detail: string): void =>
    log.error({ detail }, "systemd not notified; it needs systemd-notify");
  const child = spawn("systemd-notify", ["--ready", `--pid=${process.pid}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  child.on("error", (error) => failed(error.message));
  child.on("exit", (code) => {
    if (code !== 0) failed(`systemd-notify ended with ${code}`);
  });
}
