import type { Route } from "../api-client/answers.ts";
import { loginParts } from "../identity/login-parts.ts";
import type { ClientIntroduction } from "../protocol/dialogue.ts";
import { userAtStore } from "./account.ts";
import { type LoginNames, wantedName } from "./login-names.ts";
import type { LoginPolicy } from "./login-policy.ts";
import { hopsLeft, type LoginRefusal, type LoginRequest, refusal } from "./login-request.ts";
import { namedExchange, type ProvenLogin } from "./store-identity.ts";

/** A login to be made at the user's store. */
export interface ReplayTask extends ProvenLogin {
  introduction: ClientIntroduction | undefined;
  /** Number of multiplexors that it may still pass through. */
  hopsLeft: number;
}

/** What is known of a login when its store is to be asked. */
export interface ClearedLogin {
  request: LoginRequest;
  names: LoginNames;
  route: Route;
  proved: boolean;
  /** Multiplexors that a login may pass through. */
  hops: number;
}

/** Makes the task of a login; or says why its user has no name at the store, or names somebody else there. */
export function replayTask(
  { replayFormat, names: settings }: LoginPolicy,
  { request, names, route, proved, hops }: ClearedLogin,
): { ok: true; task: ReplayTask } | { ok: false; refused: LoginRefusal } {
  const { credentials, introduction } = request;
  const name = wantedName(names);
  const own = credentials.kind === "external" ? undefined : name?.parts;
  const made = userAtStore(replayFormat, route, own ?? loginParts(route.account, settings));
  if (!made.ok) {
    return { ok: false, refused: refusal("unavailable", { code: "no-replay-name", detail: made.why }) };
  }
  const { user } = made;
  const known = { login: name?.login, account: route.account, user };
  const named = credentials.kind === "exchange" ? namedExchange(credentials, known) : credentials;
  if (named === undefined) {
    return { ok: false, refused: refusal("credentials", { code: "exchange-other-name" }) };
  }
  const left = hopsLeft(request, hops);
  return { ok: true, task: { credentials: named, names, introduction, hopsLeft: left, proved, route, user } };
}
