import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Change } from "../unit/infra/support.ts";
import { ofType, type Resource, type Resources, type Synthesised, synthesised } from "./synthesise.ts";
import { drainedServices, faultsOf, type Update } from "./update.ts";

interface Step {
  change: Change;
  /** Stacks that the page has the operator destroy. */
  destroyed?: Update["destroyed"];
  /** Edge services whose sessions drain. */
  drained: string[];
}

const both =
  (...changes: Change[]): Change =>
  (c) => {
    for (const change of changes) change(c);
  };
const nothing: Change = () => {};
const EVERY_EDGE = ["edge-acme/Serviceacme", "edge-main/Servicemain"];

const newDomain: Change = (c) => {
  c.secrets["tls-new"] = { files: { certificate: "secrets/new.crt", key: "secrets/new.key" } };
  c.instances.new = {
    listeners: [{ protocol: "imap", port: 3993, tls: "implicit" }],
    tls: { certificates: [{ certFile: "secrets/new.crt", keyFile: "secrets/new.key" }] },
    defaultDomain: "new.example",
  };
  c.loadBalancers.new = { listeners: [{ port: 993, instance: "new", to: 3993 }] };
};
const withoutListeners: Change = (c) => {
  c.loadBalancers.new = { listeners: [] };
};
const secondCertificate: Change = (c) => {
  c.secrets["tls-second"] = { files: { certificate: "secrets/second.crt", key: "secrets/second.key" } };
  c.instances.acme.tls.certificates.push({
    certFile: "secrets/second.crt",
    keyFile: "secrets/second.key",
  });
};
const issuedFor =
  (...hostNames: string[]): Change =>
  (c) => {
    c.secrets.tls.acm = { hostNames };
  };
const onFargate: Change = (c) => {
  c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
};
const inLambda: Change = (c) => {
  c.routeApi.run = "lambda";
};
const inside: Change = (c) => {
  c.loadBalancers.inside = { scheme: "internal", listeners: c.loadBalancers.main.listeners };
};
const mainInside: Change = (c) => {
  c.loadBalancers.main.scheme = "internal";
};
const outside: Change = (c) => {
  c.loadBalancers.outside = { listeners: c.loadBalancers.main.listeners };
};
const retired: Change = (c) => {
  c.loadBalancers.main.listeners = [];
};
const withoutMain: Change = (c) => {
  delete c.loadBalancers.main;
};
const header =
  (proxyProtocol: string, proxyHeader?: boolean): Change =>
  (c) => {
    c.instances.acme.listeners[1].proxyProtocol = proxyProtocol;
    if (proxyHeader !== undefined) c.loadBalancers.acme.listeners[1].proxyHeader = proxyHeader;
  };
const threeZones: Change = (c) => {
  c.network.zones = 3;
};
const tableKey =
  (number?: number): Change =>
  (c) => {
    c.environment = { region: "eu-central-1" };
    const key = `arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-00000000000${number}`;
    if (number !== undefined) c.data = { kmsKey: key };
  };
const forwarding =
  (...servers: string[]): Change =>
  (c) => {
    c.network.dns = { forward: [{ domain: "corp.example.com", servers }] };
  };
const named =
  (name: string): Change =>
  (c) => {
    delete c.loadBalancers.main.hostName;
    Object.assign(c.loadBalancers[name], { hostName: "mail.example.com", record: "create" });
  };

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001";
const machines =
  (edge: object): Change =>
  (c) => {
    c.sizes = { edge };
  };
const inVpc =
  (securityGroups: object): Change =>
  (c) => {
    c.network = {
      vpc: "vpc-0123456789abcdef0",
      cidr: "10.0.0.0/16",
      availabilityZones: ["eu-central-1a", "eu-central-1b"],
      publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
      privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
      securityGroups,
    };
    c.instances.acme.listeners[1].trustedProxies = ["10.0.0.0/24"];
  };

/** What an operator changes in the first year: from one configuration to the next, and what that costs. */
const STORIES: Record<string, Step[]> = {
  "a virtual domain of its own comes and goes": [
    { change: nothing, drained: [] },
    { change: newDomain, drained: [] },
    { change: withoutListeners, destroyed: { first: ["edge-new"] }, drained: [] },
    { change: nothing, drained: [] },
  ],
  "another certificate for an instance": [
    { change: nothing, drained: [] },
    { change: secondCertificate, drained: [] },
    { change: nothing, drained: [] },
  ],
  "a certificate that ACM issues, for one name more, and back": [
    { change: nothing, drained: [] },
    { change: issuedFor("mail.example.com"), drained: [] },
    { change: issuedFor("mail.example.com", "imap.example.com"), drained: [] },
    { change: nothing, drained: [] },
  ],
  "a port for clients": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.loadBalancers.main.listeners[0].port = 1143;
      },
      drained: [],
    },
  ],
  "a port of an instance": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.loadBalancers.main.listeners[0].to = 1144;
        c.instances.main.listeners[0].port = 1144;
      },
      drained: ["edge-main/Servicemain"],
    },
  ],
  "an own secret becomes one that is there, and back": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.secrets.tls.arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/mail-tls-AbCdEf";
      },
      drained: [],
    },
    {
      change: (c) => {
        c.secrets.tls.existing = true;
      },
      drained: [],
    },
  ],
  "from hosts to Fargate": [
    { change: nothing, drained: [] },
    { change: onFargate, destroyed: { last: ["hosts"] }, drained: EVERY_EDGE },
    { change: nothing, drained: EVERY_EDGE },
  ],
  "the route API from a service to Lambda, and back": [
    { change: nothing, drained: [] },
    { change: inLambda, drained: [] },
    { change: nothing, drained: [] },
  ],
  "from the internet to the inside, by a second load balancer": [
    { change: named("main"), drained: [] },
    // More than five target groups: the instance gets a second service.
    { change: both(inside, named("main")), drained: ["edge-main/Servicemain"] },
    { change: both(inside, named("inside")), drained: [] },
    {
      change: both(inside, named("inside"), retired),
      drained: ["edge-main/Servicemain1", "edge-main/Servicemain2"],
    },
    { change: both(inside, named("inside"), withoutMain), drained: [] },
  ],
  "from the inside to the internet, by a second load balancer": [
    { change: both(mainInside, named("main")), drained: [] },
    { change: both(mainInside, outside, named("main")), drained: ["edge-main/Servicemain"] },
    { change: both(mainInside, outside, named("outside")), drained: [] },
    {
      change: both(mainInside, outside, named("outside"), retired),
      drained: ["edge-main/Servicemain1", "edge-main/Servicemain2"],
    },
    { change: both(mainInside, outside, named("outside"), withoutMain), drained: [] },
  ],
  "PROXY v2 comes and goes: edges take both while the load balancer changes over": [
    { change: header("none"), drained: [] },
    { change: header("optional"), drained: [] },
    { change: header("optional", true), drained: [] },
    { change: header("v2"), drained: [] },
    { change: header("optional", true), drained: [] },
    { change: header("optional"), drained: [] },
    { change: header("none"), drained: [] },
  ],
  "names of the data centre": [
    { change: nothing, drained: [] },
    { change: forwarding("10.20.0.53"), drained: [] },
    { change: forwarding("10.20.0.54", "10.20.1.54"), drained: [] },
    { change: nothing, drained: [] },
  ],
  "a KMS key for the table, then another": [
    { change: tableKey(), drained: [] },
    { change: tableKey(1), drained: [] },
    { change: tableKey(2), drained: [] },
  ],
  "one more zone": [
    { change: nothing, drained: [] },
    { change: threeZones, drained: [] },
  ],
  "larger hosts": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.sizes = { edge: { instanceType: "m7g.xlarge", hosts: { min: 2, max: 16 } } };
      },
      drained: [],
    },
  ],
  "an AMI of the operator's, a newer one, other types, a larger disk": [
    { change: nothing, drained: [] },
    { change: machines({ ami: "ami-0123456789abcdef0" }), drained: [] },
    { change: machines({ ami: "/corp/ami", otherInstanceTypes: ["m6g.large"], diskGiB: 50 }), drained: [] },
    { change: nothing, drained: [] },
  ],
  "minimums by time of day": [
    { change: nothing, drained: [] },
    { change: machines({ schedule: [{ cron: "0 7 ? * * *", min: 8 }] }), drained: [] },
    { change: nothing, drained: [] },
  ],
  "ways in for the operator": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.access = { hosts: true };
      },
      drained: [],
    },
    {
      change: (c) => {
        c.access = { hosts: true, tasks: true };
      },
      drained: EVERY_EDGE,
    },
  ],
  "keys for logs, disks and alarms, receivers, an export of the logs": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.logs = { kmsKey: KEY, exportTo: "arn:aws:logs:eu-central-1:444455556666:destination:siem" };
        c.alarms.kmsKey = KEY;
        c.alarms.receivers = [{ protocol: "https", endpoint: "https://pager.example.com/mail" }];
        c.sizes = { edge: { diskKmsKey: KEY } };
      },
      drained: [],
    },
    { change: nothing, drained: [] },
  ],
  "security groups that are there already": [
    { change: inVpc({}), drained: [] },
    {
      change: inVpc({
        loadBalancers: ["sg-0123456789abcdef0"],
        edges: ["sg-0123456789abcdef1"],
        routeApi: ["sg-0123456789abcdef2"],
      }),
      drained: [],
    },
    { change: inVpc({}), drained: [] },
  ],
  "tags and bounds of roles": [
    { change: nothing, drained: [] },
    {
      change: (c) => {
        c.tags = { "cost-centre": "4711" };
        c.environment = { permissionsBoundary: "corp-boundary" };
      },
      drained: [],
    },
  ],
};

/** The row of docs/deploy.md that tells of each story. */
const ROWS: Record<string, string> = {
  "a virtual domain of its own comes and goes": "add a virtual domain",
  "another certificate for an instance": "another certificate for an instance",
  "a certificate that ACM issues, for one name more, and back": "a certificate that ACM issues, or back",
  "a port for clients": "a load balancer's port",
  "a port of an instance": "a port of an instance",
  "an own secret becomes one that is there, and back": "a secret of your own by `arn`",
  "from hosts to Fargate": "hosts to Fargate",
  "the route API from a service to Lambda, and back": "route API to Lambda or back",
  "from the internet to the inside, by a second load balancer": "internet-facing to internal or back",
  "from the inside to the internet, by a second load balancer": "internet-facing to internal or back",
  "PROXY v2 comes and goes: edges take both while the load balancer changes over": "PROXY v2 on",
  "names of the data centre": "names of the data centre, or other DNS servers for them",
  "a KMS key for the table, then another": "a KMS key for the table, or another one",
  "one more zone": "one more zone",
  "larger hosts": "larger hosts, a new AMI",
  "an AMI of the operator's, a newer one, other types, a larger disk": "larger hosts, a new AMI",
  "minimums by time of day": "`schedule`",
  "ways in for the operator": "`access`",
  "keys for logs, disks and alarms, receivers, an export of the logs":
    "KMS keys for logs, disks and alarms; receivers; `logs.exportTo`",
  "security groups that are there already": "`network.securityGroups`",
  "tags and bounds of roles": "`tags`, `permissionsBoundary`",
};

test("docs/deploy.md tells of each story, and says that no session ends only where none does", () => {
  const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (.+?) \| (.+) \| (.+?) \|$/gm)];
  const cost = new Map(rows.map(([, change = "", , sessions = ""]) => [change, sessions]));
  expect(Object.keys(ROWS)).toEqual(Object.keys(STORIES));
  for (const [story, row] of Object.entries(ROWS)) {
    expect(cost.get(row), row).toBeDefined();
    const drains = STORIES[story]?.some(({ drained }) => drained.length > 0) === true;
    if (drains) expect(cost.get(row), row).not.toBe("none ends");
  }
});

/** What an edge takes at each port, as its configuration says. */
const proxyProtocols = ({ templates }: Synthesised): Map<number, string> =>
  new Map(
    ["edge-main", "edge-acme"].flatMap((stack) =>
      ofType(templates[stack], "AWS::SecretsManager::Secret").flatMap(({ SecretString }) => {
        const { files } = JSON.parse(String(SecretString)) as { files: Record<string, string> };
        const { instances } = parse(files["mmp.yaml"] ?? "") as {
          instances: Record<string, { listeners: { port: number; proxyProtocol: string }[] }>;
        };
        return Object.values(instances).flatMap(({ listeners }) =>
          listeners.map(({ port, proxyProtocol }): [number, string] => [port, proxyProtocol]),
        );
      }),
    ),
  );

/** Whether the load balancer sends a header to each port. */
const headers = ({ templates }: Synthesised): Map<number, boolean> =>
  new Map(
    ["edge-main", "edge-acme"].flatMap((stack) =>
      ofType(templates[stack], "AWS::ElasticLoadBalancingV2::TargetGroup").map(
        ({ Port, TargetGroupAttributes }): [number, boolean] => [
          Number(Port),
          JSON.stringify(TargetGroupAttributes).includes(
            '{"Key":"proxy_protocol_v2.enabled","Value":"true"}',
          ),
        ],
      ),
    ),
  );

/** Ports whose edges, old or new, do not take what the load balancer sends, old or new. */
function misunderstood({ before, after }: Update): number[] {
  const takes = { none: [false], v2: [true], optional: [false, true] };
  const edges = [before, after].map(proxyProtocols);
  const balancers = [before, after].map(headers);
  const ports = new Set(edges[0]?.keys());
  return [...ports].filter((port) =>
    edges.some((taking) =>
      balancers.some((sending) => {
        const sent = sending.get(port);
        const taken = takes[taking.get(port) as keyof typeof takes];
        return sent !== undefined && taken !== undefined && !taken.includes(sent);
      }),
    ),
  );
}

describe.each(Object.entries(STORIES))("%s", (_, steps) => {
  const pairs = steps.slice(1).map((step, index) => [index + 1, steps[index], step] as const);
  test.each(pairs)("step %i can be deployed over the one before", async (_, before, after) => {
    const update: Update = {
      before: await synthesised(before?.change),
      after: await synthesised(after.change),
      ...(after.destroyed === undefined ? {} : { destroyed: after.destroyed }),
    };
    expect(faultsOf(update)).toEqual([]);
    expect(drainedServices(update)).toEqual(after.drained);
    expect(misunderstood(update)).toEqual([]);
  });
});

test("a route API whose tasks served HTTP moves over to those that serve TLS, without a gap", async () => {
  const after = await synthesised();
  const now = after.templates["route-api"] ?? {};
  const old = JSON.parse(
    JSON.stringify(now).replaceAll("ServiceOverTls", "ServiceD69D759B").replaceAll("8443", "8080"),
  ) as Resources;
  for (const targets of ofType(old, "AWS::ElasticLoadBalancingV2::TargetGroup"))
    Object.assign(targets, { Protocol: "HTTP", HealthCheckProtocol: "HTTP" });
  const update: Update = {
    before: { ...after, templates: { ...after.templates, "route-api": old } },
    after,
  };
  expect(faultsOf(update)).toEqual([]);
  expect(drainedServices(update)).toEqual([]);
  // Its own target group leads to the old service until another is stable; only then requests go there.
  const services = (resources: Resources) =>
    Object.keys(resources).filter((id) => resources[id]?.Type === "AWS::ECS::Service");
  const [made] = services(now).filter((id) => old[id] === undefined);
  const rule = Object.values(now).find(
    ({ Type, Properties }) => Type.endsWith("Rule") && Properties?.Priority === 1,
  );
  expect(rule?.DependsOn).toContain(made);
});

test("a PROXY header that comes at once is misunderstood while edges learn of it", async () => {
  const update = { before: await synthesised(header("none")), after: await synthesised(header("v2")) };
  expect(misunderstood(update)).toEqual([2993]);
});

describe("CloudFormation would refuse, or lose something, where", () => {
  const REFUSED: Record<string, [change: Change, faults: (string | RegExp)[]]> = {
    "a load balancer goes while it is in use": [
      (c) => {
        delete c.instances.acme;
        delete c.loadBalancers.acme;
        delete c.secrets["tls-acme"];
      },
      [
        "edge-acme: nobody destroys it",
        /^load-balancers: Balanceracme\w+ goes$/,
        "hosts: reads /mmp/balancer-acme-group, which load-balancers publishes no more",
        "edge-acme: reads /mmp/balancer-acme, which load-balancers publishes no more",
      ],
    ],
    "the scheme changes": [
      (c) => {
        c.loadBalancers.acme.scheme = "internal";
      },
      [
        /^load-balancers: Balanceracme\w+ is replaced$/,
        "edge-acme: reads /mmp/balancer-acme, and what it is of is replaced",
      ],
    ],
    "the VPC gets other addresses": [
      (c) => {
        c.network.cidr = "10.50.0.0/16";
      },
      [/^network: Vpc\w+ is replaced$/, "route-api: reads /mmp/vpc, and what it is of is replaced"],
    ],
    "the VPC loses its public subnets": [
      (c) => {
        c.network.privateOnly = true;
        for (const balancer of Object.values<{ scheme?: string }>(c.loadBalancers))
          balancer.scheme = "internal";
      },
      [/^network: VpcpublicSubnet1Subnet\w+ goes$/, /^load-balancers: Balancermain\w+ is replaced$/],
    ],
    "other zones are chosen": [
      (c) => {
        c.network.availabilityZones = ["eu-central-1b", "eu-central-1c"];
      },
      [/^network: VpcprivateSubnet1Subnet\w+ is replaced$/],
    ],
    "private subnets move to a second range": [
      (c) => {
        c.network.secondCidr = "10.50.0.0/18";
      },
      [/^network: VpcprivateSubnet1Subnet\w+ is replaced$/],
    ],
    "the table gets another name": [
      (c) => {
        c.data = { table: "other" };
      },
      [/^data: Routes\w+ is replaced$/],
    ],
    "hosts go before their edges": [onFargate, ["hosts: nobody destroys it"]],
  };
  test.each(Object.entries(REFUSED))("%s", async (_, [change, expected]) => {
    const faults = faultsOf({ before: await synthesised(), after: await synthesised(change) });
    for (const fault of expected)
      expect(faults).toContainEqual(typeof fault === "string" ? fault : expect.stringMatching(fault));
  });

  const LISTENER = "AWS::ElasticLoadBalancingV2::Listener";
  const MADE: Record<string, [old: Resource, now: Resource, fault: string]> = {
    "a second rule has the priority of the first": [
      { Type: `${LISTENER}Rule`, Properties: { ListenerArn: "l", Priority: 1 } },
      { Type: `${LISTENER}Rule`, Properties: { ListenerArn: "l", Priority: 1 } },
      "New cannot be made while Old is there",
    ],
    "a second listener has the port of the first": [
      { Type: LISTENER, Properties: { LoadBalancerArn: "b", Port: 143 } },
      { Type: LISTENER, Properties: { LoadBalancerArn: "b", Port: 143, Protocol: "TCP" } },
      "New cannot be made while Old is there",
    ],
    "a name is taken": [
      { Type: "AWS::SecretsManager::Secret", Properties: { Name: "mmp/tls" } },
      { Type: "AWS::SecretsManager::Secret", Properties: { Name: "mmp/tls" } },
      "New cannot be made while Old is there",
    ],
    "a target group changes over to another load balancer": [
      {
        Type: LISTENER,
        Properties: { LoadBalancerArn: "a", DefaultActions: [{ TargetGroupArn: { Ref: "T" } }] },
      },
      {
        Type: LISTENER,
        Properties: { LoadBalancerArn: "b", DefaultActions: [{ TargetGroupArn: { Ref: "T" } }] },
      },
      "New leads to T, which belongs to another load balancer",
    ],
  };
  test.each(Object.entries(MADE))("%s", (_, [old, now, fault]) => {
    const stack = (resources: Record<string, Resource>) =>
      ({ templates: { s: resources }, parameters: {}, assembly: { stacks: [] } }) as unknown as Synthesised;
    expect(faultsOf({ before: stack({ Old: old }), after: stack({ New: now }) })).toEqual([`s: ${fault}`]);
  });
});

test("a deployment that was destroyed is deployed again with its table, secrets and addresses", async () => {
  const before = await synthesised();
  const again = await synthesised((c) => {
    c.data = { existing: true };
    for (const secret of Object.values<{ existing?: boolean }>(c.secrets)) secret.existing = true;
    for (const balancer of Object.values<{ addresses?: string[] }>(c.loadBalancers))
      balancer.addresses = ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1"];
  });
  const all = ({ templates }: Synthesised) => Object.values(templates).flatMap((one) => Object.values(one));
  const named = (resources: Resource[]) =>
    resources.flatMap(({ Type, Properties }) => {
      const name = Properties?.TableName ?? Properties?.Name ?? Properties?.LogGroupName;
      return name === undefined ? [] : [`${Type} ${name}`];
    });
  const kept = all(before).filter(({ DeletionPolicy }) => String(DeletionPolicy).startsWith("Retain"));
  expect(named(kept)).toEqual(expect.arrayContaining(["AWS::SecretsManager::Secret mmp/tls"]));
  // A log says why a deployment failed; its own name, made by CloudFormation, is never taken.
  const logs = all(before).filter(({ Type }) => Type === "AWS::Logs::LogGroup");
  expect(logs.filter((log) => !kept.includes(log) || log.Properties?.LogGroupName !== undefined)).toEqual([]);
  expect(named(all(again)).filter((name) => named(kept).includes(name))).toEqual([]);
  expect(kept.map(({ Type }) => Type)).toContain("AWS::EC2::EIP");
  expect(all(again).map(({ Type }) => Type)).not.toContain("AWS::EC2::EIP");
});
