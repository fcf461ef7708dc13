import type { Fault } from "../../bin/config/mistakes.ts";
import { overlap } from "./ip-networks.ts";
import { type NewNetwork, rangesOf } from "./network.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Checks that DNS servers can be reached, and that no domain hides what the deployment itself resolves. */
export function checkDns({ routeApi }: DeploymentConfig, network: NewNetwork): Fault[] {
  const { dns, routes, natGateways } = network;
  const reached = [...rangesOf(network), ...routes.map(({ destination }) => destination)];
  return dns.forward.flatMap(({ domain, servers }, index) => {
    const path = ["network", "dns", "forward", index];
    const unreached = servers.flatMap((server, number) =>
      natGateways > 0 || reached.some((one) => overlap(server, one))
        ? []
        : [{ path: [...path, "servers", number], text: "no entry of network.routes leads there" }],
    );
    const first = dns.forward.findIndex((other) => other.domain === domain);
    const wrong =
      first !== index
        ? "is already forwarded"
        : domain === routeApi.hostName
          ? "is the route API's own name, which the VPC resolves itself"
          : undefined;
    return wrong === undefined ? unreached : [...unreached, { path: [...path, "domain"], text: wrong }];
  });
}
