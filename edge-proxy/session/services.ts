import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { Limits } from "../config/limits.ts";
import { judgeAccess } from "../guard/access.ts";
import type { Arrival } from "../identity/virtual-domains/find.ts";
import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import type { LiveSession } from "../observe/session-registry.ts";
import type { Front, StoreStream } from "../protocol/dialogue.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { LoginServices } from "./login-services.ts";
import type { RelayOptions } from "./relay.ts";

/** What all sessions of one listener share. */
export interface SessionServices extends LoginServices {
  instance: string;
  protocol: Protocol;
  implicitTls: boolean;
  limits: Limits;
  relay: RelayOptions;
  /** What clients have sent before login and nobody has taken yet. */
  loginBudget: HeldBytes;
  createFront(): Front;
  /** Follows the store's stream after login, where the protocol lets the edge say a last word. */
  createStream: (() => StoreStream) | undefined;
  /** Those of the virtual domain at which a client arrived; undefined where there are none. */
  forArrival: ((arrival: Arrival) => SessionServices | undefined) | undefined;
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
