import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { Limits } from "../config/limits.ts";
import { judgeAccess } from "../guard/access.ts";
import type { ClientGuard } from "../guard/client-guard.ts";
import type { Kicks } from "../guard/kicks.ts";
import type { StoreGuard } from "../guard/store-guard.ts";
import type { Arrival } from "../identity/virtual-domains/find.ts";
import type { KeptLogins } from "../observe/kept-logins.ts";
import type { AdministratorLogin } from "../observe/log.ts";
import type { LoginCounts } from "../observe/login-counts.ts";
import type { EdgeMetrics } from "../observe/metrics/edge-metrics.ts";
import type { EndReason, LoginTimes, SessionRecord } from "../observe/session-record.ts";
import type { LiveSession } from "../observe/session-registry.ts";
import type { Traces } from "../observe/traces/traces.ts";
import type { PasswordChecker } from "../pre-auth/checker.ts";
import type { Back, BackTask, ClientId, Front, StoreStream } from "../protocol/dialogue.ts";
import type { Transcript } from "../protocol/transcript.ts";
import type { Holds } from "../routing/holds.ts";
import type { Resolver } from "../routing/resolver.ts";
import type { TimerWheel } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import type { Decoys } from "./decoys.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { LoginPolicy } from "./login-policy.ts";
import type { RelayOptions } from "./relay.ts";
import type { StoreLimits } from "./store-login.ts";
import type { FindStore } from "./store-targets.ts";

/** What all logins of a listener, in one virtual domain or in none, share. */
export interface LoginServices {
  transport: Transport;
  wheel: TimerWheel;
  limits: StoreLimits & Pick<Limits, "failedLoginSeconds" | "hops" | "holdSeconds" | "heldLogins">;
  policy: LoginPolicy;
  resolver: Resolver;
  /** Undefined: the store alone judges passwords. */
  preAuth: Pick<PasswordChecker, "check" | "note"> | undefined;
  findStore: FindStore;
  /** Limits and penalties by client and user, of the instance. */
  guard: ClientGuard;
  metrics: EdgeMetrics;
  /** What keeps one store from harming the others. */
  stores: StoreGuard;
  /** What logins in progress must not survive. */
  kicks: Kicks;
  /** Whose logins wait. */
  holds: Holds;
  /** Logins that the route store keeps. */
  kept: Pick<KeptLogins, "failed">;
  createBack(task: BackTask, transcript?: Transcript): Back;
  /** Notes a login that has succeeded, how long its steps took, and what the client says of itself. */
  admitted(record: SessionRecord, times: LoginTimes, id: ClientId | undefined): void;
  /** Challenges for users whom no store is asked about. */
  decoys: Decoys;
  /** Notes an administrator's login for another user. */
  audit(record: SessionRecord, outcome: AdministratorLogin): void;
}

/** What all sessions of a listener, in one virtual domain or in none, share. */
export interface SessionServices extends LoginServices {
  instance: string;
  protocol: Protocol;
  implicitTls: boolean;
  limits: Limits;
  relay: RelayOptions;
  /** Memory for what clients have sent before login and nobody has taken yet. */
  loginBudget: HeldBytes;
  createFront(transcript?: Transcript): Front;
  counts: LoginCounts;
  traces: Traces;
  /** Follows the store's stream after login, where the protocol lets the edge say a last word. */
  createStream: (() => StoreStream) | undefined;
  /** The services of the virtual domain at which a client arrived; undefined where there are no virtual domains. */
  forArrival: ((arrival: Arrival) => SessionServices | undefined) | undefined;
  /** The services of a virtual domain by its name; of the instance itself where it is undefined. */
  inDomain(name: string | undefined): SessionServices;
  onEnd(session: LiveSession, record: SessionRecord, reason: EndReason): void;
}

/** Why a client may not come in at all; undefined where it may. */
export function denialOf(
  { policy: { access }, protocol }: Pick<SessionServices, "policy" | "protocol">,
  address: string,
  tls: boolean,
): string | undefined {
  if (access === undefined) return undefined;
  const judged = judgeAccess(access, { protocol, tls, address });
  return judged.is === "denied" ? judged.reason : undefined;
}
