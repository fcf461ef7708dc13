import { isIP } from "node:net";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { type Draft, todo } from "../draft.ts";
import type { PasswdUser } from "./passwd-file.ts";
import type { ProxyFields } from "./proxy-fields.ts";

const PORTS = { imap: { plain: 143, tls: 993 }, pop3: { plain: 110, tls: 995 } } as const;

/** A store is a host or, if the user has a port, that port of a host. */
export const storeName = ({ host, fields: { port } }: PasswdUser): string =>
  port === undefined ? host : `${host}-${port}`;

/** How stores are reached: as all users have it, and an entry for each host with settings of its own. */
export function putStores(
  draft: Draft,
  shared: ProxyFields,
  users: readonly PasswdUser[],
  protocols: readonly Protocol[],
): void {
  const stores: Record<string, unknown> = {};
  for (const user of users) {
    const { host, fields } = user;
    if (fields.port === undefined && fields.tls === shared.tls) continue;
    stores[storeName(user)] ??= { address: host, ...store(fields, protocols) };
  }
  stores["*"] = store(shared, protocols);
  draft.configuration.stores = stores;
  if (shared.port !== undefined && protocols.length > 1)
    todo(
      draft,
      `Dovecot used port ${shared.port} for ${protocols.join(" and ")}: set the port of each in stores.`,
    );
  const hosts = [shared, ...users.map(({ fields }) => fields)];
  const isVerified = hosts.some(({ tls, anyCertificate }) => tls !== undefined && anyCertificate !== true);
  if (!isVerified) return;
  todo(
    draft,
    'The certificates of stores are verified: unless a public CA has signed them, set caFile under stores "*", or add an entry for each store.',
  );
  if (hosts.some(({ host }) => host !== undefined && isIP(host) !== 0))
    todo(draft, "Stores are named by address: set serverName to the name in each one's certificate.");
}

function store(
  { port, tls, anyCertificate }: ProxyFields,
  protocols: readonly Protocol[],
): Record<string, unknown> {
  const services = protocols.map((protocol) => [
    protocol,
    { port: port ?? PORTS[protocol][tls === "implicit" ? "tls" : "plain"], tls: tls ?? "none" },
  ]);
  return {
    ...Object.fromEntries(services),
    ...(anyCertificate === true ? { verifyCertificate: false } : {}),
  };
}
