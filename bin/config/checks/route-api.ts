import type { RouteApiConfig } from "../../../route-api/config/route-api.ts";
import type { Fault } from "../mistakes.ts";
import { asciiSecret, readable } from "./files.ts";

const HERE = "routeApi";

/** Checks the route API's files, and that no two tokens have the same name. */
export function checkRouteApi({ tokenFile, caFile, tokens }: RouteApiConfig): Fault[] {
  const faults = [
    ...asciiSecret(tokenFile, [HERE, "tokenFile"]),
    ...readable(caFile, [HERE, "caFile"]),
    ...tokens.flatMap(({ file }, index) => asciiSecret(file, [HERE, "tokens", index, "file"])),
  ];
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
