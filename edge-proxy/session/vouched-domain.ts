import type { ClientCertificate } from "../transport/transport.ts";
import type { SessionServices } from "./services.ts";

/**
 * Where a login by certificate belongs: to the virtual domain whose own CA vouches for it, with that domain's certmap and
 * administrator, whatever server name the client has asked for. A certificate of the instance's CAs belongs where the
 * client has arrived, unless that domain has CAs of its own.
 */
export function vouchedServices(
  services: SessionServices,
  certificate: ClientCertificate | undefined,
): SessionServices {
  if (certificate === undefined || certificate.fault !== undefined) return services;
  const { policy, inDomain } = services;
  const { domains = [] } = certificate;
  const here = policy.virtualDomain;
  if (domains.length === 0) return policy.hasOwnAuthorities ? inDomain(undefined) : services;
  const domain = domains.find((name) => name === here) ?? domains[0];
  return domain === here ? services : inDomain(domain);
}

/** A certificate as another login may use it: not at all where it belongs to another domain. */
export const certificateHere = (
  services: SessionServices,
  certificate: ClientCertificate | undefined,
): ClientCertificate | undefined =>
  vouchedServices(services, certificate) === services ? certificate : undefined;
