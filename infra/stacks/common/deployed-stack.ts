import { Aws, Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { zonesOf } from "../../config/demand.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** A stack of the deployment, with its name, account, region and zones. */
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
      // References to another region would hide a mistake in environment.
      crossRegionReferences: false,
    });
    this.#zones =
      network.availabilityZones ??
      Array.from({ length: zonesOf(config) }, (_, index) => Fn.select(index, Fn.getAzs(Aws.REGION)));
  }

  /** The default looks zones up, which needs an account at synthesis. */
  override get availabilityZones(): string[] {
    return this.#zones;
  }
}
