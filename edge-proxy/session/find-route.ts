import { searchFor } from "../identity/search-format.ts";
import type { SessionRecord } from "../observe/session-record.ts";
import type { RouteSource, RouteWaiter } from "../routing/resolver.ts";
import type { ClientCertificate } from "../transport/transport.ts";
import { subjectOf } from "./certificate-login.ts";
import type { ValidName } from "./login-names.ts";
import type { LoginPolicy } from "./login-policy.ts";

/** Asks for the route of a name, by look-up or by the policy's search; false where the search cannot match anything. */
export function findRoute(
  policy: LoginPolicy,
  routes: RouteSource,
  { clientAddress, localAddress: serverAddress }: SessionRecord,
  { login, parts }: ValidName,
  certificate: ClientCertificate | undefined,
  waiter: RouteWaiter,
): boolean {
  if (policy.searchFormat === undefined) {
    routes.resolve(login, waiter);
    return true;
  }
  const values = { ...parts, clientAddress, serverAddress, ...trustedSubject(certificate) };
  const match = searchFor(policy.searchFormat, values);
  if (match !== undefined) routes.search({ match }, waiter);
  return match !== undefined;
}

function trustedSubject(certificate: ClientCertificate | undefined): { subjectDn?: string } {
  if (certificate === undefined || certificate.fault !== undefined) return {};
  const subjectDn = subjectOf(certificate.der);
  return subjectDn === undefined ? {} : { subjectDn };
}
