import type { RouteAnswer } from "../api-client/answers.ts";
import type { Resolver } from "../routing/resolver.ts";
import type { FoundStep } from "./explain-stores.ts";

/** What the route cache has for a login name. */
export function describeCached(resolver: Pick<Resolver, "cached">, login: string): FoundStep {
  const cached = resolver.cached(login);
  if (cached === undefined) return { step: "cache", verdict: "ok", text: "not cached" };
  const { standing, ageSeconds, leads } = cached;
  const what = leads ? "a route" : "an unknown name";
  return {
    step: "cache",
    verdict: standing === "suspect" ? "warning" : "ok",
    text: `${what}, ${standing}, ${ageSeconds.toFixed(1)} s old`,
  };
}

/** What came of a look-up; undefined: SearchFormat makes nothing to search for. */
export function describeAnswer(answer: RouteAnswer | undefined): FoundStep {
  const step = "look-up";
  if (answer === undefined)
    return { step, verdict: "refused", text: "SearchFormat has nothing to search for" };
  switch (answer.is) {
    case "route": {
      const { account, mailHost } = answer.route;
      return { step, verdict: "ok", text: `the account ${account} at ${mailHost.join(", then ")}` };
    }
    case "unknown":
      return { step, verdict: "refused", text: "unknown-user: no entry has the name" };
    case "ambiguous":
      return { step, verdict: "refused", text: `ambiguous-user: ${answer.detail ?? "several entries"}` };
    case "unavailable":
      return { step, verdict: "refused", text: `route-unavailable: ${answer.detail}` };
    default:
      return answer satisfies never;
  }
}
