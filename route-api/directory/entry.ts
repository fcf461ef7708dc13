import { canonicalLogin } from "../names.ts";
import type { RouteEntry } from "../store/store.ts";

/** An entry as a directory gives it: attribute names in lower case, values in order. */
export interface DirectoryEntry {
  dn: string;
  attributes: ReadonlyMap<string, readonly string[]>;
}

/** Which attributes mean what. */
export interface AttributeNames {
  loginAttributes: readonly string[];
  accountAttributes: readonly string[];
  mailHostAttributes: readonly string[];
  uuidAttribute: string;
}

export type EntryResult =
  | { ok: true; entry: RouteEntry }
  /** The entry cannot be routed; `reason` is for the operator. */
  | { ok: false; reason: string };

/** A host name, or an address in brackets or not: what a mailHost may be. */
const HOST = /^[A-Za-z0-9._:[\]-]{1,255}$/;

/** Makes a route of a directory entry, or says why it cannot. */
export function routeEntry({ dn, attributes }: DirectoryEntry, names: AttributeNames): EntryResult {
  const values = (attribute: string): readonly string[] => attributes.get(attribute.toLowerCase()) ?? [];

  const mailHost = unique(names.mailHostAttributes.flatMap(values).map((host) => host.trim()));
  if (mailHost.length === 0) return no(`no ${names.mailHostAttributes.join(" or ")}`);
  const wrongHost = mailHost.find((host) => !HOST.test(host));
  if (wrongHost !== undefined) return no(`${JSON.stringify(wrongHost)} is no host name`);

  const logins: string[] = [];
  for (const value of names.loginAttributes.flatMap(values)) {
    const login = canonicalLogin(value.trim());
    if (login === undefined) return no(`${JSON.stringify(value)} is no login name`);
    logins.push(login);
  }
  if (logins.length === 0) return no(`no ${names.loginAttributes.join(" or ")}`);

  const [account] = names.accountAttributes.flatMap(values);
  const canonical = account === undefined ? undefined : canonicalLogin(account.trim());
  if (canonical === undefined) return no(`no ${names.accountAttributes.join(" or ")}`);

  const [uuid = `dn:${dn.toLowerCase()}`] = values(names.uuidAttribute);
  const [version = ""] = [...values("entryCSN"), ...values("modifyTimestamp")];
  return { ok: true, entry: { uuid, dn, account: canonical, logins: unique(logins), mailHost, version } };
}

const no = (reason: string): EntryResult => ({ ok: false, reason });
const unique = (values: string[]): string[] => [...new Set(values)];
