/** Change sequence numbers by server ID, as in OpenLDAP's contextCSN and its cookies. */
export type Csns = ReadonlyMap<string, string>;

/** Parses CSNs such as `20260101120000.000000Z#000000#001#000000`: time, counter, server ID, modification. */
export function csnsOf(values: readonly string[]): Csns {
  const csns = new Map<string, string>();
  for (const value of values) {
    const server = /^\d{14}\.\d+Z#[0-9a-f]+#([0-9a-f]+)#/.exec(value)?.[1];
    if (server !== undefined) csns.set(server, value);
  }
  return csns;
}

const CSNS = /(?<=^|,)csn=([^,]*)/;

/** The CSNs of an OpenLDAP cookie, `rid=000,sid=001,csn=A;B`. */
export const csnsOfCookie = (cookie: Buffer): Csns =>
  csnsOf((CSNS.exec(cookie.toString("latin1"))?.[1] ?? "").split(";"));

/** Whether `told` covers every change in `wanted`. */
export const covers = (told: Csns, wanted: Csns): boolean =>
  [...wanted].every(([server, csn]) => (told.get(server) ?? "") >= csn);

/**
 * The cookie after a change. With several providers a change carries only the CSN of the server that made it, so those
 * known of the others are kept. Cookies of other vendors are taken as they are.
 */
export function joinCookies(known: Buffer | undefined, told: Buffer): Buffer {
  const csns = new Map(csnsOfCookie(told));
  if (known === undefined || csns.size === 0) return told;
  for (const [server, csn] of csnsOfCookie(known)) if (csn > (csns.get(server) ?? "")) csns.set(server, csn);
  const joined = [...csns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, csn]) => csn);
  return Buffer.from(told.toString("latin1").replace(CSNS, `csn=${joined.join(";")}`), "latin1");
}
