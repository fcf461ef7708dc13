/** `address:port`; an IPv6 address is in brackets (RFC 3986 section 3.2.2). */
export const hostPortText = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** The parts of such a text; empty and 0 where it is none. */
export function splitHostPort(text: string): { address: string; port: number } {
  const [, address = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
  return { address, port: Number(port) };
}
