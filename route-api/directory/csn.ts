/** Change sequence numbers by server ID, as in OpenLDAP's contextCSN and its cookies: every change up to these. */
export type Csns = ReadonlyMap<string, string>;

/** `20260101120000.000000Z#000000#001#000000`: time, counter, server ID, modification. */
const CSN = /^\d{14}\.\d+Z#[0-9a-f]+#([0-9a-f]+)#/;

/** ID of the server that made the change; undefined if the version is not a CSN. */
export const serverOf = (version: string): string | undefined => CSN.exec(version)?.[1];

/** The CSNs among the values, one per server. */
export function csnsOf(values: Iterable<string>): Csns {
  const csns = new Map<string, string>();
  for (const value of values) {
    const server = serverOf(value);
    if (server !== undefined && value > (csns.get(server) ?? "")) csns.set(server, value);
  }
  return csns;
}

/** The later CSN of each server. */
export const joined = (...all: readonly Csns[]): Csns => csnsOf(all.flatMap((csns) => [...csns.values()]));

/** Whether `csns` covers every change in `wanted`. */
export const covers = (csns: Csns, wanted: Csns): boolean =>
  [...wanted.values()].every((version) => hasSeen(csns, version));

/** Whether `csns` covers the change that made this version; false if the version is not a CSN. */
export function hasSeen(csns: Csns, version: string): boolean {
  const server = serverOf(version);
  return server !== undefined && (csns.get(server) ?? "") >= version;
}

const COOKIE_CSNS = /(?<=^|,)csn=([^,]*)/;
const COOKIE_SERVER = /,sid=[^,]*|^sid=[^,]*,/;

/** The CSNs of an OpenLDAP cookie, `rid=000,sid=001,csn=A;B`. */
export const csnsOfCookie = (cookie: Buffer): Csns =>
  csnsOf((COOKIE_CSNS.exec(cookie.toString("latin1"))?.[1] ?? "").split(";"));

/**
 * The cookie after a change. With several providers a change carries only the CSN of the server that made it, so those
 * known of the others are kept. Cookies of other vendors are taken as they are.
 */
export function joinCookies(known: Buffer | undefined, told: Buffer): Buffer {
  const csns = csnsOfCookie(told);
  if (known === undefined || csns.size === 0) return told;
  const both = [...joined(csnsOfCookie(known), csns)].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = both.map(([, csn]) => csn).join(";");
  return Buffer.from(told.toString("latin1").replace(COOKIE_CSNS, `csn=${text}`), "latin1");
}

/** An OpenLDAP cookie without the ID of the server it came from: that server would be told nothing of its own changes. */
export const withoutServer = (cookie: Buffer): Buffer =>
  Buffer.from(cookie.toString("latin1").replace(COOKIE_SERVER, ""), "latin1");
