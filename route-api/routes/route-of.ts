import type { Route } from "../contract.ts";
import type { RouteEntry } from "../store/store.ts";

/** What edges and support are told of an entry. */
export function routeOf(entry: RouteEntry): Route {
  const { account, uuid, mailHost, version, disabled, services, override } = entry;
  return {
    account,
    uuid,
    mailHost,
    version,
    status: disabled === undefined ? "active" : "disabled",
    ...(disabled === undefined ? {} : { statusReason: disabled }),
    services: services ?? [],
    ...(override === undefined ? {} : { override }),
  };
}
