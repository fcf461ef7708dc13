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

test.each(["sha256:1", `sha256:${"0".repeat(64)}`])("refuses the command line's digest %s", (imageDigest) => {
  expect(readDeployment(EXAMPLE, { imageDigest })).toMatchObject({
    ok: false,
    mistakes: [{ field: "image", text: `-c image=${imageDigest}: is not the digest of an image` }],
  });
});

describe("takes what only looks wrong", () => {
  test.each<[string, Change]>([
    [
      "a route wider than the VPC",
      (c) => {
        c.network.routes[0].destination = "10.0.0.0/8";
      },
    ],
    [
      "wide networks that are meant",
      (c) => {
        c.loadBalancers.main.wideClients = true;
        c.loadBalancers.main.clients = ["0.0.0.0/0"];
        c.routeApi.wideClients = true;
        c.routeApi.clients = ["10.0.0.0/8"];
      },
    ],
    [
      "an instance type that is said to exist",
      (c) => {
        c.sizes = { edge: { instanceType: "m99g.large", host: { cores: 2, memoryMiB: 8192 } } };
      },
    ],
    [
      "privileged ports on hosts",
      (c) => {
        c.instances.main.listeners[0].port = 143;
        c.loadBalancers.main.listeners[0].to = 143;
      },
    ],
  ])("%s", (_, change) => expect(read(change)).toMatchObject({ ok: true }));
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
  "a certificate outside of the zone": [
    (c) => {
      c.secrets.tls.acm = { hostNames: ["mail.example.com", "mail.example.org"] };
    },
    " secrets.tls.acm.hostNames[1]: must be inside domain.hostedZone",
  ],
  "a certificate for a secret that is there already": [
    (c) => {
      c.secrets.tls.arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/mail-tls-AbCdEf";
      c.secrets.tls.acm = { hostNames: ["mail.example.com"] };
    },
    " secrets.tls.acm: cannot be combined with arn",
  ],
  "a certificate by other names": [
    (c) => {
      c.secrets.tls.files = { crt: "secrets/tls.crt", key: "secrets/tls.key" };
      c.secrets.tls.acm = { hostNames: ["mail.example.com"] };
    },
    " secrets.tls.files: must be certificate and key, with acm",
  ],
  "a place of one's own for saved routes": [
    (c) => {
      c.edge = { snapshotFile: "/tmp/routes" };
    },
    " edge.snapshotFile: is set by the deployment, on hosts; leave it out",
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
  "a public file of the deployment's own": [
    (c) => {
      c.files = ["./amazon-root-cas.pem"];
    },
    " files[0]: ./amazon-root-cas.pem is reserved for the deployment",
  ],
  "a table's key beside replicas": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.data = {
        replicas: ["eu-west-1"],
        kmsKey: "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001",
      };
    },
    " data.kmsKey: cannot be combined with replicas: each would need a key of its own",
  ],
  "a table's key in no region": [
    (c) => {
      c.data = { kmsKey: "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001" };
    },
    " data.kmsKey: needs environment.region to be set, because the table names the key by its region",
  ],
  "a table's key of another region": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.data = { kmsKey: "arn:aws:kms:us-east-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001" };
    },
    " data.kmsKey: is in us-east-1, and the deployment in eu-central-1",
  ],
  "a key by its alias": [
    (c) => {
      c.secrets.tls.kmsKey = "arn:aws:kms:eu-central-1:111122223333:alias/mail";
    },
    " secrets.tls.kmsKey: must be the ARN of a KMS key, not of an alias",
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
    " instances.main.listeners[0].address: must be :: or 0.0.0.0: each task has its own address",
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
  "a PROXY header in an existing VPC from nobody knows where": [
    (c) => {
      c.network = {
        vpc: "vpc-0123456789abcdef0",
        cidr: "10.0.0.0/16",
        availabilityZones: ["a", "b"],
        publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
      };
    },
    " instances.acme.listeners[1].proxyProtocol: needs trustedProxies: the networks of the load balancer's subnets in this VPC",
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
  "an address in place of a network": [
    (c) => {
      c.directoryNetworks = ["10.20.128.7/24"];
    },
    " directoryNetworks[0]: has bits behind its prefix: an address is not a network",
  ],
  "an IPv6 address in place of a network": [
    (c) => {
      c.loadBalancers.main.clients = ["2001:db8::1/32"];
    },
    " loadBalancers.main.clients[0]: has bits behind its prefix: an address is not a network",
  ],
  "clients in no network": [
    (c) => {
      c.loadBalancers.main.clients = ["2001:db8::/129"];
    },
    " loadBalancers.main.clients[0]: must be a network such as 192.0.2.0/24 or 2001:db8::/32",
  ],
  "clients from a large part of the internet": [
    (c) => {
      c.loadBalancers.main.clients = ["192.0.2.0/24", "8.0.0.0/7"];
    },
    " loadBalancers.main.clients[1]: admits a large part of the internet; if that is meant, set wideClients: true; leave clients out to admit everybody",
  ],
  "agents from a large network": [
    (c) => {
      c.routeApi.clients = ["10.0.0.0/8"];
    },
    " routeApi.clients[0]: admits a large part of the internet; if that is meant, set wideClients: true",
  ],
  "a range that a VPC cannot have": [
    (c) => {
      c.network.cidr = "10.40.0.0/24";
    },
    " network.cidr: must be between a /16 and a /18: each zone takes a /20 and a /24",
  ],
  "a range that overlaps the first": [
    (c) => {
      c.network.secondCidr = "10.40.64.0/18";
    },
    " network.secondCidr: overlaps cidr, 10.40.0.0/16",
  ],
  "a range that AWS does not add": [
    (c) => {
      c.network.secondCidr = "172.16.0.0/16";
    },
    " network.secondCidr: is in 172.16.0.0/12: AWS adds no range of it to a VPC in 10.0.0.0/8",
  ],
  "a second range without room": [
    (c) => {
      c.network.secondCidr = "100.64.0.0/20";
    },
    " network.secondCidr: must be between a /16 and a /18: each zone takes a /20",
  ],
  "a first range without room": [
    (c) => {
      c.network.cidr = "10.40.0.0/24";
      c.network.secondCidr = "100.64.0.0/16";
    },
    " network.cidr: must be between a /16 and a /22: each zone takes a /24",
  ],
  "fewer zones than are to be used": [
    (c) => {
      c.network.availabilityZones = ["eu-central-1a", "eu-central-1a"];
    },
    " network.availabilityZones: must have one entry per zone, 2",
  ],
  "a zone of another region": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.network.availabilityZones = ["eu-central-1a", "us-east-1b"];
    },
    " network.availabilityZones[1]: is not a zone of eu-central-1",
  ],
  "an internet-facing load balancer without a public subnet": [
    (c) => {
      c.network.privateOnly = true;
    },
    " loadBalancers.main.scheme: internet-facing needs network.privateOnly: false",
  ],
  "an internet-facing load balancer in an existing VPC without a public subnet": [
    (c) => {
      c.network = {
        vpc: "vpc-0123456789abcdef0",
        cidr: "10.0.0.0/16",
        availabilityZones: ["a", "b"],
        privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
      };
    },
    " loadBalancers.main.scheme: internet-facing needs network.publicSubnets",
  ],
  "NAT gateways without a public subnet": [
    (c) => {
      c.network = { privateOnly: true, natGateways: 1 };
    },
    " network.natGateways: stand in public subnets, and privateOnly has none; add a route for 0.0.0.0/0",
  ],
  "IPv6 without a public subnet": [
    (c) => {
      c.network = { privateOnly: true, dualStack: true };
    },
    " network.dualStack: cannot be combined with privateOnly",
  ],
  "a second way to the internet": [
    (c) => {
      c.network.natGateways = 1;
      c.network.routes[0].destination = "0.0.0.0/0";
    },
    " network.routes[0].destination: is the NAT gateways' own route",
  ],
  "a fixed address outside its subnet": [
    (c) => {
      c.loadBalancers.acme.scheme = "internal";
      c.loadBalancers.acme.privateAddresses = ["10.40.16.10", "10.40.48.10"];
    },
    " loadBalancers.acme.privateAddresses[1]: is not in the private subnet of its zone, 10.40.32.0/20",
  ],
  "an address twice": [
    (c) => {
      c.loadBalancers.main.addresses = ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef0"];
    },
    " loadBalancers.main.addresses: must have one entry per zone, 2",
  ],
  "a route into the VPC": [
    (c) => {
      c.network.routes[0].destination = "10.40.128.0/20";
    },
    " network.routes[0].destination: is inside the VPC, 10.40.0.0/16: AWS takes no route for it",
  ],
  "a route twice": [
    (c) => {
      c.network.routes.push({ destination: "10.20.0.0/16", peering: "pcx-0123456789abcdef0" });
    },
    " network.routes[1].destination: is already the destination of another route",
  ],
  "DNS servers that nothing leads to": [
    (c) => {
      c.network.dns = { forward: [{ domain: "corp.example.com", servers: ["10.20.0.53", "10.30.0.53"] }] };
    },
    " network.dns.forward[0].servers[1]: no entry of network.routes leads there",
  ],
  "a domain that is forwarded twice": [
    (c) => {
      const corp = { domain: "corp.example.com", servers: ["10.20.0.53"] };
      c.network.dns = { forward: [corp, corp] };
    },
    " network.dns.forward[1].domain: is already forwarded",
  ],
  "the route API's name, forwarded": [
    (c) => {
      c.network.dns = { forward: [{ domain: "routes.example.com", servers: ["10.20.0.53"] }] };
    },
    " network.dns.forward[0].domain: is the route API's own name, which the VPC resolves itself",
  ],
  "no domain": [
    (c) => {
      c.network.dns = { forward: [{ domain: "corp..example", servers: ["10.20.0.53"] }] };
    },
    " network.dns.forward[0].domain: must be a domain",
  ],
  "an existing VPC without its subnets": [
    (c) => {
      c.network = { vpc: "vpc-0123456789abcdef0", cidr: "10.0.0.0/16" };
    },
    " network.vpc: needs availabilityZones, privateSubnets beside it",
  ],
  "a certificate of another region": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.routeApi.certificate = "arn:aws:acm:us-east-1:111122223333:certificate/1";
    },
    " routeApi.certificate: is in us-east-1, and the deployment in eu-central-1",
  ],
  "a secret of another region": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.secrets.tls.arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:corp/mail-tls-AbCdEf";
    },
    " secrets.tls.arn: is in us-east-1, and the deployment in eu-central-1",
  ],
  "a digest that stands for one": [
    (c) => {
      c.image = { repository: "mmp", digest: `sha256:${"0".repeat(64)}` };
    },
    " image.digest: is a placeholder: no image has a digest of zeros",
  ],
  "an image anywhere whose digest stands for one": [
    (c) => {
      c.image = { uri: `registry.example/mmp@sha256:${"0".repeat(64)}` };
    },
    " image.uri: is a placeholder: no image has a digest of zeros",
  ],
  "a privileged port on Fargate": [
    (c) => {
      c.sizes = { instances: { main: { capacity: "fargate", drainSeconds: 100 } } };
      c.instances.main.listeners[0].port = 143;
      c.loadBalancers.main.listeners[0].to = 143;
    },
    " instances.main.listeners[0].port: must be at least 1024: on Fargate a task that is not root can have no lower port",
  ],
  "more tokens than a role can name": [
    (c) => {
      c.routeApi.tokens = Array.from({ length: 41 }, (_, index) => ({
        name: `t${index}`,
        scopes: ["support"],
      }));
    },
    " routeApi.tokens: must have at most 40 entries",
  ],
  "an instance type that does not exist": [
    (c) => {
      c.sizes = { edge: { instanceType: "m7g.larg" } };
    },
    " sizes.edge.instanceType: m7g.larg is not a known instance type; if there is such a type, say in sizes.edge.host what it has",
  ],
  "a family that does not exist": [
    (c) => {
      c.sizes = { edge: { instanceType: "m7q.large" } };
    },
    " sizes.edge.instanceType: m7q.large is not a known instance type; if there is such a type, say in sizes.edge.host what it has",
  ],
  "a task with more memory than its host": [
    (c) => {
      c.sizes = { edge: { memoryMiB: 8192 } };
    },
    " sizes.edge.memoryMiB: a host of type m7g.large has 2048 CPU units and 7608 MiB for tasks",
  ],
  "a task with more cores than its host": [
    (c) => {
      c.sizes = { instances: { acme: { cpu: 4096 } } };
    },
    " sizes.instances.acme.cpu: a host of type m7g.large has 2048 CPU units and 7608 MiB for tasks",
  ],
  "more tasks than the hosts can hold": [
    (c) => {
      c.sizes = { edge: { hosts: { min: 2, max: 10 } } };
    },
    " sizes.edge.hosts.max: 11 are needed for tasks.max of every instance, with one host left over for deployments",
  ],
  "IPv6 clients of a load balancer without": [
    (c) => {
      c.loadBalancers.main.clients = ["192.0.2.0/24", "2001:db8::/32"];
    },
    " loadBalancers.main.clients[1]: an IPv6 network needs dualStack: true",
  ],
  "IPv6 for no client": [
    (c) => {
      c.network.dualStack = true;
      c.loadBalancers.main.dualStack = true;
      c.loadBalancers.main.clients = ["192.0.2.0/24"];
    },
    " loadBalancers.main.clients: has no IPv6 network, so that dualStack would be of no use",
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
  "credentials for ECR": [
    (c) => {
      c.image = {
        uri: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/mmp:1",
        credentials: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/registry-AbCdEf",
      };
    },
    " image.credentials: is not for ECR, which goes by the tasks' roles",
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
  "more ports than a load balancer has listeners": [
    (c) => {
      c.loadBalancers.acme.listeners = Array.from({ length: 51 }, (_, index) => ({
        port: 5000 + index,
        instance: "acme",
        to: index === 0 ? 2993 : 2143,
      }));
    },
    ' loadBalancers.acme.listeners: needs 51 (ports for clients) where the quota "Listeners per Network Load Balancer" is 50; if AWS has raised it, set quotas.listeners',
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
  "Spot hosts": [
    (c) => {
      c.sizes = { edge: { spot: true } };
    },
    " sizes.edge.spot: must be false: AWS takes a Spot host back at two minutes' notice, too short to drain its sessions",
  ],
  "an AMI by its name": [
    (c) => {
      c.sizes = { edge: { ami: "al2023-ecs" } };
    },
    " sizes.edge.ami: must be the id of an AMI, or the name of an SSM parameter",
  ],
  "another type of the other architecture": [
    (c) => {
      c.sizes = { edge: { otherInstanceTypes: ["m6g.large", "m7i.large"] } };
    },
    " sizes.edge.otherInstanceTypes[1]: m7i.large is not an arm64 instance type",
  ],
  "a type twice": [
    (c) => {
      c.sizes = { edge: { otherInstanceTypes: ["m7g.large"] } };
    },
    " sizes.edge.otherInstanceTypes[0]: m7g.large is already listed",
  ],
  "another type too small for a task": [
    (c) => {
      c.sizes = { edge: { otherInstanceTypes: ["m7g.medium"], memoryMiB: 4096 } };
    },
    " sizes.edge.memoryMiB: a host of type m7g.medium has 1024 CPU units and 3676 MiB for tasks",
  ],
  "more tasks than the smallest hosts can hold": [
    (c) => {
      c.sizes = { edge: { otherInstanceTypes: ["m7g.medium"] } };
    },
    " sizes.edge.hosts.max: 23 are needed for tasks.max of every instance, with one host left over for deployments",
  ],
  "a time that is none": [
    (c) => {
      c.sizes = { edge: { schedule: [{ cron: "0 7 * * MON-FRI", min: 8 }] } };
    },
    " sizes.edge.schedule[0].cron: must be minute, hour, day of month, month, day of week, year, one of the days a ?",
  ],
  "a time zone that is none": [
    (c) => {
      c.sizes = { edge: { schedule: [{ cron: "0 7 ? * MON-FRI *", timeZone: "Berlin", min: 8 }] } };
    },
    " sizes.edge.schedule[0].timeZone: must be a time zone such as Europe/Berlin",
  ],
  "a scheduled minimum above the maximum": [
    (c) => {
      c.sizes = { edge: { schedule: [{ cron: "0 7 ? * MON-FRI *", min: 33 }] } };
    },
    " sizes.edge.schedule[0].min: must not exceed tasks.max (32)",
  ],
  "alarms for nobody": [
    (c) => {
      c.alarms = {};
    },
    " alarms: needs email or receivers: otherwise nobody hears of an alarm",
  ],
  "alarms in clear": [
    (c) => {
      c.alarms.receivers = [{ protocol: "https", endpoint: "http://pager.example.com" }];
    },
    " alarms.receivers[0].endpoint: must be a URL with https://",
  ],
  "a queue by its name": [
    (c) => {
      c.alarms.receivers = [{ protocol: "sqs", endpoint: "alarms" }];
    },
    " alarms.receivers[0].endpoint: must be an ARN of sqs",
  ],
  "a stream for alarms that nobody may write to": [
    (c) => {
      c.alarms.receivers = [
        {
          protocol: "firehose",
          endpoint: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/alarms",
        },
      ];
    },
    " alarms.receivers[0].role: is for firehose, which needs it",
  ],
  "logs for a bucket": [
    (c) => {
      c.logs = { exportTo: "arn:aws:s3:::logs" };
    },
    " logs.exportTo: must be the ARN of a Firehose stream, a Kinesis stream or another account's log destination",
  ],
  "a key for logs of another region": [
    (c) => {
      c.environment = { region: "eu-central-1" };
      c.logs = { kmsKey: "arn:aws:kms:us-east-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001" };
    },
    " logs.kmsKey: is in us-east-1, and the deployment in eu-central-1",
  ],
  "a tag of the deployment's own": [
    (c) => {
      c.tags = { application: "mail" };
    },
    " tags.application: must be a key of a tag, and not application",
  ],
  "a qualifier that the CDK does not take": [
    (c) => {
      c.environment = { bootstrapQualifier: "mail-platform" };
    },
    " environment.bootstrapQualifier: must be at most 10 lower-case letters and digits",
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

test.each([
  [
    "vdmap acme 10.0.0.1\n# acme:StoreAdminPass x\n acme:storeadminpass geheim\n",
    "holds StoreAdminPass in line 3",
  ],
  ["\ufeffacme:StoreAdminPass\r\n", "holds StoreAdminPass in line 1"],
  ["-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n", "holds a private key in line 2"],
])("refuses a file that is not secret and holds %j", (vdmap, reason) => {
  const result = read(
    (config) => {
      config.files = ["vdmap"];
    },
    { vdmap },
  );
  const texts = result.ok ? [] : result.mistakes.map(({ field, text }) => `${field}: ${text}`);
  expect(texts).toEqual([`files[0]: ${reason}: files are not secret; list it in secrets instead`]);
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
