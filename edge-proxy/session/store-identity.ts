import type { Route } from "../api-client/answers.ts";
import type { Credentials, StoreCredentials } from "../protocol/dialogue.ts";
import { utf8Octets, utf8Text } from "../protocol/octets.ts";
import { renamedExchange } from "../protocol/sasl.ts";
import type { LoginNames } from "./login-names.ts";
import type { LoginPolicy } from "./login-policy.ts";
import { nameOnBehalf } from "./name-owner.ts";
import type { FindStore, StoreTarget } from "./store-targets.ts";

/** What is known of a login once its route is. */
export interface ProvenLogin {
  credentials: Credentials;
  names: LoginNames;
  /** The directory has accepted the password: the store administrator may log in for the user. */
  proved: boolean;
  route: Route;
  /** The account's user name at the store. */
  user: string;
}

/** Why nobody can log in at a store for the user. */
export type NoIdentity = "no-store-admin" | "not-pre-authenticated" | "no-replay-name";

/** True where the edge may log in on the user's behalf: no store then checks whose mailbox it is. */
export function isOnBehalf(
  { credentials, names, proved, route }: Omit<ProvenLogin, "user">,
  findStore: FindStore,
): boolean {
  if (credentials.kind === "exchange") return false;
  if (credentials.kind === "external" || names.is === "other") return true;
  return proved && isAdministratorsRoute(route, findStore);
}

/** Whether the store administrator logs in at a host of the route (`replay: admin`). */
export const isAdministratorsRoute = (
  { mailHost, override }: Pick<Route, "mailHost" | "override">,
  findStore: FindStore,
): boolean => mailHost.some((host) => findStore(host, override)?.replay === "admin");

/**
 * An exchange as the store is to have it. A token's names the user as the store knows it. What cannot be rewritten must
 * name the canonical login or the account, or the store would let in somebody else than was routed, judged and logged;
 * undefined where it does not.
 */
export function namedExchange(
  credentials: Credentials & { kind: "exchange" },
  { login, account, user }: { login: string | undefined; account: string; user: string },
): (Credentials & { kind: "exchange" }) | undefined {
  const initial = renamedExchange(credentials, utf8Octets(user));
  if (initial !== undefined) return { ...credentials, initial };
  const named = utf8Text(credentials.user)?.toLowerCase();
  return named !== undefined && (named === login || named === account) ? credentials : undefined;
}

/**
 * The client's own credentials; or the store administrator's, where the client gave nothing that a store could judge, or
 * where the directory has accepted the password and the store is to be logged in at in this way. Never the
 * administrator's for a password that nobody has checked. One of the instance's `administrators` goes with the user's
 * name, and its own password for the store to judge.
 */
export function storeIdentity(
  { credentials, names, proved, route, user }: ProvenLogin,
  policy: LoginPolicy,
  { admin = policy.admin, replay }: StoreTarget,
): StoreCredentials | NoIdentity {
  if (credentials.kind === "exchange") return credentials;
  if (credentials.kind === "password" && names.is === "other") {
    const { administrator } = names;
    if (administrator === undefined) return "no-store-admin";
    const { password } = credentials;
    return onBehalf({ user: utf8Octets(administrator), password, isClients: true }, policy, route);
  }
  if (credentials.kind === "password" && replay !== "admin") {
    return { kind: "password", user: utf8Octets(user), password: credentials.password };
  }
  if (credentials.kind === "password" && !proved) return "not-pre-authenticated";
  if (admin === undefined) return "no-store-admin";
  return onBehalf({ user: admin.user, password: admin.password }, policy, route);
}

function onBehalf(
  who: Pick<StoreCredentials & { kind: "password" }, "user" | "password" | "isClients">,
  policy: LoginPolicy,
  route: Route,
): StoreCredentials | NoIdentity {
  const name = nameOnBehalf(policy, route);
  if (!name.ok) return "no-replay-name";
  return { kind: "password", ...who, authorizationId: utf8Octets(name.user) };
}
