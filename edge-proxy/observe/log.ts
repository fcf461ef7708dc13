import type { Logger } from "pino";
import type { EndReason, SessionRecord } from "./session-record.ts";

/** Writes the one line of a session. Every field is named here: nothing secret can slip in. */
export function logSession(log: Logger, record: SessionRecord, reason: EndReason, nowMs: number): void {
  log.info(
    {
      sid: record.sid,
      instance: record.instance,
      protocol: record.protocol,
      account: record.account,
      login: record.login,
      client: endpoint(record.clientAddress, record.clientPort),
      store: record.store,
      mechanism: record.mechanism,
      tls: record.tls,
      certificate: record.certificate,
      bytesFromClient: record.bytesFromClient,
      bytesFromStore: record.bytesFromStore,
      durationMs: Math.round(nowMs - record.startedMs),
      reason,
      failures: record.failures,
    },
    "session",
  );
}

/** Address and port; an IPv6 address in brackets (RFC 3986 section 3.2.2). */
const endpoint = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
