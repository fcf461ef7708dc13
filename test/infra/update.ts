import { isDeepStrictEqual } from "node:util";
import { database } from "./service-schema.ts";
import type { Resource, Resources, Synthesised } from "./synthesise.ts";

/** What is lost with the resource, or cannot be had twice: it must neither go nor be replaced. */
const KEPT = new Set([
  "AWS::AutoScaling::AutoScalingGroup",
  "AWS::DynamoDB::GlobalTable",
  "AWS::EC2::EIP",
  "AWS::EC2::Subnet",
  "AWS::EC2::VPC",
  "AWS::ECS::Cluster",
  "AWS::ElasticLoadBalancingV2::LoadBalancer",
  "AWS::Logs::LogGroup",
  "AWS::Route53::HostedZone",
]);
/** Properties that name a resource: another of its type cannot have the name while it is there. */
const NAMES = ["Name", "ClusterName", "TableName", "AlarmName", "DashboardName", "CapacityProviderName"];
/** Stacks that take no more than names from others, for what they show: they may lag. */
const SHOWS_ONLY = new Set(["observability"]);

export interface Update {
  before: Synthesised;
  after: Synthesised;
  /** Stacks that the operator destroys, before everything else or behind it. */
  destroyed?: { first?: string[]; last?: string[] };
}

/** Why CloudFormation would refuse to deploy the second templates over the first, or what would be lost. */
export function faultsOf({ before, after, destroyed = {} }: Update): string[] {
  const { first = [], last = [] } = destroyed;
  const stacks = Object.keys(before.templates).filter((stack) => !first.includes(stack));
  return [
    ...stacks
      .filter((stack) => after.templates[stack] === undefined && !last.includes(stack))
      .map((stack) => `${stack}: nobody destroys it`),
    ...Object.entries(after.templates).flatMap(([stack, resources]) =>
      stackFaults(before.templates[stack] ?? {}, resources).map((fault) => `${stack}: ${fault}`),
    ),
    ...referenceFaults(stacks, before, after),
    ...orderFaults(after),
  ];
}

/** Services of the edge whose tasks are replaced, so that their sessions drain, by their stack and logical id. */
export function drainedServices({ before, after }: Update): string[] {
  return Object.entries(before.templates)
    .filter(([stack]) => stack.startsWith("edge-") && after.templates[stack] !== undefined)
    .flatMap(([stack, old]) => {
      const now = after.templates[stack] ?? {};
      const replaced = (type: string): string[] =>
        Object.entries(old)
          .filter(
            ([id, { Type, Properties }]) =>
              Type === type && !isDeepStrictEqual(Properties, now[id]?.Properties),
          )
          .map(([id]) => id);
      const tasks = replaced("AWS::ECS::TaskDefinition");
      const services = Object.entries(old).filter(([, { Type }]) => Type === "AWS::ECS::Service");
      const changed = replaced("AWS::ECS::Service");
      return services
        .filter(
          ([id, service]) =>
            changed.includes(id) || tasks.some((task) => JSON.stringify(service).includes(task)),
        )
        .map(([id]) => `${stack}/${id.replace(/Service[0-9A-F]{8}$/, "")}`);
    })
    .sort();
}

function stackFaults(old: Resources, now: Resources): string[] {
  const removed = Object.entries(old).filter(([id]) => now[id] === undefined);
  const added = Object.entries(now).filter(([id]) => old[id] === undefined);
  const replaced = Object.entries(now).filter(([id, resource]) => isReplaced(old[id], resource));
  const isNew = new Set([...added, ...replaced].map(([id]) => id));
  return [
    ...removed.filter(([, resource]) => isLost(resource)).map(([id]) => `${id} goes`),
    ...replaced.filter(([, { Type }]) => KEPT.has(Type)).map(([id]) => `${id} is replaced`),
    // What is new is made while what it takes the place of is still there.
    ...[...added, ...replaced].flatMap(([id, resource]) =>
      Object.entries(old)
        .filter(([, other]) => collide(other, resource))
        .map(([other]) => `${id} cannot be made while ${other} is there`),
    ),
    ...Object.entries(now)
      .filter(([id, { Type }]) => Type === "AWS::ElasticLoadBalancingV2::Listener" && isNew.has(id))
      .flatMap(([id, { Properties }]) =>
        targetsOf(Properties)
          .filter((group) => !isNew.has(group) && !sharesBalancer(old, group, Properties))
          .map((group) => `${id} leads to ${group}, which belongs to another load balancer`),
      ),
  ];
}

/** True if what goes is more than CloudFormation makes anew. */
function isLost({ Type, DeletionPolicy, Properties }: Resource): boolean {
  if (!KEPT.has(Type) || String(DeletionPolicy).startsWith("Retain")) return false;
  const attributes = (Properties?.LoadBalancerAttributes ?? []) as { Key: string; Value: string }[];
  return !attributes.some(({ Key, Value }) => Key === "deletion_protection.enabled" && Value === "false");
}

function isReplaced(old: Resource | undefined, now: Resource): boolean {
  if (old === undefined || old.Type !== now.Type) return false;
  const [schema] = database.lookup("resource", "cloudFormationType", "equals", now.Type);
  return Object.keys({ ...old.Properties, ...now.Properties }).some(
    (property) =>
      ["yes", "maybe"].includes(schema?.properties[property]?.causesReplacement ?? "no") &&
      !isDeepStrictEqual(old.Properties?.[property], now.Properties?.[property]),
  );
}

/** True if both cannot be there at once: one name, one port of a balancer, one priority, one rule of a security group. */
function collide(one: Resource, other: Resource): boolean {
  if (one.Type !== other.Type) return false;
  const same = (...properties: string[]): boolean =>
    properties.every((property) =>
      isDeepStrictEqual(one.Properties?.[property], other.Properties?.[property]),
    );
  switch (one.Type) {
    case "AWS::ElasticLoadBalancingV2::Listener":
      return same("LoadBalancerArn", "Port");
    case "AWS::ElasticLoadBalancingV2::ListenerRule":
      return same("ListenerArn", "Priority");
    case "AWS::EC2::SecurityGroupIngress":
      return same("GroupId", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "SourceSecurityGroupId");
    case "AWS::EC2::SecurityGroupEgress":
      return same("GroupId", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "DestinationSecurityGroupId");
    default:
      return NAMES.some((name) => one.Properties?.[name] !== undefined && same(name));
  }
}

/** Logical ids of the target groups that a listener leads to. */
const targetsOf = (properties: Record<string, unknown> | undefined): string[] =>
  ((properties?.DefaultActions ?? []) as { TargetGroupArn?: { Ref: string } }[]).flatMap(
    ({ TargetGroupArn }) => (TargetGroupArn === undefined ? [] : [TargetGroupArn.Ref]),
  );

/** True if a target group had a listener on the same load balancer before. */
const sharesBalancer = (old: Resources, group: string, now: Record<string, unknown> | undefined): boolean =>
  Object.values(old).some(
    ({ Properties }) =>
      targetsOf(Properties).includes(group) &&
      isDeepStrictEqual(Properties?.LoadBalancerArn, now?.LoadBalancerArn),
  );

/** A published value: its stack, and what it is of. */
interface Published {
  stack: string;
  value: unknown;
}

function publishedBy(templates: Synthesised["templates"]): Map<string, Published> {
  const published = new Map<string, Published>();
  for (const [stack, resources] of Object.entries(templates))
    for (const { Type, Properties } of Object.values(resources))
      if (Type === "AWS::SSM::Parameter")
        published.set(String(Properties?.Name), { stack, value: Properties?.Value });
  return published;
}

/** Names of the published values that a stack reads. */
const readBy = (stack: string, of: Synthesised): string[] =>
  Object.values(of.parameters[stack] ?? {}).flatMap(({ Type, Default }) =>
    Type === "AWS::SSM::Parameter::Value<String>" && !/^\/(aws|cdk-bootstrap)\//.test(Default)
      ? [Default]
      : [],
  );

/** What a deployed stack uses must stay as it is until the stack has changed too. */
function referenceFaults(stacks: readonly string[], before: Synthesised, after: Synthesised): string[] {
  const old = publishedBy(before.templates);
  const published = publishedBy(after.templates);
  return stacks
    .filter((stack) => !SHOWS_ONLY.has(stack))
    .flatMap((stack) =>
      readBy(stack, before).flatMap((name) => {
        const was = old.get(name);
        if (was === undefined || !stacks.includes(was.stack))
          return [`${stack}: reads ${name}, which a destroyed stack published`];
        // A stack that is destroyed behind all others.
        if (after.templates[was.stack] === undefined) return [];
        const now = published.get(name);
        if (now === undefined) return [`${stack}: reads ${name}, which ${was.stack} publishes no more`];
        const id = idIn(was.value) ?? "";
        const resource = after.templates[was.stack]?.[id];
        const isReplacedThere =
          resource !== undefined && isReplaced(before.templates[was.stack]?.[id], resource);
        if (isDeepStrictEqual(was.value, now.value) && !isReplacedThere) return [];
        return [`${stack}: reads ${name}, and what it is of is replaced`];
      }),
    );
}

/** The resource that a value is of. */
const idIn = (value: unknown): string | undefined =>
  /"(?:Ref|Fn::GetAtt)":\[?"([A-Za-z][A-Za-z0-9]+)"/.exec(JSON.stringify(value))?.[1];

/** Every value that a stack reads is published by one that is deployed before it. */
function orderFaults(after: Synthesised): string[] {
  const published = publishedBy(after.templates);
  const needs = new Map(
    after.assembly.stacks.map(({ id, dependencies }) => [id, dependencies.map((one) => one.id)]),
  );
  const behind = (stack: string): Set<string> =>
    new Set((needs.get(stack) ?? []).flatMap((one) => [one, ...behind(one)]));
  return Object.keys(after.templates).flatMap((stack) =>
    readBy(stack, after)
      .filter((name) => !behind(stack).has(published.get(name)?.stack ?? ""))
      .map((name) => `${stack}: reads ${name}, which no stack before it publishes`),
  );
}
