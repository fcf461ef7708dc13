import type { Change } from "../unit/infra/support.ts";
import { judged, type Synthesised } from "./synthesise.ts";

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
      dns: {
        forward: [{ domain: "corp.example.com", servers: ["10.20.0.53", "10.20.1.53"] }],
        rules: ["rslvr-rr-0123456789abcdef0"],
      },
    };
    c.loadBalancers.main.dualStack = true;
    c.loadBalancers.main.clients = ["192.0.2.0/24", "2001:db8::/32"];
    c.data = { replicas: ["eu-west-1"], warmWritesPerSecond: 40_000 };
  },
  "several instances, one on Fargate, one of six ports, keys and machines of the operator": (c) => {
    c.instances.main.listeners.push(
      { protocol: "imap", port: 1994, tls: "implicit", proxyProtocol: "optional" },
      { protocol: "pop3", port: 1996, tls: "implicit", proxyProtocol: "v2" },
    );
    c.loadBalancers.main.listeners.push(
      { port: 1993, instance: "main", to: 1994, proxyHeader: true },
      { port: 1995, instance: "main", to: 1996 },
    );
    c.instances.third = {
      ...c.instances.acme,
      listeners: [{ protocol: "imap", port: 3993, tls: "implicit" }],
    };
    c.loadBalancers.third = {
      scheme: "internal",
      privateAddresses: ["10.40.16.10", "10.40.32.10"],
      listeners: [{ port: 993, instance: "third", to: 3993 }],
    };
    c.sizes = {
      edge: {
        ami: "ami-0123456789abcdef0",
        otherInstanceTypes: ["m6g.large", "c7g.xlarge"],
        diskGiB: 50,
        schedule: [{ cron: "0 7 ? * MON-FRI *", timeZone: "Europe/Berlin", min: 8 }],
      },
      instances: { acme: { capacity: "fargate", drainSeconds: 100 } },
    };
    const key = "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001";
    c.secrets.tls.kmsKey = key;
    c.secrets.tls.acm = { hostNames: ["mail.example.com", "imap.example.com"] };
    c.environment = { region: "eu-central-1" };
    c.data = { kmsKey: key };
    c.sizes.edge.diskKmsKey = key;
    c.logs = { kmsKey: key, exportTo: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/mail-logs" };
    c.alarms.kmsKey = key;
    c.alarms.receivers = [
      { protocol: "https", endpoint: "https://pager.example.com/mail" },
      { protocol: "sms", endpoint: "+4915112345678" },
      { protocol: "sqs", endpoint: "arn:aws:sqs:eu-central-1:111122223333:alarms" },
      { protocol: "lambda", endpoint: "arn:aws:lambda:eu-central-1:111122223333:function:alarms" },
      {
        protocol: "firehose",
        endpoint: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/alarms",
        role: "arn:aws:iam::111122223333:role/sns-to-firehose",
      },
    ];
    c.secrets["tls-acme"].arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/acme-AbCdEf";
    c.secrets["tls-acme"].kmsKey = key;
    for (const name of ["main", "acme"]) c.loadBalancers[name].record = "create";
  },
  "an existing VPC without public subnets or endpoints, ways in, bounds": (c) => {
    c.environment = {
      account: "111122223333",
      region: "eu-central-1",
      permissionsBoundary: "corp-boundary",
      bootstrapQualifier: "mail1",
    };
    c.tags = { "cost-centre": "4711" };
    c.access = { hosts: true, tasks: true };
    c.network = {
      vpc: "vpc-0123456789abcdef0",
      cidr: "10.0.0.0/16",
      secondCidr: "100.64.0.0/16",
      availabilityZones: ["eu-central-1a", "eu-central-1b"],
      privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
      endpoints: { routeTables: ["rtb-0123456789abcdef0"] },
      securityGroups: {
        loadBalancers: ["sg-0123456789abcdef0"],
        edges: ["sg-0123456789abcdef1"],
        routeApi: ["sg-0123456789abcdef2"],
        sync: ["sg-0123456789abcdef2"],
      },
      dnsServers: ["10.20.0.53"],
    };
    c.instances.acme.listeners[1].trustedProxies = ["10.0.16.0/20", "10.0.32.0/20"];
    for (const balancer of Object.values<{ scheme?: string }>(c.loadBalancers)) balancer.scheme = "internal";
  },
  "two ranges without public subnets, zones by name, an image of any registry, no names": (c) => {
    c.network = {
      privateOnly: true,
      cidr: "10.40.0.0/22",
      secondCidr: "10.50.0.0/18",
      zones: 2,
      availabilityZones: ["eu-central-1a", "eu-central-1c"],
      routes: [{ destination: "0.0.0.0/0", transitGateway: "tgw-0123456789abcdef0" }],
    };
    for (const balancer of Object.values<{ scheme?: string }>(c.loadBalancers)) balancer.scheme = "internal";
    c.image = {
      uri: "registry.example/mmp@sha256:00",
      credentials: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/registry-AbCdEf",
    };
    c.routeApi.certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1";
    c.domain = {};
    for (const balancer of Object.values<{ hostName?: string }>(c.loadBalancers)) delete balancer.hostName;
  },
};

/** The templates of a variant, whose rules are checked on the way; those who ask for the same share them. */
export function variant(name: string): Promise<Synthesised> {
  const change = VARIANTS[name];
  if (change === undefined) throw new Error(`there is no variant ${name}`);
  return judged(change);
}
