import { apiAddresses, type RouteApiAccess } from "../../api-client/addresses.ts";
import type { HoldsAnswer } from "../../api-client/answers.ts";
import { RouteClient } from "../../api-client/client.ts";
import { newCounters } from "../../api-client/counters.ts";
import type { Timers } from "../../timer-wheel.ts";
import type { Transport } from "../../transport/transport.ts";
import { type Recalled, readSnapshots, type SnapshotContext, type SnapshotOptions } from "./keeper.ts";

/** How long an edge that starts waits for the route API to say what is on hold, in seconds. */
const HOLDS_SECONDS = 2;

export interface RecallContext extends SnapshotContext {
  transport: Transport;
  timers: Timers;
}

/**
 * The routes of the snapshot, without those of accounts that are on hold now: a mailbox may be on its way to another
 * store. Where the API cannot say, they are all used: that is what the snapshot is for, and nobody can begin a move then.
 */
export async function recallRoutes(
  options: SnapshotOptions,
  api: RouteApiAccess,
  context: RecallContext,
): Promise<Recalled> {
  const recalled = await readSnapshots(options, context);
  const { routes, files } = recalled;
  if (routes.length === 0) return recalled;
  const answer = await askHolds(api, context);
  if (answer.is === "unavailable") {
    context.report({ is: "holds-unread", why: answer.detail });
    return recalled;
  }
  const held = new Set(answer.holds.accounts.map(({ uuid }) => uuid));
  return { routes: routes.filter(({ route }) => !held.has(route.uuid)), files };
}

async function askHolds(
  api: RouteApiAccess,
  { transport, timers, random }: RecallContext,
): Promise<HoldsAnswer> {
  const client = new RouteClient({
    transport,
    timers,
    addresses: apiAddresses(api),
    lookupSeconds: HOLDS_SECONDS,
    links: 1,
    depth: 1,
    attributes: [],
    circuitFailures: 1,
    circuitOpenSeconds: HOLDS_SECONDS,
    recoverySeconds: 0,
    counters: newCounters(),
    report: () => {},
    random,
  });
  const answer = await new Promise<HoldsAnswer>((answered) =>
    client.holds({ certain: true, deadlineMs: timers.nowMs + HOLDS_SECONDS * 1000, answered }),
  );
  client.close();
  return answer;
}
