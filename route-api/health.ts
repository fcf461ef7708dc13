import { Hono } from "hono";
import type { Health } from "./contract.ts";
import type { RouteStore } from "./store/store.ts";

/** How long a probe may wait for the route store, in milliseconds. */
const READY_TIMEOUT_MS = 2000;

/** `/livez`: the process runs. `/readyz`: the route store answers. */
export function healthRoutes(store: Pick<RouteStore, "ready">) {
  return new Hono()
    .get("/livez", (c) => c.json({ status: "ok" } satisfies Health))
    .get("/readyz", async (c) => {
      try {
        await withTimeout(store.ready(), READY_TIMEOUT_MS);
        return c.json({ status: "ok" } satisfies Health);
      } catch (error) {
        return c.json({ status: "unavailable", detail: (error as Error).message } satisfies Health, 503);
      }
    });
}

async function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the route store did not answer in ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
