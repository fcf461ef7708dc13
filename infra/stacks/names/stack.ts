import * as route53 from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { published } from "../common/references.ts";

/** The load balancers' names in DNS. They come last: clients follow them as soon as they exist. */
export class NamesStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig, hostedZoneId: string) {
    super(scope, "names", config, "names for clients");
    for (const [name, { hostName, dualStack, record }] of Object.entries(config.loadBalancers)) {
      if (hostName === undefined || record === "none") continue;
      const types = dualStack ? ["A", "AAAA"] : ["A"];
      // Called by the host name, so that it can lead to another load balancer without a gap.
      for (const type of types)
        new route53.CfnRecordSet(this, `${type}-${hostName}`, {
          hostedZoneId,
          name: `${hostName}.`,
          type,
          aliasTarget: {
            dnsName: published(this, config, `balancer-${name}-name`),
            hostedZoneId: published(this, config, `balancer-${name}-zone`),
          },
        });
    }
  }
}

/** Whether any load balancer has a name that is to be created. */
export const createsNames = ({ loadBalancers }: DeploymentConfig): boolean =>
  Object.values(loadBalancers).some(({ hostName, record }) => hostName !== undefined && record === "create");
