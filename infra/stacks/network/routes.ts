import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { NewNetwork } from "../../config/network.ts";

type Route = NewNetwork["routes"][number];

/** Routes from the private subnets to stores and directory outside the VPC. */
export function addRoutes(scope: Construct, vpc: ec2.Vpc, routes: readonly Route[]): void {
  const subnets = [...vpc.privateSubnets, ...vpc.isolatedSubnets];
  const attachments = new Map<string, ec2.CfnTransitGatewayAttachment | ec2.CfnVPCGatewayAttachment>();
  const attach = ({ transitGateway, virtualPrivateGateway }: Route) => {
    const gateway = transitGateway ?? virtualPrivateGateway;
    if (gateway === undefined) return undefined;
    const known = attachments.get(gateway);
    if (known !== undefined) return known;
    const made =
      transitGateway === undefined
        ? new ec2.CfnVPCGatewayAttachment(scope, `Attachment${gateway}`, {
            vpcId: vpc.vpcId,
            vpnGatewayId: gateway,
          })
        : new ec2.CfnTransitGatewayAttachment(scope, `Attachment${gateway}`, {
            vpcId: vpc.vpcId,
            transitGatewayId: gateway,
            subnetIds: subnets.map(({ subnetId }) => subnetId),
          });
    attachments.set(gateway, made);
    return made;
  };
  for (const [number, route] of routes.entries()) {
    const attachment = attach(route);
    for (const [index, { routeTable }] of subnets.entries()) {
      const { destination, transitGateway, peering, virtualPrivateGateway } = route;
      const made = new ec2.CfnRoute(scope, `Route${number}Subnet${index}`, {
        routeTableId: routeTable.routeTableId,
        destinationCidrBlock: destination,
        ...(transitGateway === undefined ? {} : { transitGatewayId: transitGateway }),
        ...(peering === undefined ? {} : { vpcPeeringConnectionId: peering }),
        ...(virtualPrivateGateway === undefined ? {} : { gatewayId: virtualPrivateGateway }),
      });
      if (attachment !== undefined) made.addResourceDependency(attachment);
    }
  }
}
