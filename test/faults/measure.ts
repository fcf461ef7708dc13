import { setTimeout as pause } from "node:timers/promises";
import type { Form } from "./form.ts";
import type { LoadEvent } from "./load/events.ts";
import type { Load } from "./load/load.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Scenario } from "./scenarios.ts";
import { servers } from "./servers.ts";
import type { Site } from "./site.ts";

const LOOK_MS = 20;
/** Events come when a login is over, but have the time when it began: no login takes longer. */
const LONGEST_MS = 120_000;

type Login = LoadEvent & { kind: "login" };

/** Resolves when all sessions are there and the last logins since then went well. */
export async function isNormal(load: Load, form: Form, since: number): Promise<void> {
  const deadline = performance.now() + form.normalMs;
  for (;;) {
    const recent = lastLogins(load.events, form.goodLogins, since);
    const isOld = [...load.underWay].some((at) => at < since);
    const isGood =
      !isOld && recent.length === form.goodLogins && recent.every(({ answer }) => answer === "ok");
    if (isGood && load.there.size === form.sessions) return;
    if (performance.now() > deadline) {
      const told = load.events.slice(-20).map((event) => JSON.stringify(event));
      throw new Error(`never normal: ${load.there.size} of ${form.sessions} sessions\n${told.join("\n")}`);
    }
    await pause(LOOK_MS);
  }
}

/** The last so many logins that began after a time; all events are too many to look through each time. */
function lastLogins(events: readonly LoadEvent[], count: number, since: number): Login[] {
  const found: Login[] = [];
  for (let at = events.length - 1; at >= 0 && found.length < count; at--) {
    const event = events[at];
    if (event?.kind === "login" && event.at >= since) found.push(event);
    else if (event !== undefined && event.at < since - LONGEST_MS) break;
  }
  return found;
}

/** Brings a fault under load, waits until all is normal again, and says what it cost. */
export async function measure(scenario: Scenario, site: Site, load: Load, form: Form): Promise<Outcome> {
  // Long enough to see how long logins take at the other store.
  const holdMs = form.holdMs * (scenario.logins === "store1" ? 3 : 1);
  const quiet = load.events.length;
  if (scenario.logins === "store1") await pause(holdMs);
  const first = load.events.length;
  const before = load.events.slice(quiet);
  const beganMs = performance.now();
  const there = load.there.size;
  const served = scenario.sessions === "worker" ? servers(site.proxy.ports) : new Map<string, number>();
  let killed = 0;
  const victim = (pid: number): void => {
    killed = pid;
  };
  await scenario.run(site, () => pause(holdMs), victim);
  const overMs = performance.now();
  await isNormal(load, form, overMs);
  const victims = new Set([...served].filter(([, pid]) => pid === killed).map(([client]) => client));
  const { sessions, logins } = scenario;
  return outcomeOf(load.events.slice(first), { sessions, logins, there, beganMs, overMs, victims }, before);
}
