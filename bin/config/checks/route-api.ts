import type { RouteApiConfig } from "../../../route-api/config/route-api.ts";
import type { Fault } from "../mistakes.ts";
import { asciiSecret, checkAuthorities, checkOwnCertificate } from "./files.ts";

const HERE = "routeApi";

/** Checks the route API's files, and that no two tokens have the same name. */
export function checkRouteApi(routeApi: RouteApiConfig): Fault[] {
  const { tokenFile, caFile, certFile, clientCaFile, clientCertFile, clientKeyFile, tokens } = routeApi;
  const faults = [
    ...asciiSecret(tokenFile, [HERE, "tokenFile"]),
    ...checkAuthorities(caFile, [HERE, "caFile"]),
    ...checkOwnCertificate(routeApi, [HERE]),
    ...checkAuthorities(clientCaFile, [HERE, "clientCaFile"]),
    ...checkOwnCertificate({ certFile: clientCertFile, keyFile: clientKeyFile }, [HERE], EDGES_NAMES),
    ...tokens.flatMap(({ file }, index) => asciiSecret(file, [HERE, "tokens", index, "file"])),
  ];
  if (clientCaFile !== undefined && certFile === undefined)
    faults.push({ path: [HERE, "clientCaFile"], text: "needs certFile: certificates are shown over TLS" });
  if (routeApi.selfSigned && certFile !== undefined)
    faults.push({ path: [HERE, "selfSigned"], text: "cannot be combined with certFile" });
  // The token of tokenFile is logged under this name.
  const seen = new Set<string>(["edge"]);
  for (const [index, { name }] of tokens.entries()) {
    if (seen.has(name)) {
      faults.push({ path: [HERE, "tokens", index, "name"], text: `${name} is the name of another token` });
    }
    seen.add(name);
  }
  return faults;
}

const EDGES_NAMES = { certFile: "clientCertFile", keyFile: "clientKeyFile" };
