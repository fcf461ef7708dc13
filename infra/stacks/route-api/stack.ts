import { Duration, Validations } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import * as route53 from "aws-cdk-lib/aws-route53";
import { LoadBalancerTarget } from "aws-cdk-lib/aws-route53-targets";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { Deployment } from "../../read-config.ts";
import { deployedVpc, publishedGroup } from "../common/deployed-network.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { publish } from "../common/references.ts";
import { HTTPS, newGroup } from "../common/security-groups.ts";
import { routeApiFunction } from "./function.ts";
import { routeApiService } from "./service.ts";

/** Idle time-out: longer than a long poll, shorter than the API's own. */
const IDLE = Duration.seconds(100);

/** The route API behind an internal ALB that terminates TLS, with a name in a private zone of the VPC. */
export class RouteApiStack extends DeployedStack {
  constructor(scope: Construct, deployment: Deployment) {
    const { config } = deployment;
    super(scope, "route-api", config, "route API");
    const vpc = deployedVpc(this, config, "private");
    const balancerGroup = newGroup(this, "Balancer", vpc, "Load balancer of the route API");
    balancerGroup.addIngressRule(publishedGroup(this, config, "edge-group"), HTTPS, "From edges");
    for (const from of config.routeApi.clients)
      balancerGroup.addIngressRule(ec2.Peer.ipv4(from), HTTPS, "From support agents and programs");
    const balancer = new elb.ApplicationLoadBalancer(this, "Balancer", {
      vpc,
      vpcSubnets: { subnets: vpc.privateSubnets },
      internetFacing: false,
      securityGroup: balancerGroup,
      idleTimeout: IDLE,
      dropInvalidHeaderFields: true,
    });
    Validations.of(balancer).acknowledge({
      id: "AwsSolutions-ELB2",
      reason:
        "The API logs requests of support agents and programs, and failed ones, with id and bearer; with logs.routeApiLevel: debug all.",
    });
    const listener = balancer.addListener("Https", {
      port: 443,
      protocol: elb.ApplicationProtocol.HTTPS,
      sslPolicy: elb.SslPolicy.TLS13_RES,
      certificates: [certificate(this, config)],
      // The security groups decide who may connect.
      open: false,
      defaultAction: elb.ListenerAction.fixedResponse(404),
    });
    const parts = { vpc, balancerGroup, listener };
    if (config.routeApi.run === "service") routeApiService(this, deployment, parts);
    else routeApiFunction(this, deployment, parts);
    publish(this, config, "route-api-balancer", balancer.loadBalancerFullName);

    const zone = new route53.PrivateHostedZone(this, "Zone", { vpc, zoneName: config.routeApi.hostName });
    new route53.ARecord(this, "Name", {
      zone,
      target: route53.RecordTarget.fromAlias(new LoadBalancerTarget(balancer)),
    });
  }
}

function certificate(
  scope: Construct,
  { routeApi, domain: { hostedZone } }: DeploymentConfig,
): acm.ICertificate {
  if (routeApi.certificate !== undefined)
    return acm.Certificate.fromCertificateArn(scope, "Certificate", routeApi.certificate);
  const zone = route53.HostedZone.fromHostedZoneAttributes(scope, "PublicZone", {
    hostedZoneId: hostedZone?.id ?? "",
    zoneName: hostedZone?.name ?? "",
  });
  return new acm.Certificate(scope, "Certificate", {
    domainName: routeApi.hostName,
    validation: acm.CertificateValidation.fromDns(zone),
  });
}
