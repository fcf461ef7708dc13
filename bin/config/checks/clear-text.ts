import type { StoreConfig } from "../../../edge-proxy/config/stores.ts";
import type { RouteApiConfig } from "../../../route-api/config/route-api.ts";
import { isLoopback, isLoopbackUrl } from "../../../route-api/contract/loopback.ts";
import type { Fault, Path } from "../mistakes.ts";
import type { Configuration } from "../schema.ts";

/** A field by which secrets or names of users would go over a network without TLS. */
export interface ClearText {
  path: Path;
  /** The section in which `allowClearText: true` permits it. */
  section: Path;
  text: string;
}

interface Sections extends Pick<Configuration, "routeStore" | "directory" | "stores"> {
  routeApi?: Pick<RouteApiConfig, "url" | "allowClearText" | "jwt"> | undefined;
}

/** Every field that sends something in clear to another machine, unless `allowClearText: true` stands beside it. */
export const clearText = (configuration: Sections): ClearText[] => [
  ...routeStoreInClear(configuration),
  ...directoryInClear(configuration),
  ...routeApiInClear(configuration),
  ...Object.entries(configuration.stores ?? {}).flatMap(([name, store]) => storeInClear(name, store)),
];

/** Refuses them. */
export const checkClearText = (configuration: Sections): Fault[] =>
  clearText(configuration).map(({ path, text }) => ({ path, text }));

const refusal = (section: Path, path: Path, what: string, cure: string): ClearText => ({
  path,
  section,
  text: `${what} in clear: ${cure}, or set ${section.join(".")}.allowClearText to true`,
});

function routeStoreInClear({ routeStore }: Sections): ClearText[] {
  if (routeStore === undefined || "sqlite" in routeStore) return [];
  const { endpoint, allowClearText } = routeStore.dynamodb;
  if (endpoint === undefined || allowClearText || !isInClear(endpoint, "http:")) return [];
  const section = ["routeStore", "dynamodb"];
  return [refusal(section, [...section, "endpoint"], `${endpoint} would get routes`, "use https://")];
}

function directoryInClear({ directory }: Sections): ClearText[] {
  if (directory === undefined || "ldif" in directory || directory.startTls || directory.allowClearText)
    return [];
  const section = ["directory"];
  return directory.url
    .filter((url) => isInClear(url, "ldap:"))
    .map((url) =>
      refusal(section, [...section, "url"], `${url} would get passwords`, "use ldaps:// or startTls"),
    );
}

function routeApiInClear({ routeApi }: Sections): ClearText[] {
  if (routeApi === undefined) return [];
  const { url: urls, allowClearText, jwt } = routeApi;
  const section = ["routeApi"];
  const edges = allowClearText ? [] : urls.filter((url) => isInClear(url, "http:"));
  const keys = jwt !== undefined && !jwt.allowClearText && isInClear(jwt.jwksUrl, "http:");
  return [
    ...edges.map((url) => refusal(section, [...section, "url"], `${url} would get tokens`, "use https://")),
    ...(keys
      ? [
          refusal(
            [...section, "jwt"],
            [...section, "jwt", "jwksUrl"],
            `${jwt.jwksUrl} would tell the issuer's keys`,
            "use https://",
          ),
        ]
      : []),
  ];
}

function storeInClear(name: string, store: StoreConfig): ClearText[] {
  if (store.allowClearText) return [];
  const [elsewhere] = (store.address ?? [name]).filter((host) => !isLoopback(host));
  if (elsewhere === undefined) return [];
  const section = ["stores", name];
  const what = elsewhere === "*" ? "stores" : elsewhere;
  return (["imap", "pop3"] as const)
    .filter((protocol) => store[protocol]?.tls === "none")
    .map((protocol) =>
      refusal(
        section,
        [...section, protocol, "tls"],
        `${what} would get passwords`,
        "use starttls or implicit",
      ),
    );
}

const isInClear = (url: string, scheme: string): boolean =>
  url.toLowerCase().startsWith(scheme) && !isLoopbackUrl(url);
