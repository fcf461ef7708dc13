import type { ExplainStep } from "../../route-api/contract/explanations.ts";
import type { Route } from "../api-client/answers.ts";
import { utf8Text } from "../protocol/octets.ts";
import type { SessionServices } from "./services.ts";
import { type StoreTarget, storeHost } from "./store-targets.ts";

/** A step as it is found; its time is measured. */
export type FoundStep = Omit<ExplainStep, "ms">;

type StoreServices = Pick<SessionServices, "policy" | "findStore" | "stores" | "holds">;

/** What a login would find at each host of its route, in their order; it is refused if none can take it. */
export function* explainStores(
  services: StoreServices,
  { mailHost, override }: Pick<Route, "mailHost" | "override">,
): Generator<FoundStep> {
  let isUsable = false;
  for (const host of mailHost) {
    if (services.holds.isStoreHeld(host)) {
      yield { step: "store", verdict: "warning", text: `store-held: ${host} is on hold` };
      continue;
    }
    const target = services.findStore(host, override);
    if (target === undefined) {
      yield { step: "store", verdict: "warning", text: `no-store-entry: ${host} is not in stores` };
      continue;
    }
    yield describeStore(target);
    const place = describePlaces(services, target);
    const administrator = target.replay === "admin" ? describeAdministrator(services, target) : undefined;
    const addresses = describeAddresses(services, target);
    yield place;
    if (administrator !== undefined) yield administrator;
    yield* addresses;
    isUsable ||=
      place.verdict === "ok" &&
      (administrator === undefined || administrator.verdict === "ok") &&
      addresses.some(({ verdict }) => verdict === "ok");
  }
  if (!isUsable)
    yield { step: "store", verdict: "refused", text: "no host of the route can take a login now" };
}

function describeStore({ name, port, startTls, implicitTls, replay }: StoreTarget): FoundStep {
  const tls = implicitTls ? "implicit TLS" : startTls ? "STARTTLS" : "no TLS";
  return { step: "store", verdict: "ok", text: `${name}, port ${port}, ${tls}; replay ${replay}` };
}

function describePlaces({ stores }: StoreServices, { name, guard }: StoreTarget): FoundStep {
  const attempts = stores.places.attempts(name);
  const sessions = stores.places.sessions(name);
  const waiting = stores.places.waiting(name);
  const step = "places";
  if (attempts + sessions >= guard.sessions)
    return { step, verdict: "warning", text: `store-sessions: ${sessions} of ${guard.sessions} sessions` };
  const text = `${attempts} of ${guard.attempts} logins in progress, ${waiting} waiting, ${sessions} sessions`;
  return { step, verdict: attempts < guard.attempts ? "ok" : "warning", text };
}

function describeAdministrator(
  { policy, stores }: StoreServices,
  { name, admin = policy.admin }: StoreTarget,
): FoundStep {
  const step = "store-admin";
  if (admin === undefined)
    return { step, verdict: "refused", text: `no-store-admin: ${name} has no store administrator` };
  const user = utf8Text(admin.user) ?? "";
  return stores.proofs.ignoring.includes(name)
    ? { step, verdict: "warning", text: `store-ignores-authorization-id: ${name} is not used for ${user}` }
    : { step, verdict: "ok", text: `${user} logs in for the user; ${name} is not known to ignore that` };
}

/** One for each address of the store. */
function describeAddresses({ stores }: StoreServices, first: StoreTarget): FoundStep[] {
  const failing = stores.health.failing();
  const steps: FoundStep[] = [];
  for (let target: StoreTarget | undefined = first; target !== undefined; target = target.next) {
    const { store, host, port } = storeHost(target);
    const isOpen = failing.some((each) => each.store === store && each.host === host && each.port === port);
    steps.push({
      step: "health",
      verdict: isOpen ? "warning" : "ok",
      text: isOpen
        ? `store-skipped: logins avoid ${host}, which has failed too often`
        : `logins go to ${host}`,
    });
  }
  return steps;
}
