/**
 * Does for an edge what ECS's agent does with a container's health check: asks for the greeting again and again, as
 * `mmp health` does, and says how often in a row there was none. Settings as JSON in its first argument.
 */
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { ContainerCheck } from "./container-check-settings.ts";
import { speak } from "./json-process.ts";

const { address, port, intervalSeconds, timeoutSeconds } = JSON.parse(
  process.argv[2] ?? "{}",
) as ContainerCheck & { address: string; port: number };
const say = speak(() => {});

const isGreeted = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, address);
    const done = (greeted: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(greeted);
    };
    const timer = setTimeout(() => done(false), timeoutSeconds * 1000);
    socket.once("data", () => done(true));
    socket.once("error", () => done(false));
  });

for (let failures = 0; ; ) {
  failures = (await isGreeted()) ? 0 : failures + 1;
  say({ event: "checked", failures });
  await pause(intervalSeconds * 1000);
}
