import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const RETRY_MS = 20;
const LIMIT_MS = 20_000;

/** Resolves when something accepts connections on the port of 127.0.0.1. */
export async function accepting(port: number): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
    await pause(RETRY_MS);
  }
}

/** What `look` finds once it finds something; for what another program writes without telling. */
export async function eventually<T>(look: () => T | undefined, what: string): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`there never was ${what}`);
    await pause(RETRY_MS);
  }
}

/** The same, where looking takes time itself. */
export async function eventuallyAsync<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`there never was ${what}`);
    await pause(RETRY_MS);
  }
}
