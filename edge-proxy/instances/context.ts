import type { Logger } from "pino";
import type { SessionRegistry } from "../observe/session-registry.ts";
import type { RoutingContext } from "../routing/routing.ts";
import type { HeldBytes } from "../session/held-bytes.ts";
import type { TimerWheel } from "../timer-wheel.ts";

/** What all instances of a process share. */
export interface InstanceContext extends Omit<RoutingContext, "timers"> {
  wheel: TimerWheel;
  relayBudget: HeldBytes;
  loginBudget: HeldBytes;
  sessions: SessionRegistry;
  log: Logger;
}
