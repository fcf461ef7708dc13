import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { Deployment } from "./read-config.ts";
import { ClusterStack } from "./stacks/cluster.ts";
import { DataStack } from "./stacks/data.ts";
import { EdgeStack } from "./stacks/edge.ts";
import { LoadBalancersStack } from "./stacks/load-balancers.ts";
import { NetworkStack } from "./stacks/network.ts";
import { ObservabilityStack } from "./stacks/observability.ts";
import { RouteApiStack } from "./stacks/route-api.ts";
import { SecretsStack } from "./stacks/secrets.ts";
import { SyncStack } from "./stacks/sync.ts";

/** Puts the stacks of a deployment into the app, each after those that it needs. */
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
    // They know it by its name alone, so that another can take its place.
    for (const stack of [routeApi, sync]) stack.addStackDependency(data);
  }
  const edge = new EdgeStack(app, deployment, { network, secrets, cluster, loadBalancers });
  // An edge that starts asks the route API.
  edge.addStackDependency(routeApi);
  new ObservabilityStack(app, config, { edge, routeApi });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
