import { setTimeout as pause } from "node:timers/promises";
import { Kicked } from "../../../route-api/contract/kicks.ts";
import { EXIT, Failure } from "../../failure.ts";
import type { SupportApi } from "../support/api.ts";

/** Between two kicks, in milliseconds. */
const PAUSE_MS = 300;

/**
 * Kicks the user until every edge has said that it has no session of the user, and no login in progress; returns how many
 * were ended. Rejects with a Failure if that does not come true within `seconds`, or with the reason of `signal`.
 */
export async function endSessions(
  api: SupportApi,
  login: string,
  why: string,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  const untilMs = performance.now() + seconds * 1000;
  const path = `/v1/users/${encodeURIComponent(login)}/kick`;
  let ended = 0;
  for (;;) {
    let left: string;
    try {
      const { kicked, edges } = await api.send("POST", path, { why }, Kicked);
      ended += kicked;
      if (kicked === 0 && edges.silent.length === 0) return ended;
      left =
        edges.silent.length > 0
          ? `no answer from ${edges.silent.join(", ")}; an edge that is gone is off the list after five minutes`
          : "the user still has sessions";
    } catch (error) {
      // An answer is final; an API that is away may come back.
      if (!(error instanceof Failure) || error.exitCode === EXIT.failure) throw error;
      left = error.message;
    }
    signal.throwIfAborted();
    if (performance.now() > untilMs) throw new Failure(left);
    await pause(PAUSE_MS);
  }
}
