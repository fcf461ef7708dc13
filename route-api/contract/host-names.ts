/**
 * A host name in lower case, as TLS clients ask for it (RFC 6066, section 3): labels of up to 63 characters, 253 in all
 * (RFC 1123, section 2.1). Underscores are accepted, since private DNS zones have them.
 *
 * Two other rules differ on purpose: a deployment's own names (`infra/config`) are in public DNS, so that certificates
 * can be issued for them; a `mailHost` may also be an address (`mailHostFault`).
 */
export const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/** What a directory may name as an account's mail store: a host name in any case, or an IP address, in brackets or not. */
const MAIL_HOST = /^[A-Za-z0-9._:[\]-]{1,255}$/;
/** A host name, an IPv4 address or an IPv6 address in brackets, with a port. */
const WITH_PORT = /^([^:]*|\[.*\]):\d*$/;

/** Says why a value cannot be a mailHost; undefined if it can. */
export function mailHostFault(value: string): string | undefined {
  if (WITH_PORT.test(value)) return `${JSON.stringify(value)}: a mailHost has no port; stores has the ports`;
  return MAIL_HOST.test(value) ? undefined : `${JSON.stringify(value)} is not a host name`;
}
