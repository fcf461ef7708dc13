import type { Route } from "../api-client/answers.ts";
import { judgeServices } from "../guard/access.ts";
import type { LoginParts } from "../identity/login-parts.ts";
import { type ReplayFormat, replayName } from "../identity/replay-format.ts";
import type { FailedLogin, SessionRecord } from "../observe/session-record.ts";

/** Why an account may not log in here: its status, or its rules for services. Undefined where it may. */
export function judgeAccount(
  { status, statusReason, services }: Route,
  { protocol, tls, clientAddress: address }: SessionRecord,
): FailedLogin | undefined {
  if (status === "disabled") {
    return { code: "account-disabled", ...(statusReason === undefined ? {} : { detail: statusReason }) };
  }
  if (services.length === 0) return undefined;
  const access = judgeServices(services, { protocol, tls: tls !== undefined, address });
  return access.is === "denied" ? { code: "service-denied", detail: access.reason } : undefined;
}

export type StoreUser = { ok: true; user: string } | { ok: false; why: string };

/** The user name of an account at its store: its entry's override, else the result of ReplayFormat, else the account. */
export function userAtStore(
  format: ReplayFormat | undefined,
  { account, override, attributes = {} }: Pick<Route, "account" | "override" | "attributes">,
  parts: LoginParts,
): StoreUser {
  if (override?.user !== undefined) return { ok: true, user: override.user };
  if (format === undefined) return { ok: true, user: account };
  const made = replayName(format, parts, attributes);
  if (made.ok) return { ok: true, user: made.name };
  const why =
    made.fault === "unfit" ? "the result is not a valid name" : `the entry has no ${made.attribute}`;
  return { ok: false, why: `${format.text}: ${why}` };
}
