import { HOST_NAME } from "../../route-api/contract/host-names.ts";
import type { Vouchers } from "../x509/vouching.ts";
import type { ClientCertificate } from "./transport.ts";

/** The certificate that a client presented, checked when `fault` or `domains` is read; undefined where it presented none. */
export function presentedCertificate(
  vouchers: Vouchers,
  shown: Uint8Array | undefined,
): ClientCertificate | undefined {
  if (shown === undefined) return undefined;
  const der = new Uint8Array(shown);
  return {
    der,
    get fault() {
      return vouchers.judge(der, Date.now()).fault;
    },
    get domains() {
      return vouchers.judge(der, Date.now()).domains;
    },
  };
}

/** The host name of a client's SNI, in lower case; undefined if there is none or it is not a host name. */
export function hostNameOf(serverName: unknown): string | undefined {
  if (typeof serverName !== "string") return undefined;
  const name = serverName.toLowerCase();
  // Addresses are not allowed (RFC 6066 section 3): no top-level label is all digits.
  return HOST_NAME.test(name) && !/(?:^|\.)\d+$/.test(name) ? name : undefined;
}
