import { newRecord, type SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import type { LiveSession } from "../../../../edge-proxy/observe/session-registry.ts";

/** A session as the registry has it, which notes how it was stopped. */
export interface NotedSession extends LiveSession {
  stops: string[];
}

export function liveSession(
  record: Partial<SessionRecord> = {},
  stage: LiveSession["stage"] = "relay",
): NotedSession {
  const addresses = { remoteAddress: "192.0.2.1", remotePort: 4711, localAddress: "", localPort: 1 };
  const stops: string[] = [];
  return {
    record: { ...newRecord("main", "imap", addresses), ...record },
    stage,
    traffic: { fromClient: 3, fromStore: 7 },
    stops,
    retract: () => false,
    stop: (reason) => stops.push(reason),
  };
}
