import type { Fault, Path } from "../../bin/config/mistakes.ts";
import { isIpv6, isWide } from "./ip-networks.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Checks that clients have addresses that load balancers speak, and that wide networks are meant. */
export const checkClients = ({ loadBalancers, routeApi }: DeploymentConfig): Fault[] => [
  ...Object.entries(loadBalancers).flatMap(([name, { clients = [], dualStack, wideClients }]) => {
    const path = ["loadBalancers", name, "clients"];
    return [
      ...checkFamilies(path, clients, dualStack),
      ...(wideClients ? [] : checkWidth(path, clients, "; leave clients out to admit everybody")),
    ];
  }),
  ...(routeApi.wideClients ? [] : checkWidth(["routeApi", "clients"], routeApi.clients, "")),
];

function checkFamilies(path: Path, clients: readonly string[], dualStack: boolean): Fault[] {
  const first = clients.findIndex(isIpv6);
  if (!dualStack && first >= 0)
    return [{ path: [...path, first], text: "an IPv6 network needs dualStack: true" }];
  if (!dualStack || clients.length === 0 || first >= 0) return [];
  return [{ path, text: "has no IPv6 network, so that dualStack would be of no use" }];
}

const checkWidth = (path: Path, clients: readonly string[], otherwise: string): Fault[] =>
  clients.flatMap((network, index) =>
    isWide(network)
      ? [
          {
            path: [...path, index],
            text: `admits a large part of the internet; if that is meant, set wideClients: true${otherwise}`,
          },
        ]
      : [],
  );
