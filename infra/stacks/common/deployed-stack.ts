import {
  Aws,
  DefaultStackSynthesizer,
  Fn,
  type IStackSynthesizer,
  PermissionsBoundary,
  Stack,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { zonesOf } from "../../config/demand.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** A stack of the deployment, with its name, account, region and zones. */
export class DeployedStack extends Stack {
  readonly #zones: string[];

  constructor(scope: Construct, part: string, config: DeploymentConfig, description: string) {
    const { name, environment, network, tags } = config;
    const { permissionsBoundary, bootstrapQualifier: qualifier } = environment;
    super(scope, part, {
      stackName: `${name}-${part}`,
      description: `Messaging Multiplexor: ${description}`,
      env: {
        ...(environment.account === undefined ? {} : { account: environment.account }),
        ...(environment.region === undefined ? {} : { region: environment.region }),
      },
      tags: { ...tags, application: name },
      // With exactOptionalPropertyTypes TypeScript does not accept the class as its interface.
      ...(qualifier === undefined
        ? {}
        : { synthesizer: new DefaultStackSynthesizer({ qualifier }) as IStackSynthesizer }),
      ...(permissionsBoundary === undefined ? {} : { permissionsBoundary: boundary(permissionsBoundary) }),
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

const boundary = (policy: string): PermissionsBoundary =>
  policy.startsWith("arn:") ? PermissionsBoundary.fromArn(policy) : PermissionsBoundary.fromName(policy);
