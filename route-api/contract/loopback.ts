/** Names and addresses of this machine only (RFC 6761, section 6.3; RFC 4291, section 2.5.3), as they stand in a URL or a configuration. */
const LOOPBACK = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d{1,3}){3}|::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})$/i;

/** Whether what is sent to a host stays on this machine. An IPv6 address may be in brackets and in any of its spellings. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(plainHost(host));

function plainHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (!bare.includes(":")) return bare;
  try {
    return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  } catch {
    return bare;
  }
}

/** The same for the host of a URL; false for a text that is none. */
export const isLoopbackUrl = (url: string): boolean => URL.canParse(url) && isLoopback(new URL(url).hostname);
