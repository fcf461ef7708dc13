/** Change sequence numbers by the server that made them: OpenLDAP's contextCSN, and what its cookies hold. */
export type Csns = ReadonlyMap<string, string>;

/** `20260101120000.000000Z#000000#001#000000`: time, count, server, modification. */
export function csnsOf(values: readonly string[]): Csns {
  const csns = new Map<string, string>();
  for (const value of values) {
    const server = /^\d{14}\.\d+Z#[0-9a-f]+#([0-9a-f]+)#/.exec(value)?.[1];
    if (server !== undefined) csns.set(server, value);
  }
  return csns;
}

const CSNS = /(?<=^|,)csn=([^,]*)/;

/** Of an OpenLDAP cookie, `rid=000,sid=001,csn=A;B`. */
export const csnsOfCookie = (cookie: Buffer): Csns =>
  csnsOf((CSNS.exec(cookie.toString("latin1"))?.[1] ?? "").split(";"));

/** Whether all that is wanted was told. */
export const reaches = (told: Csns, wanted: Csns): boolean =>
  [...wanted].every(([server, csn]) => (told.get(server) ?? "") >= csn);

/**
 * The cookie behind a change: one of several providers tells with a change the CSN of the server that made it, and what
 * was known of the others still counts. Cookies of other makers are taken as they are.
 */
export function joinCookies(known: Buffer | undefined, told: Buffer): Buffer {
  const csns = new Map(csnsOfCookie(told));
  if (known === undefined || csns.size === 0) return told;
  for (const [server, csn] of csnsOfCookie(known)) if (csn > (csns.get(server) ?? "")) csns.set(server, csn);
  const joined = [...csns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, csn]) => csn);
  return Buffer.from(told.toString("latin1").replace(CSNS, `csn=${joined.join(";")}`), "latin1");
}
