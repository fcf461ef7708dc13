import type { Fault } from "../../bin/config/mistakes.ts";
import { ecrRepository } from "./image.ts";
import { reachesInternet } from "./network.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Checks that the image is named once, and that there is a way to its registry. */
export function checkImage({ image, network, environment }: DeploymentConfig): Fault[] {
  if (!("uri" in image)) {
    if ((image.digest === undefined) !== (image.tag === undefined)) return [];
    return [{ path: ["image"], text: "needs either digest or tag, not both" }];
  }
  const repository = ecrRepository(image);
  if (repository !== undefined && image.credentials !== undefined)
    return [{ path: ["image", "credentials"], text: "is not for ECR, which goes by the tasks' roles" }];
  if ("vpc" in network || reachesInternet(network)) return [];
  const isNear =
    repository !== undefined &&
    (environment.region === undefined || repository.region === environment.region);
  if (isNear) return [];
  const what = repository === undefined ? "a registry outside AWS" : `ECR in ${repository.region}`;
  return [{ path: ["image", "uri"], text: `${what} needs network.natGateways: nothing else leads there` }];
}
