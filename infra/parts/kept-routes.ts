import type { DeploymentConfig } from "../config/schema.ts";
import { sizeOf } from "../config/sizes.ts";

/** Where an edge saves its route cache: the only folder of the image that mmp owns. */
export const ROUTES_FOLDER = "/var/lib/mmp";

/** Whether what an edge saves outlives its task: a host's disk does, and Fargate has nothing that would. */
export const keepsRoutes = ({ sizes }: DeploymentConfig, instance: string): boolean =>
  sizeOf(sizes, instance).capacity === "ec2";
