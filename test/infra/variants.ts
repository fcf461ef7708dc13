import type { Change } from "../unit/infra/support.ts";

/** Deployments of each kind; every check of whole templates goes over all of them. */
export const VARIANTS: Record<string, Change> = {
  "the example": () => {},
  Fargate: (c) => {
    c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
  },
  "a route API in Lambda": (c) => {
    c.routeApi.run = "lambda";
  },
  "IPv6, NAT gateways, replicas, an account": (c) => {
    c.environment = { account: "111122223333", region: "eu-central-1" };
    c.network = {
      dualStack: true,
      natGateways: 2,
      zones: 3,
      routes: [{ destination: "10.20.0.0/16", virtualPrivateGateway: "vgw-0123456789abcdef0" }],
    };
    c.loadBalancers.main.dualStack = true;
    c.data = { replicas: ["eu-west-1"], warmWritesPerSecond: 40_000 };
  },
  "an existing VPC, internal balancers": (c) => {
    c.environment = { account: "111122223333", region: "eu-central-1" };
    c.network = {
      vpc: "vpc-0123456789abcdef0",
      cidr: "10.0.0.0/16",
      availabilityZones: ["eu-central-1a", "eu-central-1b"],
      publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
      privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
    };
    c.instances.acme.listeners[1].trustedProxies = ["10.0.16.0/20", "10.0.32.0/20"];
    for (const balancer of Object.values<{ scheme?: string }>(c.loadBalancers)) balancer.scheme = "internal";
  },
  "an image of any registry, no names": (c) => {
    c.network = { natGateways: 1 };
    c.image = { uri: "registry.example/mmp@sha256:00" };
    c.routeApi.certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1";
    c.domain = {};
    for (const balancer of Object.values<{ hostName?: string }>(c.loadBalancers)) delete balancer.hostName;
  },
};
