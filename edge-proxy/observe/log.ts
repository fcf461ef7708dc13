import type { Logger } from "pino";
import { hostPortText } from "../../route-api/contract/host-port.ts";
import type { RoutingEvent } from "../api-client/routing-event.ts";
import type { StoreHost } from "../guard/store-health.ts";
import type { Proof } from "../guard/store-proofs.ts";
import type { ClientId } from "../protocol/dialogue.ts";
import { utf8Text } from "../protocol/octets.ts";
import type { SnapshotEvent } from "../routing/snapshot/keeper.ts";
import type { EndReason, LoginTimes, SessionRecord } from "./session-record.ts";

/**
 * Writes the one line of a session; that of a probe, which connects and says nothing, only for debugging. Every field is named here, so that no secret can slip in.
 */
export function logSession(log: Logger, record: SessionRecord, reason: EndReason, nowMs: number): void {
  log[isProbe(record, reason) ? "debug" : "info"](
    {
      ...whose(record),
      tlsFault: record.tlsFault,
      certificate: record.certificate,
      bytesFromClient: record.bytesFromClient,
      bytesFromStore: record.bytesFromStore,
      durationMs: Math.round(nowMs - record.startedMs),
      delayedMs: record.delayedMs,
      heldMs: record.heldMs,
      reason,
      failures: record.failures,
    },
    "session",
  );
}

/** Whose session it is, and where. */
const whose = (record: SessionRecord) => ({
  sid: record.sid,
  instance: record.instance,
  protocol: record.protocol,
  virtualDomain: record.virtualDomain,
  account: record.account,
  login: record.login,
  authorizationId: record.authorizationId,
  client: hostPortText(record.clientAddress, record.clientPort),
  store: record.store,
  mechanism: record.mechanism,
  tls: record.tls,
});

/** A balancer's health check: it has not sent a byte, and was not turned away. */
const isProbe = ({ tls, bytesFromClient, failures }: SessionRecord, reason: EndReason): boolean =>
  (reason === "client-closed" || reason === "client-lost") &&
  tls === undefined &&
  bytesFromClient === 0 &&
  failures === undefined;

/** Fields of the client's ID (RFC 2971) that the log has: what it is, and nothing about its user. */
const ID_FIELDS = ["name", "version", "vendor", "os", "os-version"] as const;
/** As much of such a field as the log has, in characters. */
const ID_CHARACTERS = 100;

/** Writes the line of a login that has succeeded, with how long its steps took. */
export function logLogin(
  log: Logger,
  record: SessionRecord,
  { routeMs, connectMs, tlsMs, authMs, loginMs }: LoginTimes,
  id: ClientId | undefined,
): void {
  log.info(
    {
      ...whose(record),
      clientId: id === undefined ? undefined : idFields(id),
      routeMs: rounded(routeMs),
      connectMs: rounded(connectMs),
      tlsMs: rounded(tlsMs),
      authMs: rounded(authMs),
      loginMs: rounded(loginMs),
    },
    "login",
  );
}

const idFields = (id: ClientId): Record<string, string> =>
  Object.fromEntries(
    ID_FIELDS.flatMap((field) => {
      const value = id.get(field);
      return value === undefined ? [] : [[field, (utf8Text(value) ?? value).slice(0, ID_CHARACTERS)]];
    }),
  );

/** A tenth of a millisecond is exact enough. */
const rounded = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms * 10) / 10;

/** What became of an administrator's login for another user. */
export type AdministratorLogin = "granted" | "refused";

/** Writes the audit line of an administrator's login for another user. */
export function logAdministratorLogin(log: Logger, record: SessionRecord, outcome: AdministratorLogin): void {
  const details = {
    audit: "administrator-login",
    outcome,
    sid: record.sid,
    instance: record.instance,
    protocol: record.protocol,
    virtualDomain: record.virtualDomain,
    administrator: record.login,
    authorizationId: record.authorizationId,
    account: record.account,
    client: hostPortText(record.clientAddress, record.clientPort),
    store: record.store,
  };
  if (outcome === "granted") log.info(details, "administrator logged in for a user");
  else log.warn(details, "administrator not logged in for a user");
}

/** Logs the connection to the route API: a line when it is lost, a line when it is restored. */
export function logRouting(log: Logger, event: RoutingEvent): void {
  switch (event.is) {
    case "feed-lost":
      return log.warn({ detail: event.detail }, "route change feed lost; cached routes now expire sooner");
    case "feed-followed":
      return log.info("route change feed connected");
    case "feed-gap":
      return log.warn("route changes may have been missed; refreshing each cached route before its next use");
    case "circuit-open":
      return log.error({ detail: event.detail }, "route API unavailable; look-ups paused");
    case "circuit-closed":
      return log.info("route API available again");
    default:
      event satisfies never;
  }
}

/** Logs that a host of a store has failed too often, or serves again. */
export function logStoreHost(
  log: Logger,
  { store, host, port }: StoreHost,
  change: "opened" | "closed",
): void {
  const details = { store, host: hostPortText(host, port) };
  if (change === "opened") log.error(details, "store host failing; skipped for a while");
  else log.info(details, "store host available again");
}

/** Logs what has been seen of a store's respect for SASL's authorisation id. */
export function logStoreProof(log: Logger, { store, host, port }: StoreHost, proof: Proof): void {
  const details = { store, host: hostPortText(host, port) };
  switch (proof.is) {
    case "ignores":
      return log.error(details, "store ignores SASL's authorisation id; no logins on users' behalf there");
    case "obeys":
      return log.info(details, "store obeys SASL's authorisation id again");
    case "unknown":
      return log.warn({ ...details, detail: proof.why }, "store not proved to obey SASL's authorisation id");
    default:
      proof satisfies never;
  }
}

/** Logs what became of a snapshot of the route cache. */
export function logSnapshot(log: Logger, event: SnapshotEvent): void {
  const { is, ...details } = event;
  switch (is) {
    case "read":
      return log.info(details, "route snapshot read");
    case "refused":
      return log.warn(details, "route snapshot not used");
    case "holds-unread":
      return log.warn(details, "route snapshot used without knowing which accounts are on hold now");
    case "not-written":
      return log.warn(details, "route snapshot not written");
    default:
      is satisfies never;
  }
}
