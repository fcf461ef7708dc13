import type { Logger } from "pino";
import type { PenaltyAnnouncement } from "../../route-api/contract/penalties.ts";
import type { Exchange } from "../guard/exchange.ts";
import type { Kicks } from "../guard/kicks.ts";
import type { StoreGuard } from "../guard/store-guard.ts";
import type { KeptLogins } from "../observe/kept-logins.ts";
import type { LoginCounts } from "../observe/login-counts.ts";
import type { EdgeMetrics } from "../observe/metrics/edge-metrics.ts";
import type { SessionHistory } from "../observe/session-history.ts";
import type { SessionRegistry } from "../observe/session-registry.ts";
import type { Traces } from "../observe/traces/traces.ts";
import type { RoutingContext } from "../routing/routing.ts";
import type { HeldBytes } from "../session/held-bytes.ts";
import type { Siblings } from "../siblings.ts";
import type { TimerWheel } from "../timer-wheel.ts";

/** What all instances of a process share. */
export interface InstanceContext extends Omit<RoutingContext, "timers"> {
  wheel: TimerWheel;
  relayBudget: HeldBytes;
  loginBudget: HeldBytes;
  metrics: EdgeMetrics;
  sessions: SessionRegistry;
  counts: LoginCounts;
  history: SessionHistory;
  kept: KeptLogins;
  kicks: Kicks;
  traces: Traces;
  stores: StoreGuard;
  siblings: Siblings;
  exchange: Exchange;
  /** Tells the edges of other hosts of clients and users that have failed often. */
  announce(announcement: PenaltyAnnouncement): void;
  /** Shared by the workers of the host; undefined for a process alone. */
  salt: Uint8Array | undefined;
  log: Logger;
  /** Changed by a reload; live sessions follow it too. */
  settings: { logLogins: boolean };
}
