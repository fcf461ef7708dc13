import type { App } from "aws-cdk-lib";
import { usesHosts } from "./config/sizes.ts";
import type { Deployment } from "./read-config.ts";
import { ClusterStack } from "./stacks/cluster/stack.ts";
import type { DeployedStack } from "./stacks/common/deployed-stack.ts";
import { DataStack } from "./stacks/data/stack.ts";
import { EdgeStack } from "./stacks/edge/stack.ts";
import { HostsStack } from "./stacks/hosts/stack.ts";
import { LoadBalancersStack } from "./stacks/load-balancers/stack.ts";
import { createsNames, NamesStack } from "./stacks/names/stack.ts";
import { NetworkStack } from "./stacks/network/stack.ts";
import { ObservabilityStack } from "./stacks/observability/stack.ts";
import { RouteApiStack } from "./stacks/route-api/stack.ts";
import { SecretsStack } from "./stacks/secrets/stack.ts";
import { SyncStack } from "./stacks/sync/stack.ts";

/** Adds the stacks of a deployment to the app, each after those that it finds values or names of. */
export function addDeployment(app: App, deployment: Deployment): void {
  const { config } = deployment;
  const instances = Object.keys(config.instances);
  const secrets = new SecretsStack(app, config);
  const network = new NetworkStack(app, config);
  const cluster = new ClusterStack(app, config);
  const base = [secrets, network, cluster, ...(config.data.existing ? [] : [new DataStack(app, config)])];
  const loadBalancers = after([network], new LoadBalancersStack(app, config));
  const routeApi = after(base, new RouteApiStack(app, deployment));
  const sync = after(base, new SyncStack(app, deployment));
  const hosts = usesHosts(config.sizes, instances)
    ? [after([network, cluster, loadBalancers], new HostsStack(app, config))]
    : [];
  // A starting edge needs the route API.
  const edges = instances.map((instance) =>
    after(
      [secrets, network, cluster, loadBalancers, routeApi, ...hosts],
      new EdgeStack(app, deployment, instance),
    ),
  );
  const { hostedZone } = config.domain;
  if (hostedZone !== undefined && createsNames(config))
    after([loadBalancers, ...edges], new NamesStack(app, config, hostedZone.id));
  after([...hosts, ...edges, routeApi, sync], new ObservabilityStack(app, config));
}

function after<S extends DeployedStack>(others: readonly DeployedStack[], stack: S): S {
  for (const other of others) stack.addStackDependency(other);
  return stack;
}
