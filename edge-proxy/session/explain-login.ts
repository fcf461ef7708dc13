import { type ExplainStep, STEP_TEXT_MAX } from "../../route-api/contract/explanations.ts";
import type { ClaimsAnswer, Route, RouteAnswer } from "../api-client/answers.ts";
import { judgeAccess, judgeServices } from "../guard/access.ts";
import { loginName } from "../identity/login-name.ts";
import type { SessionRecord } from "../observe/session-record.ts";
import { utf8Octets } from "../protocol/octets.ts";
import { userAtStore } from "./account.ts";
import { describeAnswer, describeCached } from "./describe-route.ts";
import { explainStores, type FoundStep } from "./explain-stores.ts";
import { findRoute } from "./find-route.ts";
import type { ValidName } from "./login-names.ts";
import { claimsOn, judgeOwner, nameOnBehalf } from "./name-owner.ts";
import type { SessionServices } from "./services.ts";
import { isAdministratorsRoute } from "./store-identity.ts";

/** What explaining a login uses of its listener. */
export type ExplainServices = Pick<
  SessionServices,
  "policy" | "resolver" | "holds" | "preAuth" | "findStore" | "stores" | "protocol"
>;

/** Whose login is explained. */
export interface ExplainedLogin {
  /** As the user types it. */
  login: string;
  /** Stands for the client: its address is empty if it is not known. */
  record: SessionRecord;
}

/**
 * Takes the decision about a login name as a login would, up to the first step that refuses it. Asks the route API where
 * a login would; knows no password, and connects to no store.
 */
export async function explainLogin(
  services: ExplainServices,
  { login, record }: ExplainedLogin,
): Promise<ExplainStep[]> {
  const steps: ExplainStep[] = [];
  let sinceMs = performance.now();
  for await (const { step, verdict, text } of decide(services, login, record)) {
    const nowMs = performance.now();
    steps.push({ step, verdict, text: text.slice(0, STEP_TEXT_MAX), ms: nowMs - sinceMs });
    sinceMs = nowMs;
    if (verdict === "refused") break;
  }
  return steps;
}

async function* decide(
  services: ExplainServices,
  login: string,
  record: SessionRecord,
): AsyncGenerator<FoundStep> {
  const { policy } = services;
  yield judgeClient(services, record);
  const name = loginName(utf8Octets(login), policy.names);
  if (!name.ok) return yield { step: "name", verdict: "refused", text: name.fault };
  yield { step: "name", verdict: "ok", text: `${JSON.stringify(login)} is looked up as ${name.login}` };
  if (policy.searchFormat === undefined) yield describeCached(services.resolver, name.login);
  const answer = await resolve(services, name, record);
  yield describeAnswer(answer);
  if (answer?.is !== "route") return;
  const { route } = answer;
  yield describeStatus(route);
  const held = describeHold(services, route);
  if (held !== undefined) yield held;
  yield describeServices(route, record);
  yield describePassword(services, route);
  const user = userAtStore(policy.replayFormat, route, name.parts);
  if (!user.ok) return yield { step: "store-name", verdict: "refused", text: user.why };
  yield { step: "store-name", verdict: "ok", text: `stores know the user as ${user.user}` };
  if (isAdministratorsRoute(route, services.findStore)) yield await describeOwner(services, route);
  yield* explainStores(services, route);
}

function judgeClient({ policy: { access }, protocol }: ExplainServices, record: SessionRecord): FoundStep {
  const step = "access";
  if (access === undefined) return { step, verdict: "ok", text: "no access rules" };
  const { clientAddress: address, tls } = record;
  if (address === "")
    return { step, verdict: "unknown", text: "access rules depend on the client's address" };
  const judged = judgeAccess(access, { protocol, tls: tls !== undefined, address });
  return judged.is === "denied"
    ? { step, verdict: "refused", text: judged.reason }
    : { step, verdict: "ok", text: `${address} is allowed` };
}

/** Undefined: SearchFormat makes nothing to search for. */
const resolve = (
  { policy, resolver }: ExplainServices,
  name: ValidName,
  record: SessionRecord,
): Promise<RouteAnswer | undefined> =>
  new Promise((resolved) => {
    if (!findRoute(policy, resolver, record, name, undefined, { resolved })) resolved(undefined);
  });

const describeStatus = ({ status, statusReason = status }: Route): FoundStep => ({
  step: "status",
  verdict: status === "disabled" ? "refused" : "ok",
  text: status === "disabled" ? `account-disabled: ${statusReason}` : "active",
});

/** Undefined where nothing is on hold. */
function describeHold({ holds }: ExplainServices, route: Route): FoundStep | undefined {
  const held = holds.heldBy(route);
  if (held === undefined) return undefined;
  const text =
    held === "account"
      ? `account-held: logins wait until the hold ends, by ${route.hold?.until} at the latest`
      : `store-held: logins wait until ${route.mailHost[0]} is released`;
  return { step: "hold", verdict: "warning", text };
}

function describeServices({ services }: Route, { protocol, tls, clientAddress }: SessionRecord): FoundStep {
  const step = "services";
  if (services.length === 0) return { step, verdict: "ok", text: "all services" };
  const rules = services.join("; ");
  if (clientAddress === "")
    return { step, verdict: "unknown", text: `depends on the client's address: ${rules}` };
  const judged = judgeServices(services, { protocol, tls: tls !== undefined, address: clientAddress });
  return judged.is === "denied"
    ? { step, verdict: "refused", text: `service-denied: ${judged.reason}` }
    : { step, verdict: "ok", text: `${protocol} is allowed: ${rules}` };
}

function describePassword(services: ExplainServices, route: Route): FoundStep {
  const step = "password";
  if (services.preAuth !== undefined)
    return { step, verdict: "unknown", text: "the directory checks it before a store is asked" };
  if (isAdministratorsRoute(route, services.findStore))
    return { step, verdict: "refused", text: "not-pre-authenticated: the store needs preAuth" };
  return { step, verdict: "unknown", text: "the store checks it" };
}

async function describeOwner({ policy, resolver }: ExplainServices, route: Route): Promise<FoundStep> {
  const step = "owner";
  const name = nameOnBehalf(policy, route);
  if (!name.ok) return { step, verdict: "refused", text: `no-replay-name: ${name.why}` };
  const answer = await new Promise<ClaimsAnswer>((claimed) =>
    resolver.claims(claimsOn(policy, name.user, route), { claimed }),
  );
  if (answer.is === "unavailable")
    return { step, verdict: "refused", text: `route-unavailable: ${answer.detail}` };
  const verdict = judgeOwner(policy, name.user, route, answer);
  return verdict.ok
    ? { step, verdict: "ok", text: `nobody else claims ${name.user}` }
    : { step, verdict: "refused", text: `store-name-not-own: ${verdict.detail}` };
}
