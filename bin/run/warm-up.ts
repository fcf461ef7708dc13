import type { Logger } from "pino";
import type { EdgeOptions } from "../../edge-proxy/main.ts";
import { unwrittenLog } from "./logger.ts";

/** Warms this process up for the edge that it is going to run, and logs that. Never rejects: a cold edge serves, too. */
export async function warmUpFor(options: EdgeOptions, log: Logger): Promise<void> {
  const { warmUpLogins: logins } = options.edge;
  if (logins === 0) return;
  const startMs = performance.now();
  const seconds = (): number => Math.round(performance.now() - startMs) / 1000;
  try {
    const { warmUp } = await import("../../edge-proxy/warm-up/warm-up.ts");
    await warmUp(options, unwrittenLog(log.level));
    log.info({ logins, seconds: seconds() }, "warmed up");
  } catch (error) {
    log.warn(
      { detail: (error as Error).message, seconds: seconds() },
      "warm-up failed; the first logins will be slower",
    );
  }
}
