import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { Deployment } from "./read-config.ts";
import { ClusterStack } from "./stacks/cluster/stack.ts";
import { DataStack } from "./stacks/data/stack.ts";
import { EdgeStack } from "./stacks/edge/stack.ts";
import { LoadBalancersStack } from "./stacks/load-balancers/stack.ts";
import { NetworkStack } from "./stacks/network/stack.ts";
import { ObservabilityStack } from "./stacks/observability/stack.ts";
import { RouteApiStack } from "./stacks/route-api/stack.ts";
import { SecretsStack } from "./stacks/secrets/stack.ts";
import { SyncStack } from "./stacks/sync/stack.ts";

/** Adds the stacks of a deployment to the app, each after those it depends on. */
export function addDeployment(app: App, deployment: Deployment): void {
  const { config } = deployment;
  const secrets = new SecretsStack(app, config);
  const network = new NetworkStack(app, config);
  const cluster = new ClusterStack(app, config, network);
  const loadBalancers = new LoadBalancersStack(app, config, network);
  const routeApi = new RouteApiStack(app, deployment, { network, secrets, cluster });
  const sync = new SyncStack(app, deployment, { network, secrets, cluster });
  if (!config.data.existing) {
    const data = new DataStack(app, config);
    // They refer to it by name only, so that another table can take its place.
    for (const stack of [routeApi, sync]) stack.addStackDependency(data);
  }
  const edge = new EdgeStack(app, deployment, { network, secrets, cluster, loadBalancers });
  // A starting edge needs the route API.
  edge.addStackDependency(routeApi);
  new ObservabilityStack(app, config, { edge, routeApi });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
