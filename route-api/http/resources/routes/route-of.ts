import { ROUTE_ATTRIBUTE_VALUES_MAX, type Route } from "../../../contract/routes.ts";
import { MATCH_VALUE_MAX } from "../../../contract/search.ts";
import type { RouteEntry, StoredEntry } from "../../../store/store.ts";

/** The same with the entry that it comes from. */
export const withSource = (route: Route, { dn, logins }: RouteEntry): Route => ({
  ...route,
  source: { dn, logins },
});

/** The route of an entry, as the API returns it; `wanted` are attributes to include. */
export function routeOf(entry: StoredEntry, wanted: readonly string[] = []): Route {
  const { account, uuid, mailHost, version, write, disabled, services, override, hold } = entry;
  const status = disabled === undefined ? "active" : "disabled";
  const route: Route = { account, uuid, mailHost, version, write, status, services: services ?? [] };
  if (disabled !== undefined) route.statusReason = disabled;
  if (override !== undefined) route.override = override;
  if (hold !== undefined) route.hold = { id: hold.id, until: hold.until };
  if (wanted.length > 0) route.attributes = attributesOf(entry, wanted);
  return route;
}

function attributesOf({ attributes = {} }: RouteEntry, wanted: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    wanted.flatMap((written): [string, string[]][] => {
      const name = written.toLowerCase();
      if (!Object.hasOwn(attributes, name)) return [];
      const values = (attributes[name] ?? []).filter(({ length }) => length <= MATCH_VALUE_MAX);
      return [[name, values.slice(0, ROUTE_ATTRIBUTE_VALUES_MAX)]];
    }),
  );
}
