import { Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { edgeParts } from "../../parts/edge-parts.ts";
import { ROUTE_API_PORT } from "../../parts/mmp-yaml.ts";

/** Who may connect to whom. */
export interface SecurityGroups {
  /** One for each NLB, which can only get it when it is created. */
  balancers: Record<string, ec2.SecurityGroup>;
  /** Hosts of the edge, or its tasks on Fargate. */
  edge: ec2.SecurityGroup;
  /** The route API's load balancer, and its tasks. */
  apiBalancer: ec2.SecurityGroup;
  api: ec2.SecurityGroup;
  sync: ec2.SecurityGroup;
  endpoints: ec2.SecurityGroup;
}

/** Docker's dynamic ports. */
const DYNAMIC_PORTS = ec2.Port.tcpRange(32_768, 65_535);
const HTTPS = ec2.Port.tcp(443);

export function securityGroups(scope: Construct, vpc: ec2.IVpc, config: DeploymentConfig): SecurityGroups {
  const { loadBalancers, network, storeNetworks, directoryNetworks, routeApi, sizes } = config;
  const group = (id: string, description: string) =>
    new ec2.SecurityGroup(scope, `${id}Group`, { vpc, description, allowAllOutbound: false });
  const groups: SecurityGroups = {
    balancers: Object.fromEntries(
      Object.keys(loadBalancers).map((name) => [name, group(`Balancer-${name}`, `NLB ${name}`)]),
    ),
    edge: group("Edge", "Edge proxies"),
    apiBalancer: group("ApiBalancer", "Load balancer of the route API"),
    api: group("Api", "Route API"),
    sync: group("Sync", "Directory sync"),
    endpoints: group("Endpoints", "Endpoints of AWS services"),
  };
  const { edge, apiBalancer, api, sync, endpoints } = groups;

  for (const [name, { clients, listeners, dualStack }] of Object.entries(loadBalancers)) {
    const balancer = groups.balancers[name];
    if (balancer === undefined) continue;
    openToClients(
      balancer,
      clients,
      dualStack,
      listeners.map(({ port }) => port),
    );
    for (const port of targetPorts(config, name)) {
      balancer.addEgressRule(edge, port, "Sessions and health checks");
      // This admits clients too, although their addresses are preserved: the NLB's security group is what counts.
      edge.addIngressRule(balancer, port, `From NLB ${name}`);
    }
  }

  const stores = storeNetworks.length > 0 ? storeNetworks : [network.cidr];
  for (const port of storePorts(config))
    for (const to of stores) edge.addEgressRule(ec2.Peer.ipv4(to), ec2.Port.tcp(port), "Mail stores");
  const directories = directoryNetworks.length > 0 ? directoryNetworks : [network.cidr];
  for (const from of [api, sync]) {
    for (const port of directoryPorts(config))
      for (const to of directories) from.addEgressRule(ec2.Peer.ipv4(to), ec2.Port.tcp(port), "Directory");
  }

  apiBalancer.addIngressRule(edge, HTTPS, "From edges");
  for (const from of routeApi.clients)
    apiBalancer.addIngressRule(ec2.Peer.ipv4(from), HTTPS, "From support agents and programs");
  if (routeApi.run === "service") {
    apiBalancer.addEgressRule(api, ec2.Port.tcp(ROUTE_API_PORT), "To the route API");
    api.addIngressRule(apiBalancer, ec2.Port.tcp(ROUTE_API_PORT), "From its load balancer");
  }
  for (const from of [edge, api, sync]) {
    // S3 and DynamoDB have addresses outside the VPC, even through a gateway endpoint.
    from.addEgressRule(ec2.Peer.anyIpv4(), HTTPS, "AWS services, route API");
    endpoints.addIngressRule(from, HTTPS, "From tasks and hosts");
  }
  if (sizes.edge.capacity === "ec2") explainDynamicPorts(edge);
  return groups;
}

function openToClients(
  balancer: ec2.SecurityGroup,
  clients: readonly string[],
  dualStack: boolean,
  ports: readonly number[],
): void {
  for (const port of ports) {
    for (const from of clients)
      balancer.addIngressRule(ec2.Peer.ipv4(from), ec2.Port.tcp(port), "Mail clients");
    if (dualStack) balancer.addIngressRule(ec2.Peer.anyIpv6(), ec2.Port.tcp(port), "Mail clients, IPv6");
  }
  Validations.of(balancer).acknowledge({
    id: "AwsSolutions-EC23",
    reason:
      "Mail clients connect from anywhere, but only to its listeners' ports; loadBalancers.*.clients restricts it.",
  });
}

/** Where a balancer reaches the edge: Docker's ports on a host, the listeners' own on Fargate. */
const targetPorts = (config: DeploymentConfig, balancer: string): ec2.Port[] =>
  config.sizes.edge.capacity === "ec2"
    ? [DYNAMIC_PORTS]
    : [
        ...new Set(
          edgeParts(config)
            .flatMap(({ targets }) => targets)
            .filter((target) => target.balancer === balancer)
            .map(({ listener }) => listener.port),
        ),
      ].map((port) => ec2.Port.tcp(port));

const storePorts = ({ stores }: DeploymentConfig): number[] => [
  ...new Set(Object.values(stores).flatMap(({ imap, pop3 }) => [imap?.port ?? [], pop3?.port ?? []].flat())),
];

const directoryPorts = ({ directory }: DeploymentConfig): number[] =>
  "ldif" in directory
    ? []
    : [
        ...new Set(
          directory.url.map((url) => Number(new URL(url).port) || (url.startsWith("ldaps:") ? 636 : 389)),
        ),
      ];

function explainDynamicPorts(edge: ec2.SecurityGroup): void {
  Validations.of(edge).acknowledge({
    id: "AwsSolutions-EC23",
    reason: "Open only to the NLBs' security groups, on Docker's dynamic ports: several tasks share a host.",
  });
}
