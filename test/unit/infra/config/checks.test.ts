import { describe, expect, test } from "vitest";
import { formatMistake } from "../../../../bin/config/mistakes.ts";
import { readDeployment } from "../../../../infra/read-config.ts";
import { type Change, EXAMPLE, read } from "../support.ts";

test("takes the example as it is", () => {
  expect(readDeployment(EXAMPLE)).toMatchObject({ ok: true });
});

test("puts the command line's digest in place of the file's", () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  expect(readDeployment(EXAMPLE, { imageDigest: digest })).toMatchObject({
    value: { config: { image: { repository: "mmp", digest } } },
  });
});

test("says that there is no such file", () => {
  expect(readDeployment("nowhere.yaml")).toMatchObject({ ok: false, mistakes: [{ file: "nowhere.yaml" }] });
});

const MISTAKES: Record<string, [change: Change, mistake: string | RegExp]> = {
  "an unknown field": [
    (c) => {
      c.loadBalancer = {};
    },
    " loadBalancer: is not a known field; did you mean loadBalancers?",
  ],
  "a missing field": [
    (c) => {
      delete c.alarms;
    },
    " alarms: is missing",
  ],
  "an instance as the edge would refuse it": [
    (c) => {
      c.instances.main.listeners[0].tls = "ssl";
    },
    " instances.main.listeners[0].tls: must be one of none, starttls, implicit",
  ],
  "a file that nothing brings": [
    (c) => {
      delete c.secrets["store-admin"];
    },
    " instances.main.storeAdmin.passwordFile: secrets/store-admin is provided by no secret and is not in files",
  ],
  "a secret that nothing uses": [
    (c) => {
      c.secrets.spare = { file: "secrets/spare" };
    },
    " secrets.spare: no setting names a file of it; if a secret file does, list the instances that need it in `instances`",
  ],
  "a secret for an instance that is not there": [
    (c) => {
      c.secrets.spare = { file: "secrets/spare", instances: ["mian"] };
    },
    " secrets.spare.instances[0]: there is no instance mian; there are: main, acme",
  ],
  "a secret that is there twice": [
    (c) => {
      c.secrets.tls.existing = true;
      c.secrets.tls.arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/mail-tls-AbCdEf";
    },
    " secrets.tls.existing: cannot be combined with arn",
  ],
  "sizes of an instance that is not there": [
    (c) => {
      c.sizes = { instances: { mian: { cpu: 512 } } };
    },
    " sizes.instances.mian: there is no instance mian; there are: main, acme",
  ],
  "a size of one instance": [
    (c) => {
      c.sizes = { instances: { acme: { capacity: "fargate", drainSeconds: 111 } } };
    },
    " sizes.instances.acme.drainSeconds: must be at most 110 on Fargate, which kills a task 120 seconds after SIGTERM",
  ],
  "a name to be created that is not given": [
    (c) => {
      delete c.loadBalancers.main.hostName;
      c.loadBalancers.main.record = "create";
    },
    " loadBalancers.main.record: needs hostName, inside domain.hostedZone",
  ],
  "a file from two places": [
    (c) => {
      c.secrets.again = { file: "secrets/ldap" };
    },
    " secrets.again.file: secrets/ldap is already provided by secrets.directory-bind",
  ],
  "a file of the deployment's own": [
    (c) => {
      c.secrets.own = { file: "mmp.yaml" };
    },
    " secrets.own.file: mmp.yaml is reserved for the deployment",
  ],
  "a file outside": [
    (c) => {
      c.secrets.tls.files.key = "../key.pem";
    },
    " secrets.tls.files.key: must be a path below the configuration's folder",
  ],
  "a public file that is not there": [
    (c) => {
      c.files = ["vdmap"];
    },
    / files\[0\]: cannot be read: ENOENT/,
  ],
  "a balancer's instance that is not there": [
    (c) => {
      c.loadBalancers.main.listeners[0].instance = "mian";
    },
    " loadBalancers.main.listeners[0].instance: there is no instance mian; there are: main, acme",
  ],
  "a balancer's port that leads nowhere": [
    (c) => {
      c.loadBalancers.main.listeners[0].to = 1;
    },
    " loadBalancers.main.listeners[0].to: instances.main has no listener with port 1",
  ],
  "a port twice": [
    (c) => {
      c.loadBalancers.main.listeners[1].port = 143;
    },
    " loadBalancers.main.listeners[1].port: 143 is already used by another listener",
  ],
  "a listener that nobody reaches": [
    (c) => {
      c.loadBalancers.main.listeners.pop();
    },
    " instances.main.listeners[3].port: no load balancer forwards to this port",
  ],
  "a port among those for stores": [
    (c) => {
      c.instances.main.listeners[0].port = 11_143;
      c.loadBalancers.main.listeners[0].to = 11_143;
    },
    " instances.main.listeners[0].port: must be between 1 and 10239",
  ],
  "a listener on an address": [
    (c) => {
      c.instances.main.listeners[0].address = "127.0.0.1";
    },
    " instances.main.listeners[0].address: must be 0.0.0.0: each task has its own address",
  ],
  "TLS without a certificate": [
    (c) => {
      delete c.instances.main.tls;
    },
    " instances.main.listeners[0].tls: needs a certificate in instances.main.tls",
  ],
  "a PROXY header where the server speaks first": [
    (c) => {
      c.instances.main.listeners[0].proxyProtocol = "v2";
    },
    " instances.main.listeners[0].proxyProtocol: needs tls: implicit: an NLB sends the header only once the client has spoken",
  ],
  "a PROXY header that no NLB sends": [
    (c) => {
      c.instances.main.listeners[1].proxyProtocol = "v1";
    },
    " instances.main.listeners[1].proxyProtocol: must be v2, optional or none: an NLB sends no other PROXY header",
  ],
  "fewer addresses than zones": [
    (c) => {
      c.loadBalancers.main.addresses = ["eipalloc-0123456789abcdef0"];
    },
    " loadBalancers.main.addresses: must have one entry per zone, 2",
  ],
  "public addresses of an internal load balancer": [
    (c) => {
      c.loadBalancers.main.scheme = "internal";
      c.loadBalancers.main.addresses = ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1"];
    },
    " loadBalancers.main.addresses: needs scheme: internet-facing",
  ],
  "a PROXY header that the edge does not expect": [
    (c) => {
      c.loadBalancers.main.listeners[1].proxyHeader = true;
    },
    " loadBalancers.main.listeners[1].proxyHeader: proxyProtocol of the listener with port 1993 is none; optional takes connections with a header and without",
  ],
  "a PROXY header by one port and not by the other": [
    (c) => {
      c.instances.acme.listeners[1].proxyProtocol = "optional";
      c.loadBalancers.acme.listeners.push({ port: 1993, instance: "acme", to: 2993, proxyHeader: true });
    },
    " loadBalancers.acme.listeners[2].proxyHeader: must be the same for all ports that lead to 2993",
  ],
  "a protocol that no store serves": [
    (c) => {
      for (const store of Object.values<{ pop3?: object }>(c.stores)) delete store.pop3;
    },
    " instances.main.listeners[2].protocol: no entry in stores has pop3",
  ],
  "a route with two ways": [
    (c) => {
      c.network.routes[0].peering = "pcx-0123456789abcdef0";
    },
    " network.routes[0]: needs exactly one of transitGateway, peering and virtualPrivateGateway",
  ],
  "no network": [
    (c) => {
      c.storeNetworks = ["10.0.0.0/33"];
    },
    " storeNetworks[0]: must be an IPv4 network such as 10.20.0.0/16",
  ],
  "IPv6 in a VPC without": [
    (c) => {
      c.loadBalancers.main.dualStack = true;
    },
    " loadBalancers.main.dualStack: needs network.dualStack",
  ],
  "a name outside of the zone": [
    (c) => {
      c.loadBalancers.main.hostName = "mail.example.org";
      c.loadBalancers.main.record = "create";
    },
    " loadBalancers.main.record: needs hostName, inside domain.hostedZone",
  ],
  "no way to the route API's certificate": [
    (c) => {
      c.routeApi.hostName = "routes.internal.test";
    },
    " routeApi.hostName: must be inside domain.hostedZone, or routeApi.certificate must be set",
  ],
  "an image by digest and tag": [
    (c) => {
      c.image.digest = `sha256:${"ab".repeat(32)}`;
    },
    " image: needs either digest or tag, not both",
  ],
  "an image that nothing leads to": [
    (c) => {
      c.image = { uri: "registry.example/mmp@sha256:ab" };
    },
    " image.uri: a registry outside AWS needs network.natGateways: nothing else leads there",
  ],
  "an image of another region": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.image = { uri: "111122223333.dkr.ecr.us-east-1.amazonaws.com/mmp:1" };
    },
    " image.uri: ECR in us-east-1 needs network.natGateways: nothing else leads there",
  ],
  "more targets than a load balancer takes": [
    (c) => {
      c.sizes = { edge: { tasks: { min: 4, max: 300 } } };
    },
    ' loadBalancers.main: needs 1200 (tasks.max × ports × maximumPercent, in each zone) where the quota "Targets per Availability Zone per Network Load Balancer" is 500; if AWS has raised it, set quotas.targetsPerZone',
  ],
  "more networks than a security group takes": [
    (c) => {
      c.loadBalancers.main.clients = Array.from({ length: 16 }, (_, index) => `192.0.${index}.0/24`);
    },
    ' loadBalancers.main.clients: needs 64 (clients × ports) where the quota "Inbound or outbound rules per security group" is 60; if AWS has raised it, set quotas.rulesPerGroup',
  ],
  "a token's name twice": [
    (c) => {
      c.routeApi.tokens.push({ name: "edge", scopes: ["admin"] });
    },
    " routeApi.tokens[1].name: edge is already the name of another token",
  ],
  "replicas of nowhere": [
    (c) => {
      c.data = { replicas: ["eu-west-1"] };
    },
    " data.replicas: need environment.region to be set, so that it is not listed twice",
  ],
  "more at least than at most": [
    (c) => {
      c.sizes = { edge: { tasks: { min: 9, max: 8 } } };
    },
    " sizes.edge.tasks.min: must not exceed max (8)",
  ],
  "a long drain on Fargate": [
    (c) => {
      c.sizes = { edge: { capacity: "fargate" } };
    },
    " sizes.edge.drainSeconds: must be at most 110 on Fargate, which kills a task 120 seconds after SIGTERM",
  ],
  "a drain that CloudFormation does not wait for": [
    (c) => {
      c.sizes = { edge: { drainSeconds: 900, deregistrationSeconds: 300, maximumPercent: 110 } };
    },
    " sizes.edge.drainSeconds: with deregistrationSeconds, and 10 waves by maximumPercent, a deployment takes 12000 seconds; CloudFormation gives it up after three hours, so at most 9000 can be planned",
  ],
  "memory that Fargate does not give": [
    (c) => {
      c.sizes = { sync: { cpu: 256, memoryMiB: 1536 } };
    },
    " sizes.sync.memoryMiB: with 256 CPU units Fargate offers 512, 1024, 2048",
  ],
  "hosts of the other architecture": [
    (c) => {
      c.sizes = { edge: { instanceType: "c7i.large" } };
    },
    " sizes.edge.instanceType: c7i.large is not an arm64 instance type",
  ],
  "subnets that are not one a zone": [
    (c) => {
      c.network = {
        vpc: "vpc-0123456789abcdef0",
        cidr: "10.0.0.0/16",
        availabilityZones: ["a", "b"],
        publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        privateSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
      };
    },
    " network.privateSubnets: must have one entry per availability zone",
  ],
};

describe("names field and reason, with its line, for", () => {
  test.each(Object.entries(MISTAKES))("%s", (_, [change, mistake]) => {
    const result = read(change);
    const lines = result.ok ? [] : result.mistakes.map(formatMistake);
    expect(lines.join("\n")).toMatch(/deployment\.yaml:\d+:\d+ /);
    if (typeof mistake === "string")
      expect(lines.map((line) => line.replace(/^.*?:\d+:\d+/, ""))).toContain(mistake);
    else expect(lines.join("\n")).toMatch(mistake);
  });
});

test("refuses more configuration than a secret can hold", () => {
  const result = read(
    (config) => {
      config.files = ["vdmap"];
    },
    { vdmap: "x".repeat(70_000) },
  );
  expect(result.ok ? "" : result.mistakes.map(({ field, text }) => `${field}: ${text}`).join("\n")).toMatch(
    /^files: with these files the configuration of edge-main is \d+ bytes; a secret holds 65536$/m,
  );
});
