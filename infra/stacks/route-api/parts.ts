import type { ClusterStack } from "../cluster/stack.ts";
import type { NetworkStack } from "../network/stack.ts";
import type { SecretsStack } from "../secrets/stack.ts";

/** The stacks that the route API is built on. */
export interface RouteApiParts {
  network: NetworkStack;
  secrets: SecretsStack;
  cluster: ClusterStack;
}
