import type { Logger } from "pino";
import type { EdgeOptions } from "../../edge-proxy/main.ts";
import { discardLogsDuring } from "./open-logs.ts";

/** Warms this process up for the edge that it is going to run, and logs that. Never rejects: a cold edge serves, too. */
export async function warmUpFor(options: EdgeOptions, log: Logger): Promise<void> {
  const { warmUpLogins: logins } = options.edge;
  if (logins === 0) return;
  const startMs = performance.now();
  const durationMs = (): number => Math.round(performance.now() - startMs);
  log.debug({ logins }, "warming up");
  try {
    const { warmUp } = await import("../../edge-proxy/warm-up/warm-up.ts");
    // The same log, since compiled code is of use only for objects with the same fields.
    await discardLogsDuring(() => warmUp(options, log));
    log.info({ logins, durationMs: durationMs() }, "warmed up");
  } catch (error) {
    const { message: detail } = error as Error;
    log.warn({ detail, durationMs: durationMs() }, "warm-up failed; the first logins will be slower");
  }
}
