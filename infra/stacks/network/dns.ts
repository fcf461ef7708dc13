import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as resolver from "aws-cdk-lib/aws-route53resolver";
import type { DnsConfig } from "../../config/dns.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { DNS_PORTS, newGroup } from "../common/security-groups.ts";

/**
 * Has the VPC ask the data centre's DNS servers for the names that they know. The VPC's own resolver stays in charge:
 * endpoints of AWS services and the route API's name resolve as before, which servers of the data centre could not do.
 */
export function forwardNames(stack: DeployedStack, vpc: ec2.Vpc, name: string, dns: DnsConfig): void {
  const { vpcId } = vpc;
  for (const rule of dns.rules)
    new resolver.CfnResolverRuleAssociation(stack, `Use-${rule}`, { resolverRuleId: rule, vpcId });
  if (dns.forward.length === 0) return;

  const group = newGroup(stack, "Resolver", vpc as ec2.IVpc, "DNS queries to the data centre");
  for (const server of new Set(dns.forward.flatMap(({ servers }) => servers)))
    for (const port of DNS_PORTS) group.addEgressRule(ec2.Peer.ipv4(`${server}/32`), port, "DNS");
  const endpoint = new resolver.CfnResolverEndpoint(stack, "Resolver", {
    name: `${name}-dns`,
    direction: "OUTBOUND",
    ipAddresses: [...vpc.privateSubnets, ...vpc.isolatedSubnets].map(({ subnetId }) => ({ subnetId })),
    securityGroupIds: [group.securityGroupId],
  });
  for (const { domain, servers } of dns.forward) {
    const rule = new resolver.CfnResolverRule(stack, `Forward-${domain}`, {
      ruleType: "FORWARD",
      domainName: domain,
      resolverEndpointId: endpoint.attrResolverEndpointId,
      targetIps: servers.map((ip) => ({ ip, port: "53" })),
    });
    new resolver.CfnResolverRuleAssociation(stack, `Use-${domain}`, {
      resolverRuleId: rule.attrResolverRuleId,
      vpcId,
    });
  }
}
