import { HOST_NAME } from "../../route-api/contract/host-names.ts";
import type { ClientAuthorities } from "../x509/client-authorities.ts";
import type { ClientCertificate } from "./transport.ts";

/** What a client has shown, to be judged when somebody asks; undefined where it has shown nothing. */
export function presentedCertificate(
  authorities: ClientAuthorities,
  shown: Uint8Array | undefined,
): ClientCertificate | undefined {
  if (shown === undefined) return undefined;
  const der = new Uint8Array(shown);
  return {
    der,
    get fault() {
      return authorities.judge(der, Date.now());
    },
  };
}

/** The host name of a client's SNI, in lower case; undefined where there is none, or what came is no host name. */
export function hostNameOf(serverName: unknown): string | undefined {
  if (typeof serverName !== "string") return undefined;
  const name = serverName.toLowerCase();
  // An address is none (RFC 6066 section 3): no last label has digits alone.
  return HOST_NAME.test(name) && !/(?:^|\.)\d+$/.test(name) ? name : undefined;
}
