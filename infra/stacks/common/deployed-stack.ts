import { Aws, Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";

/** A stack of the deployment: named after it, in its account and region, in as many zones as its network has. */
export class DeployedStack extends Stack {
  readonly #zones: string[];

  constructor(scope: Construct, part: string, config: DeploymentConfig, description: string) {
    const { name, environment, network } = config;
    super(scope, part, {
      stackName: `${name}-${part}`,
      description: `Messaging Multiplexor: ${description}`,
      env: {
        ...(environment.account === undefined ? {} : { account: environment.account }),
        ...(environment.region === undefined ? {} : { region: environment.region }),
      },
      tags: { application: name },
      // Imports of another region's outputs would hide a mistake in environment.
      crossRegionReferences: false,
    });
    this.#zones =
      "vpc" in network
        ? network.availabilityZones
        : Array.from({ length: network.zones }, (_, index) => Fn.select(index, Fn.getAzs(Aws.REGION)));
  }

  /** Asking AWS for the zones would need an account at synthesis. */
  override get availabilityZones(): string[] {
    return this.#zones;
  }
}
